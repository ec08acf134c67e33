"""Chat sessions of VS Code as record lines, from the one JSON document of older versions and the log of newer ones.

The lines of a session, after the header with all that is not in `requests`: for each request
`{"type":"request","request":n,"rounds":r,"value":…}`, then its `part`s, then each `round` of the model with the
`tool-result`s of its calls, then the `result` with the rest of the outcome. Values that a log wrote over follow as
`replaced`, entries that do not fit as `unapplied`; a line of a log that is no entry stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import field, items_of
from attest.capture.unroll.copilot_vscode_log import Replay
from attest.capture.unroll.document import MAX_DOCUMENT_BYTES, head_of, header_line, line_of, parse_document
from attest.errors import InvalidInput

FORMAT: Final = "copilot-vscode/session"
_LOG_START: Final = re.compile(rb'\A\s*\{\s*"kind"\s*:\s*0\s*,\s*"v"\s*:\s*\{')
_LOG_MARKS: Final = (b'"responderUsername"', b'"initialLocation"', b'"requests"')
_ROUNDS: Final = "toolCallRounds"
_RESULTS: Final = "toolCallResults"
_STATE: Final = ("isCanceled", "modelState")
"""How a request ended: told with its result."""


def looks_like(head: bytes) -> bool:
    """Tell whether the beginning is that of a chat session, as a document or as a log."""
    if _LOG_START.match(head):
        return sum(mark in head for mark in _LOG_MARKS) >= 2
    found = head_of(head)
    if found is None or found.is_list:
        return False
    members = found.members
    return (
        "responderUsername" in members and "requests" in members and bool({"version", "initialLocation"} & set(members))
    )


def unroll(data: bytes) -> Iterator[bytes]:
    """Give the lines of a session.

    Raises:
        InvalidInput: more than `MAX_DOCUMENT_BYTES`, or the value is no chat session.
    """
    if _LOG_START.match(data):
        yield from _log(data)
        return
    state = parse_document(data)
    if not isinstance(state, dict):
        raise InvalidInput("input.malformed", "the document is not a chat session")
    yield from _session(state)


def _log(data: bytes) -> Iterator[bytes]:
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_DOCUMENT_BYTES} bytes", got=str(len(data)))
    replay, left = Replay(), []
    for line in data.split(b"\n"):
        if not line.strip():
            continue
        entry = parse_line(line) if len(line) < _LINE_BYTES else _large(line)
        if isinstance(entry, LineFault):
            left.append(line)
        elif not replay.apply(entry):
            left.append(line_of({"type": "unapplied", "value": entry}))
    if not isinstance(replay.state, dict):
        raise InvalidInput("input.malformed", "the log sets no session")
    yield from _session(replay.state)
    for path, value in replay.replaced:
        yield line_of({"type": "replaced", "path": path, "value": value})
    yield from left


_LINE_BYTES: Final = 4 * 1024 * 1024
"""Beyond it a line is parsed as a document, which may be larger."""


def _large(line: bytes) -> Fields | LineFault:
    """An entry that holds a whole session may be larger than any record line."""
    try:
        value = parse_document(line)
    except InvalidInput:
        return LineFault.NOT_JSON
    return value if isinstance(value, dict) else LineFault.NOT_OBJECT


def _session(state: Fields) -> Iterator[bytes]:
    yield header_line(FORMAT, {key: value for key, value in state.items() if key != "requests"})
    requests = state.get("requests")
    if requests is not None and not isinstance(requests, list):
        yield line_of({"type": "requests", "value": requests})
    for number, request in enumerate(items_of(state, "requests")):
        yield from _request(number, request)


def _request(number: int, request: Any) -> Iterator[bytes]:  # noqa: ANN401
    at: Fields = {"request": number}
    if not isinstance(request, dict):
        yield line_of({"type": "request", **at, "rounds": 0, "value": request})
        return
    result = field(request, "result")
    metadata = field(result, "metadata")
    rounds, results = items_of(metadata, _ROUNDS), dict(field(metadata, _RESULTS))
    has_result = isinstance(request.get("result"), dict)
    taken = {*_STATE, *(("result",) if has_result else ())}
    if isinstance(request.get("response"), list):
        taken.add("response")
    rest = {key: value for key, value in request.items() if key not in taken}
    yield line_of({"type": "request", **at, "rounds": len(rounds), "value": rest})
    for place, part in enumerate(items_of(request, "response")):
        yield line_of({"type": "part", **at, "part": place, "value": part})
    for place, one in enumerate(rounds):
        yield line_of({"type": "round", **at, "round": place, "value": one})
        for name in _call_ids(one):
            if name in results:
                yield line_of({"type": "tool-result", **at, "id": name, "value": results.pop(name)})
    for name, value in results.items():
        yield line_of({"type": "tool-result", **at, "id": name, "value": value})
    state = {key: request[key] for key in _STATE if key in request}
    if has_result or state:
        yield line_of({"type": "result", **at, "state": state, "value": _without(result, rounds)})


def _call_ids(one: Any) -> list[str]:  # noqa: ANN401
    if not isinstance(one, dict):
        return []
    ids = (call.get("id") for call in items_of(one, "toolCalls") if isinstance(call, dict))
    return [name for name in ids if isinstance(name, str)]


def _without(result: Fields, rounds: list[Any]) -> Fields:
    """The outcome without what got lines of its own."""
    metadata = result.get("metadata")
    if not isinstance(metadata, dict):
        return result
    gone = {_ROUNDS} if rounds else set()
    if isinstance(metadata.get(_RESULTS), dict):
        gone.add(_RESULTS)
    return {**result, "metadata": {key: value for key, value in metadata.items() if key not in gone}}
