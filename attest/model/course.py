"""The course of the work: how plans changed and why, what was decided, merges, and where the work left its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attest.model.basis import Basis, Evidence
from attest.model.decisions import PlanKind


class Trigger(StrEnum):
    """What came last before a change of course that can have caused it."""

    REJECTION = "rejection"
    PROMPT = "prompt"
    ANSWER = "answer"
    FAILED_CHECK = "failed-check"
    OWN = "own"
    """None of these is recorded: the agent changed course by itself, as far as the transcript shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRevision:
    """How one revision of a plan differs from the revision before."""

    kind: PlanKind
    revision: int
    """As in `Plan`; the first that this can be said of is 2."""
    diff: tuple[str, ...]
    """Lines with `+ ` or `- ` before them, bounded; empty where one of the texts is not in the transcript."""
    cut: bool
    """True where lines of the difference are left out."""
    trigger: Trigger
    before_first_edit: bool
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    """First the revision, then its trigger."""
    rule: str
    basis: Basis


class Known(StrEnum):
    """Yes, no, or not known."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentFirst:
    """Whether a person had said what is wanted before the first file was edited."""

    answer: Known
    why: str
    evidence: tuple[Evidence, ...]
    """The intent and the first edit."""
    rule: str
    basis: Basis


class DecisionKind(StrEnum):
    """How something was decided."""

    QUESTION = "question"
    """A person answered a question of the agent."""
    PLAN = "plan"
    """A person approved or rejected a plan that was put to them."""
    PROMPT_AFTER_PLAN = "prompt-after-plan"
    """A person's next words after a plan that nobody approved or rejected."""
    MODE = "mode"
    """The permission mode was changed; by whom is not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision, with what else could have been chosen."""

    kind: DecisionKind
    subject: str
    """The question, the plan's first line, or the mode before; shortened."""
    chosen: str
    not_chosen: tuple[str, ...]
    """The alternatives that were offered; empty where the record names none."""
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


class MergeHow(StrEnum):
    """How a conflict was settled."""

    OURS = "ours"
    THEIRS = "theirs"
    BOTH = "both"
    """All lines of both sides, one after the other."""
    REWRITTEN = "rewritten"
    """The conflict markers were taken out by an edit that keeps neither side as it was."""
    CONTINUED = "continued"
    """A merge, rebase, cherry-pick or revert was told to go on: the conflicts had been settled in some way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResolution:
    """One conflict that was settled in the session."""

    path: str | None
    """None where the command names no path."""
    how: MergeHow
    detail: str
    """The command, shortened; empty for an edit."""
    event: int
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


class StrayKind(StrEnum):
    """Why an edit lies outside what was asked."""

    OUTSIDE_WORKTREE = "outside-worktree"
    OUTSIDE_ASKED = "outside-asked"
    """A person had limited the work to other paths, or asked to leave this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A path that was edited outside the work tree, or outside what a person asked for."""

    kind: StrayKind
    path: str
    count: int
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    """The edits; for `outside-asked` first the words."""
    rule: str
    basis: Basis


class TurnKind(StrEnum):
    """How the work changed its direction."""

    STEP_DROPPED = "step-dropped"
    """A step of the plan is gone in the next revision."""
    REVERSAL = "reversal"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnexplainedTurn:
    """A change of direction before which no prompt, answer, override or failed check is recorded."""

    kind: TurnKind
    detail: str
    ts: datetime | None
    evidence: tuple[Evidence, ...]
    rule: str
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """All of it."""

    plan_revisions: tuple[PlanRevision, ...]
    intent_first: IntentFirst
    decisions: tuple[Decision, ...]
    merges: tuple[MergeResolution, ...]
    strays: tuple[Stray, ...]
    unexplained_turns: tuple[UnexplainedTurn, ...]
