"""Second records: what vendors, hosts and collectors wrote down of a session, read from their recorded payloads.

Nothing here asks a service: a payload was fetched by whoever may, and handed in as a file.
"""
