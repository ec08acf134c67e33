"""An ATIF document (Harbor RFC 0001, v1.0 to v1.8) as record lines: its steps, then those of embedded trajectories."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from attest.capture.unroll.document import head_of, header_line, line_of, parse_document
from attest.errors import InvalidInput

FORMAT: Final = "atif/json"
SCHEMA_PREFIX: Final = "ATIF-v"
MAX_TRAJECTORIES: Final = 10_000
_OWN_LINES: Final = ("steps", "subagent_trajectories")


def looks_like(head: bytes) -> bool:
    """Tell whether a document names an ATIF version."""
    found = head_of(head)
    if found is None or found.is_list:
        return False
    version = found.members.get("schema_version")
    return isinstance(version, str) and version.startswith(SCHEMA_PREFIX)


def unroll(data: bytes) -> Iterator[bytes]:
    """Give the lines of a document.

    Raises:
        InvalidInput: as `parse_document`; `input.malformed` without a list of steps; `input.too-large` beyond
            `MAX_TRAJECTORIES` embedded trajectories.
    """
    value = parse_document(data)
    if not isinstance(value, dict) or not isinstance(value.get("steps"), list):
        raise InvalidInput("input.malformed", "the document has no list of steps")
    yield header_line(FORMAT, _beside(value))
    waiting = [(value, "")]
    count = 0
    while waiting:
        trajectory, name = waiting.pop(0)
        if name:
            yield line_of({"type": "atif-trajectory", "trajectory": name, "document": _beside(trajectory)})
        for step in _list(trajectory.get("steps")):
            yield line_of({"type": "atif-step", **({"trajectory": name} if name else {}), "step": step})
        for one in _list(trajectory.get("subagent_trajectories")):
            count += 1
            if count > MAX_TRAJECTORIES:
                raise InvalidInput("input.too-large", expected=f"<= {MAX_TRAJECTORIES} embedded trajectories")
            if isinstance(one, dict):
                given = one.get("trajectory_id") or one.get("session_id")
                waiting.append((one, given if isinstance(given, str) and given else f"#{count}"))
            else:
                yield line_of({"type": "atif-trajectory", "trajectory": f"#{count}", "document": one})


def _beside(value: dict[str, Any]) -> dict[str, Any]:
    left = {key: item for key, item in value.items() if key not in _OWN_LINES}
    # What is not the list it should be is not lost: it stays with the rest.
    return left | {key: value[key] for key in _OWN_LINES if key in value and not isinstance(value[key], list)}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
