"""Whereof: evidence of how a change came about, as a library and the `whereof` command line."""

__version__ = "0.1.0"
