"""The trace that a caller's request belongs to, as W3C Trace Context says it: one header `traceparent`, version 00.

It is handed from the border to the span of the same request, beside the event, so that no log line has it.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADER: Final = b"traceparent"
_FORM: Final = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
"""Of fixed length. Its flags are read and not followed: whether there is a span is the operator's to say, not a caller's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A span of somebody else's, which a request was made within; both in lower-case hex."""

    trace: str
    span: str


CALLER: Final[ContextVar[Parent | None]] = ContextVar("caller", default=None)
"""The parent of the request at work."""


def parent_in(headers: Iterable[tuple[bytes, bytes]]) -> Parent | None:
    """Give the parent that a request names; None where there is none, more than one, or one that is not of the form.

    `tracestate` is not read.
    """
    told = [value for name, value in headers if name.lower() == HEADER]
    found = _FORM.fullmatch(told[0]) if len(told) == 1 else None
    if found is None:
        return None
    trace, span = (part.decode() for part in found.groups())
    # All zeros stand for "none" in both.
    return Parent(trace=trace, span=span) if int(trace, 16) and int(span, 16) else None
