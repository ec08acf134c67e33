"""Whether lines are an unrolled ATIF document."""

from __future__ import annotations

from attest.capture.unroll.atif import FORMAT
from attest.capture.unroll.document import format_of_header


def looks_like_atif(head: bytes) -> bool:
    """Tell whether the lines begin with the header of such a document."""
    return format_of_header(head) == FORMAT
