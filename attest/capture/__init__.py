"""Readers: one per agent format, from the bytes of a transcript to a `Session`."""
