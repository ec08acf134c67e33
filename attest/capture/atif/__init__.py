"""ATIF (Agent Trajectory Interchange Format, Harbor RFC 0001): reading documents, and writing a session as one."""
