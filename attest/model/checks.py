"""What was run to verify the work, and what its outcome can be relied on for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attest.model.basis import Basis, Evidence


class CheckKind(StrEnum):
    """What a command verifies."""

    TEST = "test"
    LINT = "lint"
    TYPE = "type"
    BUILD = "build"
    SCAN = "scan"


class CheckStatus(StrEnum):
    """What one check showed."""

    PASSED = "passed"
    """The check's own exit was 0, nothing masked it, and its text does not contradict it."""
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    """It ran, or may have run, and the transcript does not show its outcome; `why` says for what reason."""
    CLAIMED = "claimed"
    """The agent said so and no run is recorded."""


class ExitSource(StrEnum):
    """Who says what the exit code was."""

    NATIVE = "native"
    """The agent's program recorded the outcome of the command as a whole."""
    TEXT = "text"
    """Only printed output shows the outcome."""
    NONE = "none"


class Mask(StrEnum):
    """Why the exit of the whole command is not the exit of the check in it."""

    PIPE = "pipe"
    OR = "or"
    """`||`, or an option that forces success."""
    SEMICOLON = "semicolon"
    BACKGROUND = "background"
    CONTROL = "control"
    """Inside `if`, `for`, `while`, `case`, `!` or a command substitution."""
    TRUNCATION = "truncation"
    """The result is not in the transcript, or its command was cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCounts:
    """Numbers the tool printed. None: not printed or not understood, never zero."""

    passed: int | None
    failed: int | None
    skipped: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One run of one check."""

    kind: CheckKind
    tool: str
    """The program that checks, such as `pytest`; for a wrapper, its name and target, such as `make test`."""
    argv: tuple[str, ...]
    """The words of the command, shortened; empty for a claim."""
    cwd: str | None
    exit: int | None
    """Exit code of the whole command; None where not known."""
    exit_source: ExitSource
    masked_by: tuple[Mask, ...]
    counts: CheckCounts | None
    """None where the output holds no count that the reader understands."""
    status: CheckStatus
    why: str
    """One sentence of ours on how the status follows."""
    stale_after: int
    """Edits of files that the transcript shows after this run: what it checked is not what was left."""
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    """First the call, then its result."""
    rule: str
    basis: Basis
    said: str | None = None
    """The agent's own sentence, for a claim; None for a run."""
