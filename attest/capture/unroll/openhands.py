"""OpenHands as record lines: a saved trajectory (a list of events), and one output of the resolver or an evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attest.capture.openhands.sniff import V0, V1
from attest.capture.unroll.document import (
    MAX_DOCUMENT_BYTES,
    head_of,
    header_line,
    line_of,
    parse_document,
    unroll_list,
)
from attest.errors import InvalidInput

_FIRST_KINDS = ("SystemPromptEvent", "MessageEvent", "ConversationStateUpdateEvent")
_RESOLVER = frozenset({"issue", "base_commit", "git_patch"})
_EVALUATION = frozenset({"instance_id", "test_result", "instruction"})


def looks_like_trajectory(head: bytes) -> bool:
    """Tell whether a list begins with an event of OpenHands."""
    found = head_of(head)
    if found is None or not found.is_list:
        return False
    members = found.members
    return "source" in members and (("action" in members and "args" in members) or "observation" in members)


def unroll_trajectory(data: bytes) -> Iterator[bytes]:
    """Give the lines of a saved trajectory.

    Raises:
        InvalidInput: as `document.unroll_list`.
    """
    return unroll_list(data, V0)


def looks_like_events(head: bytes) -> bool:
    """Tell whether a list begins with an event of a conversation, as an export of one file holds them."""
    found = head_of(head)
    if found is None or not found.is_list:
        return False
    return found.members.get("kind") in _FIRST_KINDS and "source" in found.members


def unroll_events(data: bytes) -> Iterator[bytes]:
    """Give the lines of a conversation's events; who ran where stands in a file that such an export leaves out.

    Raises:
        InvalidInput: as `document.unroll_list`.
    """
    return unroll_list(data, V1)


def looks_like_output(head: bytes) -> bool:
    """Tell whether the first line is an output of the resolver or of an evaluation."""
    found = head_of(head.lstrip().split(b"\n", 1)[0])
    return (
        found is not None
        and not found.is_list
        and (set(found.members) >= _RESOLVER or set(found.members) >= _EVALUATION)
    )


def unroll_output(data: bytes) -> Iterator[bytes]:
    """Give the lines of the one output that the bytes hold.

    Raises:
        InvalidInput: `input.ambiguous` for several outputs, each a session of its own; else as `parse_document`.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_DOCUMENT_BYTES} bytes", got=str(len(data)))
    outputs = [line for line in data.split(b"\n") if line.strip()]
    if len(outputs) != 1:
        raise InvalidInput("input.ambiguous", "the file holds several outputs, each a session of its own")
    yield from output_lines(parse_document(outputs[0]))


def output_lines(output: Any) -> Iterator[bytes]:  # noqa: ANN401  # any JSON value
    """Give the lines of one output: what was asked, the events, and the patch that came of it.

    Raises:
        InvalidInput: `input.malformed`: it is no object.
    """
    if not isinstance(output, dict):
        raise InvalidInput("input.malformed", "an output is no object")
    told = {key: value for key, value in output.items() if key not in ("history", "git_patch")}
    patch = output.get("git_patch")
    if patch is None and isinstance(told.get("test_result"), dict):
        told["test_result"] = dict(told["test_result"])
        patch = told["test_result"].pop("git_patch", None)
    yield header_line(V0, {})
    yield line_of({"type": "openhands-output", "output": told})
    history = output.get("history")
    for element in history if isinstance(history, list) else ([] if history is None else [history]):
        # Early evaluations kept pairs of an action and its observation.
        for event in element if isinstance(element, list) else [element]:
            yield line_of(event)
    yield line_of({"type": "openhands-patch", "git_patch": patch})
