"""A trajectory of SWE-agent as record lines: what the model was told, then the steps, then what came of it."""

from __future__ import annotations

from collections.abc import Iterator

from attest.capture.unroll.document import head_of, header_line, line_of, parse_document
from attest.errors import InvalidInput

FORMAT = "swe-agent/traj"
_OWN_LINES = frozenset({"trajectory", "history", "info", "attempts"})
_BESIDE = frozenset({"environment", "history", "info", "replay_config"})


def looks_like(head: bytes) -> bool:
    """Tell whether a document is a trajectory of SWE-agent."""
    found = head_of(head)
    if found is None or found.is_list or "trajectory" not in found.members:
        return False
    steps = found.members["trajectory"]
    if isinstance(steps, list) and steps:
        return isinstance(steps[0], dict) and {"action", "observation"} <= set(steps[0])
    return not _BESIDE.isdisjoint(found.members)


def unroll(data: bytes) -> Iterator[bytes]:
    """Give the lines of a trajectory.

    Raises:
        InvalidInput: as `parse_document`; `input.malformed` where there is no list of steps.
    """
    value = parse_document(data)
    if not isinstance(value, dict) or not isinstance(value.get("trajectory"), list):
        raise InvalidInput("input.malformed", "the document has no list of steps")
    yield header_line(FORMAT, {key: item for key, item in value.items() if key not in _OWN_LINES})
    history = value.get("history")
    for item in history if isinstance(history, list) else ([] if history is None else [history]):
        yield line_of({"type": "swe-agent-history", "item": item})
    for step in value["trajectory"]:
        yield line_of({"type": "swe-agent-step", "step": step})
    attempts = value.get("attempts")
    for attempt in attempts if isinstance(attempts, list) else ([] if attempts is None else [attempts]):
        yield line_of({"type": "swe-agent-attempt", "attempt": attempt})
    if "info" in value:
        yield line_of({"type": "swe-agent-info", "info": value["info"]})
