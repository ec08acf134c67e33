"""A review as a value: built before it is signed, read back from a predicate that has passed its shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.model.review_predicate import CHECKLIST, NO_POLICY, QUESTIONS, REVIEW

if TYPE_CHECKING:
    from typing import Any

_PREFIX: Final = "sha256:"
QUESTION_WORDS: Final[Mapping[str, str]] = {
    "intent-clear": "Was it clear what was wanted before work began?",
    "plan-sound": "Was the plan sound, and each change of it explained?",
    "constraints-kept": "Were the constraints kept?",
    "judgement-used": "Did a person decide where a person had to?",
    "nothing-skipped": "Is it so that nothing important was skipped?",
}
"""What each question of `process-v1` asks, as a reviewer reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRef:
    """One event of a recorded session."""

    session: str
    event: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessAnswer:
    """The answer to one question."""

    question: str
    answer: str
    """`yes`, `no` or `not-checked`."""
    events: tuple[EventRef, ...] = ()
    """What the answer rests on; never empty for `yes` and `no`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedCommit:
    """One commit that was reviewed."""

    oid: str
    tree: str
    changed_count: int
    changed_root: str
    patch: str | None
    """Git's stable patch id; None for a merge, for an empty patch, or where it was not stated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedSession:
    """One capture of a session that was reviewed."""

    id: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a reviewer signs."""

    reviewed_at: str
    meaning: str
    decision: str
    capacity: str
    answers: tuple[ProcessAnswer, ...]
    """All five, in the order of `QUESTIONS`."""
    head_oid: str
    head_tree: str
    commits: tuple[ReviewedCommit, ...]
    sessions: tuple[ReviewedSession, ...]
    policy: str | None
    """Digest of the policy file, 64 hex digits; None: no policy file was in force."""

    @property
    def approves(self) -> bool:
        """Whether the decision is to approve."""
        return self.decision == "approve"

    @property
    def of_process(self) -> bool:
        """Whether the signature means that the process was reviewed."""
        return self.meaning != "code"

    @property
    def of_code(self) -> bool:
        """Whether the signature means that the change itself was reviewed."""
        return self.meaning != "process"

    @property
    def not_answered(self) -> tuple[str, ...]:
        """Questions answered `not-checked`."""
        return tuple(one.question for one in self.answers if one.answer == "not-checked")

    @property
    def answered_no(self) -> tuple[str, ...]:
        """Questions answered `no`."""
        return tuple(one.question for one in self.answers if one.answer == "no")

    def commit(self, oid: str) -> ReviewedCommit | None:
        """Give what the review says of a commit; None when it does not speak of it."""
        return next((one for one in self.commits if one.oid == oid), None)

    def to_predicate(self) -> dict[str, object]:
        """Give the predicate."""
        return {
            "reviewedAt": self.reviewed_at,
            "meaning": self.meaning,
            "decision": self.decision,
            "capacity": self.capacity,
            "checklist": CHECKLIST,
            "answers": {
                one.question: {
                    "answer": one.answer,
                    "events": [{"session": ref.session, "event": ref.event} for ref in one.events],
                }
                for one in self.answers
            },
            "head": {"oid": self.head_oid, "tree": self.head_tree},
            "commits": [_commit_json(one) for one in self.commits],
            "sessions": [{"id": one.id, "sha256": one.sha256} for one in self.sessions],
            "policy": NO_POLICY if self.policy is None else _PREFIX + self.policy,
        }


def review_of(predicate: Mapping[str, object]) -> Review:
    """Read a `review/v1` predicate and hold it against what a shape cannot say.

    Raises:
        InvalidInput: `evidence.statement`: not of its shape; an answer `yes` or `no` without an event, or one that points
            into a session that was not reviewed; a head that is none of its commits; a commit or capture named twice.
    """
    REVIEW.check(dict(predicate), "/predicate")
    read = _read(predicate)
    _require_sound(read)
    return read


def _read(value: Mapping[str, Any]) -> Review:
    return Review(
        reviewed_at=value["reviewedAt"],
        meaning=value["meaning"],
        decision=value["decision"],
        capacity=value["capacity"],
        answers=tuple(
            ProcessAnswer(
                question=question,
                answer=value["answers"][question]["answer"],
                events=tuple(
                    EventRef(session=ref["session"], event=ref["event"]) for ref in value["answers"][question]["events"]
                ),
            )
            for question in QUESTIONS
        ),
        head_oid=value["head"]["oid"],
        head_tree=value["head"]["tree"],
        commits=tuple(
            ReviewedCommit(
                oid=row["oid"],
                tree=row["tree"],
                changed_count=row["changed"]["count"],
                changed_root=row["changed"]["root"],
                patch=row.get("patch"),
            )
            for row in value["commits"]
        ),
        sessions=tuple(ReviewedSession(id=row["id"], sha256=row["sha256"]) for row in value["sessions"]),
        policy=None if value["policy"] == NO_POLICY else value["policy"].removeprefix(_PREFIX),
    )


def _require_sound(review: Review) -> None:
    known = {one.id for one in review.sessions}
    for one in review.answers:
        place = f"/predicate/answers/{one.question}/events"
        if one.answer != "not-checked" and not one.events:
            raise _unsound(place, "an event that the answer rests on")
        if any(ref.session not in known for ref in one.events):
            raise _unsound(place, "events of sessions that were reviewed")
    if (review.head_oid, review.head_tree) not in {(one.oid, one.tree) for one in review.commits}:
        raise _unsound("/predicate/head", "one of the commits")
    if len({one.oid for one in review.commits}) != len(review.commits):
        raise _unsound("/predicate/commits", "each commit once")
    if len({(one.id, one.sha256) for one in review.sessions}) != len(review.sessions):
        raise _unsound("/predicate/sessions", "each capture once")


def _unsound(where: str, expected: str) -> InvalidInput:
    return InvalidInput("evidence.statement", "the review contradicts itself", expected=expected, where=where)


def _commit_json(one: ReviewedCommit) -> dict[str, object]:
    row: dict[str, object] = {
        "oid": one.oid,
        "tree": one.tree,
        "changed": {"count": one.changed_count, "root": one.changed_root},
    }
    return row if one.patch is None else row | {"patch": one.patch}
