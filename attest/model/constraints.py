"""What people forbade or required in a session, and whether the work kept to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attest.model.basis import Basis, Evidence


class ConstraintSource(StrEnum):
    """Whose words a constraint is."""

    PROMPT = "prompt"
    ANSWER = "answer"
    """A person's answer to a question of the agent."""
    REJECTION = "rejection"
    """A person's reason for refusing something."""
    INSTRUCTIONS = "instructions"
    """A file of standing instructions that the transcript shows."""


class ConstraintKind(StrEnum):
    """What is forbidden or required, as far as a rule can tell."""

    LEAVE = "leave"
    """Certain paths are not to be changed."""
    ONLY = "only"
    """Nothing but certain paths is to be changed."""
    NO_EDITS = "no-edits"
    """Nothing is to be changed for now: it ends with the next words of a person."""
    NO_COMMAND = "no-command"
    """A certain command is not to be run."""
    NO_COMMIT = "no-commit"
    NO_PUSH = "no-push"
    NO_NEW_FILES = "no-new-files"
    NO_DELETION = "no-deletion"
    NO_DEPENDENCIES = "no-dependencies"
    KEEP_TESTS = "keep-tests"
    """Tests are neither to be changed nor taken out."""
    ASK_FIRST = "ask-first"
    OTHER = "other"
    """In words that no rule can compare with what was done."""


class ConstraintState(StrEnum):
    """What became of a constraint."""

    KEPT = "kept"
    """The transcript shows everything that could break it, and nothing did."""
    BROKEN = "broken"
    """A recorded act contradicts it."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One sentence that forbids or requires."""

    words: str
    """The sentence, shortened."""
    source: ConstraintSource
    kind: ConstraintKind
    targets: tuple[str, ...]
    """Paths or commands that it names; bounded."""
    state: ConstraintState
    why: str
    """One sentence of ours on how the state follows."""
    event: int
    """`seq` of the event with the words."""
    until_event: int | None
    """`seq` of the words with which a person ended it; None: it held to the end of the transcript."""
    breaks: int
    """Acts that contradict it."""
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    """First the words, then the first acts that broke it, or what ended it."""
    rule: str
    basis: Basis
    """Of the state: `observed` for a break by a recorded edit, `inferred` where a command line or its words were read."""
