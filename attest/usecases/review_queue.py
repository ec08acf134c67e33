"""What waits for review: sessions of commits, by risk or by age. It ranks work; nothing here counts or orders people (D14).

1. look      captures without a later review by another, from the index of the log
2. hold      the newest that have one: does a review by a person stand for what is there now
3. say       for each: since when it waits, and what of its signed facts asks for a look

A session that is not recorded, or names no commit, waits nowhere: the list says what it was made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.model.review import review_of
from attest.model.search_answer import Exposure
from attest.model.statement import parse_statement
from attest.policy.captures import capture_of
from attest.policy.independence import Signer
from attest.policy.review_standing import Now, standing
from attest.signing.dsse import parse_envelope
from attest.store.review_queue import MAX_WAITING, QueueAsked, queued

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.scope import AsOf
    from attest.model.statement import Statement
    from attest.store.attestations import StoredAttestation
    from attest.store.review_queue import Queued
    from attest.usecases.instance import Instance

_STANDS = "stands"
FIRST = "no review by another than its runner since it was captured"
_AUTHORITY = {
    Exposure.BYPASSED: "ran without being asked",
    Exposure.UNKNOWN: "what it was allowed is not known",
    Exposure.WIDENED: "allowed more than the default",
}
_ACCESS = {"secret": "secret read", "outside-worktree": "outside the work tree", "network": "network"}
_OUTCOMES = {"failed": "run failed", "inconclusive": "run inconclusive", "claimed": "claimed only"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One session that waits."""

    session: str
    attestation: str
    index: int
    commits: tuple[str, ...]
    agent: str
    since: datetime
    """When its newest capture was logged, by the log's operator."""
    authority: Exposure
    risks: tuple[str, ...]
    """What of its signed facts asks for a look, as words; empty: none of them does, which is no sign that nothing else would."""
    why: str
    """Why a review that is there does not count; else that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQueue:
    """What waits, and what was looked at."""

    rows: tuple[Waiting, ...]
    count: int
    """Sessions that wait for a first review, beyond those shown too."""
    at_least: bool
    """`count` is a lower bound."""
    held: int
    """Reviewed sessions whose reviews were held against what is there now."""
    more_held: bool
    """There are older reviewed sessions, which were not."""
    as_of: AsOf
    indexed_to: int


def review_queue(instance: Instance, asked: QueueAsked) -> ReviewQueue:
    """Give what waits for review, at most `asked.limit` rows."""
    page = queued(instance.engine, instance.scope, instance.log.name, asked)  # 1
    rows = [_waiting(one, FIRST) for one in page.waiting]
    for one in page.reviewed:  # 2
        why = _against(one)
        if why:
            rows.append(_waiting(one, why))
    rows.sort(key=lambda row: (-row.authority * asked.by_risk, row.since, row.index))
    return ReviewQueue(
        rows=tuple(rows[: asked.limit]),
        count=min(page.count, MAX_WAITING),
        at_least=page.count > MAX_WAITING,
        held=len(page.reviewed),
        more_held=page.more_reviewed,
        as_of=page.as_of,
        indexed_to=page.indexed_to,
    )


def _statement(stored: StoredAttestation) -> Statement:
    return parse_statement(parse_envelope(stored.leaf.envelope).payload)


def _waiting(one: Queued, why: str) -> Waiting:
    stored, statement = one.stored, _statement(one.stored)
    facts = _mapping(statement.predicate.get("facts"))
    authority = Exposure(one.authority)
    return Waiting(  # 3
        session=stored.session or "",
        attestation=stored.id,
        index=stored.receipt.index,
        commits=tuple(subject.git_commit for subject in statement.subjects if subject.git_commit),
        agent=str(_mapping(facts.get("agent")).get("value", "")),
        since=datetime.fromtimestamp(stored.recorded_at, UTC),
        authority=authority,
        risks=_risks(facts, authority),
        why=why,
    )


def _risks(facts: Mapping[str, object], authority: Exposure) -> tuple[str, ...]:
    found = [_AUTHORITY[authority]] if authority in _AUTHORITY else []
    access = _mapping(facts.get("access"))
    for name, words in _ACCESS.items():
        count = _mapping(access.get(name))
        if count.get("basis") == "unknown":
            found.append(f"{words}: not known")
        elif count.get("count"):
            found.append(f"{words}, {count['count']}")
    checks = facts.get("checks")
    outcomes = [_mapping(row) for row in checks] if isinstance(checks, list) else []
    for outcome, words in _OUTCOMES.items():
        number = sum(_whole(row.get("count")) for row in outcomes if row.get("outcome") == outcome)
        found += [f"{words}, {number}"] if number else []
    if not any(row.get("outcome") == "passed" for row in outcomes):
        found.append("no run passed")
    return tuple(found)


def _against(one: Queued) -> str:
    """Say why no review of it counts; empty where one by a person stands for every commit of the capture."""
    statement = _statement(one.stored)
    capture = capture_of(statement, one.stored.id, Signer(one.stored.issuer, one.stored.identity))
    if capture is None:
        return ""
    sessions = {capture.session: (capture.sha256,)}
    why: dict[str, None] = {}
    for subject in statement.subjects:
        if not subject.git_commit:
            continue
        now = Now(oid=subject.git_commit, tree=subject.git_tree or "", sessions=sessions)
        said = [_reason(row, now) for row in one.reviews]
        if _STANDS not in said:
            why |= dict.fromkeys(word for word in said if word) or {"another commit was reviewed": None}
    return "; ".join(why)


def _reason(row: StoredAttestation, now: Now) -> str:
    try:
        review = review_of(_statement(row).predicate)
    except AttestError:
        return "a review that cannot be read"
    if review.capacity != "person":
        return f"no person reviewed it: signed as {review.capacity}"
    if review.commit(now.oid) is None:
        return ""
    stood = standing(review, now)
    return _STANDS if stood.standing.counts else f"outdated: {stood.why}"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
