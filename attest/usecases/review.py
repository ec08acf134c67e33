"""Review: a person signs what he looked at, how the process comes out, and a decision (`review/v1`).

1. read     the commits from the clone: object, tree, changed files, patch id
2. gather   the captures of their sessions that stand now, from the log, and the policy that is in force
3. answer   all five questions; each `yes` and `no` rests on events of those sessions
4. log      one statement; the same review again gives the stored receipt; queued for the service, where one is named

It is not refused that a runner reviews his own session: it is signed, and counts as what it is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import InvalidInput
from attest.evidence.policy_base import policy_base
from attest.history.patches import read_patches
from attest.model.review import EventRef, ProcessAnswer, Review, ReviewedCommit, ReviewedSession, review_of
from attest.model.review_predicate import ANSWERS, MAX_COMMITS, QUESTIONS, REVIEW_V1
from attest.model.times import rfc3339
from attest.policy.independence import Parties, Party, Signer, independence
from attest.usecases.commit_context import repository_name
from attest.usecases.log_statement import log_statement
from attest.usecases.review_sessions import SessionAtHand, sessions_of
from attest.usecases.send import queue_bundle
from attest.usecases.sign import actor_of
from attest.usecases.stated_commits import named_commits, stated_commit
from attest.usecases.verify import POLICY_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.model.statement import Subject
    from attest.policy.finding import Finding
    from attest.usecases.instance import Instance
    from attest.usecases.stated_commits import NamedCommits

MAX_EVENT: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """An answer as the reviewer gives it."""

    question: str
    answer: str
    events: tuple[tuple[str | None, int], ...] = ()
    """(session, event); no session where there is only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest:
    """What is reviewed, and what the reviewer says."""

    repository: Repository
    revision: str
    """`REV` or `A..B`."""
    decision: str = "comment-only"
    meaning: str = "process-and-code"
    capacity: str = "person"
    answers: tuple[GivenAnswer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """The receipt, what was signed, and whether the signer is another than the sessions' runners."""

    receipt: Receipt
    review: Review
    apart_from_runner: Finding


def review(request: ReviewRequest, instance: Instance) -> Reviewed:
    """Sign and log a review.

    Raises:
        InvalidInput: no such revision; `review.unanswered`, a question is left out; `review.pointer`, an answer points to
            no event of the sessions reviewed.
    """
    repository = request.repository
    named = named_commits(repository, request.revision, most=MAX_COMMITS)  # 1
    subjects, commits = _commits(repository, named)
    sessions = sessions_of(instance, named.oids)  # 2
    made = Review(
        reviewed_at=rfc3339(instance.clock.now()),
        meaning=request.meaning,
        decision=request.decision,
        capacity=request.capacity,
        answers=answered(request.answers, sessions),  # 3
        head_oid=named.head,
        head_tree=commits[-1].tree,
        commits=commits,
        sessions=tuple(ReviewedSession(id=one.capture.session, sha256=one.capture.sha256) for one in sessions),
        policy=_policy_digest(repository, named),
    )
    predicate = made.to_predicate()
    review_of(predicate)
    receipt = log_statement(  # 4
        instance,
        REVIEW_V1,
        (*subjects, *_session_subjects(sessions)),
        predicate,
        # Another signer who says the same says it once more.
        write_key_material=canonical_json({**predicate, "reviewedAt": "", "signer": actor_of(instance)}),
        repository=repository,
    )
    queue_bundle(instance, receipt)
    return Reviewed(receipt=receipt, review=made, apart_from_runner=_apart(instance, request, sessions))


def answered(given: Sequence[GivenAnswer], sessions: tuple[SessionAtHand, ...]) -> tuple[ProcessAnswer, ...]:
    """Put the answers into their order, each event held against the session it is in.

    Raises:
        InvalidInput: `review.unanswered`, `review.pointer`, or `input.malformed` for a question or answer nobody asks.
    """
    by_question = {one.question: one for one in given}
    odd = [one for one in given if one.question not in QUESTIONS or one.answer not in ANSWERS]
    if odd or len(by_question) != len(given):
        expected = f"each once of {', '.join(QUESTIONS)}, answered {', '.join(ANSWERS)}"
        raise InvalidInput("input.malformed", "an answer to no question", expected=expected)
    missing = [name for name in QUESTIONS if name not in by_question]
    if missing:
        raise InvalidInput("review.unanswered", expected="an answer to all five", where=", ".join(missing))
    return tuple(_answer(by_question[name], sessions) for name in QUESTIONS)


def _answer(given: GivenAnswer, sessions: tuple[SessionAtHand, ...]) -> ProcessAnswer:
    if given.answer != "not-checked" and not given.events:
        raise InvalidInput("review.pointer", expected=f"an event for `{given.answer}`", where=given.question)
    ids = tuple(dict.fromkeys(one.capture.session for one in sessions))
    refs = []
    for session, event in given.events:
        name = session or (ids[0] if len(ids) == 1 else None)
        # Several captures of one session may stand: the event is in the longest of them.
        most = max((one.events for one in sessions if one.capture.session == name), default=0)
        if name is None or not 0 <= event < min(most, MAX_EVENT):
            expected = f"an event of {', '.join(ids[:4])}" if ids else "a session that is recorded for these commits"
            raise InvalidInput("review.pointer", expected=expected, got=str(event), where=given.question)
        refs.append(EventRef(session=name, event=event))
    return ProcessAnswer(question=given.question, answer=given.answer, events=tuple(dict.fromkeys(refs)))


def _commits(repository: Repository, named: NamedCommits) -> tuple[tuple[Subject, ...], tuple[ReviewedCommit, ...]]:
    name = repository_name(repository, named.head)
    patches = read_patches(repository, named.oids)
    stated = [stated_commit(repository, name, oid) for oid in named.oids]
    commits = []
    for oid, (subject, row) in zip(named.oids, stated, strict=True):
        changed = row["changed"]
        if not isinstance(changed, dict):
            raise TypeError(changed)
        commits.append(
            ReviewedCommit(
                oid=oid,
                tree=str(subject.git_tree),
                changed_count=int(changed["count"]),
                changed_root=str(changed["root"]),
                patch=patches[oid].patch_id,
            )
        )
    return tuple(subject for subject, _ in stated), tuple(commits)


def _session_subjects(sessions: tuple[SessionAtHand, ...]) -> tuple[Subject, ...]:
    return tuple(one.subject for one in sessions)


def _policy_digest(repository: Repository, named: NamedCommits) -> str | None:
    base = named.base or policy_base(repository, repository.commit_facts(named.head))[0]
    policy = repository.tree_blob(base, POLICY_FILE) if base else None
    return None if policy is None else hashlib.sha256(policy).hexdigest()


def _apart(instance: Instance, request: ReviewRequest, sessions: tuple[SessionAtHand, ...]) -> Finding:
    signer = Signer(instance.services.issuer, actor_of(instance))
    parties = Parties(runners=tuple(dict.fromkeys(one.capture.signer for one in sessions)) or None)
    return independence(signer, parties, capacity=request.capacity, apart_from=(Party.RUNNER,))
