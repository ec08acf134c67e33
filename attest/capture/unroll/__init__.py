"""Documents as record lines: the formats whose transcript is one value, not JSON Lines.

A format adds a file of its own with `looks_like(head: bytes) -> bool` (the first MiB at most; strict: JSON Lines and
other formats' documents are refused) and `unroll(data: bytes) -> Iterator[bytes]` (record lines without line ends, the
first from `document.header_line`; raises `InvalidInput`; pure), and one row in `UNROLLERS` of `registry.py`. Its reader tells the lines
by `format_of_header`.

The rows stand in `registry.py`, not here: a format's own files may import from this package.
"""
