"""What `opencode export` writes: one session with its messages, each with its parts."""

from __future__ import annotations

from collections.abc import Iterator

from attest.capture.opencode.lines import Gathered, lines_of
from attest.capture.opencode.sniff import FORMAT
from attest.capture.records import field, items_of, text_of
from attest.capture.unroll.document import head_of, line_of, parse_document
from attest.errors import InvalidInput

__all__ = ["FORMAT", "looks_like", "unroll"]


def looks_like(head: bytes) -> bool:
    """Tell whether the beginning is that of an exported session."""
    found = head_of(head)
    if found is None or found.is_list or "messages" not in found.members:
        return False
    info = field(found.members, "info")
    return bool(text_of(info, "id")) and isinstance(info.get("time"), dict) and "directory" in info


def unroll(data: bytes) -> Iterator[bytes]:
    """Give the lines of an exported session.

    Raises:
        InvalidInput: as `parse_document`; or the value is no such session.
    """
    told = parse_document(data)
    if not isinstance(told, dict) or not field(told, "info"):
        raise InvalidInput("input.malformed", "the document is not an exported session")
    found = Gathered("export", sessions=[field(told, "info")])
    left: list[object] = []
    for one in items_of(told, "messages"):
        message = field(one, "info") if isinstance(one, dict) else {}
        if not message:
            left.append(one)
            continue
        found.messages.append(message)
        found.parts.setdefault(text_of(message, "id"), []).extend(
            part for part in items_of(one, "parts") if isinstance(part, dict)
        )
    yield from lines_of(found)
    rest = {name: value for name, value in told.items() if name not in ("info", "messages")}
    yield from (line_of({"type": "unreadable", "value": value}) for value in [*left, *([rest] if rest else [])])
