"""The documents known: what tells one, and what turns it into lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from attest.capture.agent_trace.sniff import FORMAT as AGENT_TRACE
from attest.capture.openhands.sniff import V0 as OPENHANDS
from attest.capture.openhands.sniff import V1 as OPENHANDS_V1
from attest.capture.unroll import agent_trace, aider, atif, copilot_vscode, gemini, opencode, openhands, swe_agent


@dataclass(frozen=True, slots=True)
class Unroller:
    """One format: how to tell a document of it, and how to turn it into lines."""

    format: str
    looks_like: Callable[[bytes], bool]
    unroll: Callable[[bytes], Iterator[bytes]]


UNROLLERS: tuple[Unroller, ...] = (
    Unroller(aider.FORMAT, aider.looks_like, aider.unroll),
    Unroller(gemini.FORMAT, gemini.looks_like, gemini.unroll),
    Unroller(copilot_vscode.FORMAT, copilot_vscode.looks_like, copilot_vscode.unroll),
    Unroller(opencode.FORMAT, opencode.looks_like, opencode.unroll),
    Unroller(OPENHANDS, openhands.looks_like_trajectory, openhands.unroll_trajectory),
    Unroller(OPENHANDS, openhands.looks_like_output, openhands.unroll_output),
    Unroller(OPENHANDS_V1, openhands.looks_like_events, openhands.unroll_events),
    Unroller(swe_agent.FORMAT, swe_agent.looks_like, swe_agent.unroll),
    Unroller(atif.FORMAT, atif.looks_like, atif.unroll),
    Unroller(AGENT_TRACE, agent_trace.looks_like, agent_trace.unroll),
)
"""The formats known, in the order they are tried."""


def unroller_of(head: bytes) -> Unroller | None:
    """Give what unrolls a document that begins with `head`; None where its bytes are read as lines."""
    return next((one for one in UNROLLERS if one.looks_like(head)), None)


def unrolled(head: bytes) -> str | None:
    """Give the format of a document from its first bytes; None where its bytes are read as lines."""
    found = unroller_of(head)
    return found.format if found is not None else None
