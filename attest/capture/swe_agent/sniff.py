"""Whether lines are an unrolled trajectory of SWE-agent."""

from __future__ import annotations

from attest.capture.unroll.document import format_of_header
from attest.capture.unroll.swe_agent import FORMAT


def looks_like_swe_agent(head: bytes) -> bool:
    """Tell whether the lines begin with the header of such a trajectory."""
    return format_of_header(head) == FORMAT
