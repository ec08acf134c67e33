"""Files of OTLP/JSON exports: one export a line, or one alone. One conversation of them is one transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attest.capture.lines import MAX_LINE_BYTES, Fields, LineFault, parse_line
from attest.capture.otlp.exports import Exports, conversation_lines, conversations
from attest.capture.unroll.document import MAX_DOCUMENT_BYTES, parse_document
from attest.errors import InvalidInput

FORMAT: Final = "otlp/genai"
VISUAL_STUDIO: Final = "visualstudio-copilot/otlp"
MAX_FILE_BYTES: Final = 512 * 1024 * 1024
_START: Final = re.compile(rb'\A\s*\{\s*"resource(?:Spans|Logs)"\s*:\s*\[')
_GEN_AI: Final = b'"gen_ai.'
_IS_VISUAL_STUDIO: Final = re.compile(
    rb'"service\.namespace"\s*,\s*"value"\s*:\s*\{\s*"stringValue"\s*:\s*"visualstudio"'
)


def accepts(path: Path, head: bytes) -> bool:
    """Tell whether a file holds OTLP/JSON exports with spans or events of the GenAI conventions."""
    return bool(path.name) and _START.match(head) is not None and _GEN_AI in head


def sessions(path: Path) -> tuple[str, ...]:
    """Give the conversations of a file, newest first."""
    return tuple(conversations(_read(path)[0].ordered()))


def gather(path: Path, session: str | None) -> Iterator[bytes]:
    """Give the record lines of one conversation.

    Raises:
        InvalidInput: too large, no such conversation, or no export in it.
    """
    exports, head = _read(path)
    yield from conversation_lines(exports, session, format=VISUAL_STUDIO if _IS_VISUAL_STUDIO.search(head) else FORMAT)


def _read(path: Path) -> tuple[Exports, bytes]:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise InvalidInput("input.too-large", expected=f"<= {MAX_FILE_BYTES} bytes", got=str(size), where=str(path))
        with path.open("rb") as file:
            data = file.read(size)
    except OSError as err:
        raise InvalidInput("input.not-found", where=str(path)) from err
    exports = Exports()
    for line, parsed in _exports(data):
        if parsed is None:
            exports.other.append(line)
        else:
            exports.add(parsed)
    return exports, data[:65_536]


def _exports(data: bytes) -> Iterator[tuple[bytes, Fields | None]]:
    """Give each line with its export, or with None where it is none. One export may go over several lines."""
    lines = [line for line in data.split(b"\n") if line.strip()]
    if lines and _parsed(lines[0]) is LineFault.NOT_JSON:
        value = parse_document(data)
        if not isinstance(value, dict):
            raise InvalidInput("input.malformed", "this is not an OTLP export")
        yield data, value
        return
    for line in lines:
        found = _parsed(line)
        yield line.rstrip(b"\r"), None if isinstance(found, LineFault) else found


def _parsed(line: bytes) -> Fields | LineFault:
    if not MAX_LINE_BYTES < len(line) <= MAX_DOCUMENT_BYTES:
        return parse_line(line.rstrip(b"\r"))
    try:
        value = parse_document(line)
    except InvalidInput:
        return LineFault.NOT_JSON
    return value if isinstance(value, dict) else LineFault.NOT_OBJECT
