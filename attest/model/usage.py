"""Tokens and sub-agents, as the agent's program reports them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from attest.model.basis import Basis, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one model, each API message counted once."""

    model: str
    messages: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    by_subagents: bool
    """True for messages on sub-agents' own lines in this transcript."""
    rule: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class SubAgent:
    """Work handed to another agent. Its own transcript is usually a file of its own and not part of this session."""

    native_id: str | None
    kind: str | None
    """The type of agent asked for; None where not named."""
    task: str
    """The first words of the task, shortened."""
    status: str | None
    tokens: int | None
    tool_uses: int | None
    transcript_present: bool
    """True where its own records are in this transcript."""
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis
