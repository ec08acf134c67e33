"""What a report says of evidence that was judged: sessions, reviews and exceptions, without who signed them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.evidence.report.facts import (
    MANY_PEOPLE,
    CheckCount,
    Count,
    Entry,
    ExceptionFact,
    ReviewFact,
    SessionFact,
)
from attest.model.exception_predicate import EXCEPTION_V1, exception_of
from attest.model.plain_text import printable
from attest.model.review import review_of
from attest.model.review_predicate import REVIEW_V1
from attest.model.times import rfc3339
from attest.model.verdict import Verdict
from attest.policy.captures import digests_by_session, standing_captures
from attest.policy.facts import RELATED, sessions_of
from attest.policy.independence import Parties, Party, Signer, independence
from attest.policy.review_standing import Now, standing
from attest.usecases.verify import report_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from attest.model.verdict import EvidenceReport
    from attest.policy.facts import SessionFacts

Entries = Mapping[str, Entry]


def session_facts(sessions: tuple[SessionFacts, ...], entries: Entries) -> tuple[SessionFact, ...]:
    """Give every session once, by its standing capture of the highest log index, ordered by log index."""
    captures = [one.capture for one in sessions if one.capture is not None]
    stand = {one.attestation for one in standing_captures(captures)}
    newest: dict[str, SessionFact] = {}
    for one in sessions:
        if one.capture is None or one.capture.attestation not in stand or one.capture.attestation not in entries:
            continue
        made = _session(one, entries[one.capture.attestation])
        if one.id not in newest or _place(newest[one.id].entry) < _place(made.entry):
            newest[one.id] = made
    return tuple(sorted(newest.values(), key=lambda one: (_place(one.entry), one.session)))


def many_people(sessions: Iterable[SessionFacts]) -> bool:
    """Tell whether enough different people signed sessions for their acts to be added up (decision D14)."""
    return len({one.signer for one in sessions}) >= MANY_PEOPLE


def reviews_of(
    reports: tuple[EvidenceReport, ...], oid: str, tree: str, author_email: str | None
) -> tuple[ReviewFact, ...]:
    """Give the verified reviews of a change, in the order of the log; one that contradicts itself is none."""
    sessions = sessions_of(reports)
    own = [one.capture for one in sessions if one.capture is not None and one.link != RELATED]
    parties = Parties(runners=tuple(dict.fromkeys(one.signer for one in sessions)) or None, author_email=author_email)
    now = Now(oid=oid, tree=tree, sessions=digests_by_session(own))
    found = (_review(one, parties, now) for one in reports if one.predicate_type == REVIEW_V1)
    return tuple(
        sorted((one for one in found if one is not None), key=lambda one: (_place(one.entry), one.entry.attestation))
    )


def exceptions_of(
    reports: tuple[EvidenceReport, ...], entries: Entries, oids: frozenset[str], now: datetime
) -> tuple[ExceptionFact, ...]:
    """Give every verified exception once, in the order of the log."""
    found: dict[str, ExceptionFact] = {}
    for report in reports:
        if report.predicate_type != EXCEPTION_V1 or report.verdict is not Verdict.PASS or report.statement is None:
            continue
        try:
            granted = exception_of(report.statement.predicate)
        except AttestError:
            continue
        found[report_id(report)] = ExceptionFact(
            entry=entries[report_id(report)],
            rules=granted.rules,
            reason=granted.reason,
            granted_at=rfc3339(granted.granted_at),
            expires_at=rfc3339(granted.expires_at),
            commits=sum(oid in oids for oid, _ in granted.commits),
            expired=granted.expires_at <= now,
        )
    return tuple(sorted(found.values(), key=lambda one: (_place(one.entry), one.entry.attestation)))


def _review(report: EvidenceReport, parties: Parties, now: Now) -> ReviewFact | None:
    if report.verdict is not Verdict.PASS or report.statement is None:
        return None
    try:
        review = review_of(report.statement.predicate)
    except AttestError:
        return None
    signer = Signer(report.issuer or "", report.identity or "")
    apart = independence(signer, parties, capacity=review.capacity, apart_from=(Party.RUNNER, Party.AGENT))
    return ReviewFact(
        entry=Entry(
            kind="review",
            attestation=report_id(report),
            log_index=report.log_index,
            verdict=report.verdict.value,
            signed_at=report.signed_at,
        ),
        decision=review.decision,
        meaning=review.meaning,
        standing=standing(review, now).standing.value,
        independent=apart.known.value,
    )


def _session(one: SessionFacts, entry: Entry) -> SessionFact:
    return SessionFact(
        session=one.id,
        entry=entry,
        agent=printable(one.agent),
        models=one.models,
        modes=one.modes,
        source=one.source,
        checks=tuple(
            CheckCount(kind=str(row.get("kind")), outcome=str(row.get("outcome")), count=_whole(row.get("count")))
            for row in _rows(one.facts.get("checks"))
        ),
        counts=tuple(sorted(_counts(one.facts), key=lambda pair: pair[0])),
        gaps=one.gaps,
    )


def _counts(facts: Mapping[str, object]) -> Iterable[tuple[str, Count]]:
    for name in ("plans", "overrides", "rejectedPaths"):
        if isinstance(value := facts.get(name), Mapping):
            yield name, _count(value)
    access, extensions = facts.get("access"), facts.get("extensions")
    for name, value in (access if isinstance(access, Mapping) else {}).items():
        if isinstance(value, Mapping):
            yield f"access.{name}", _count(value)
    more = extensions.get("counts") if isinstance(extensions, Mapping) else None
    for name, value in (more if isinstance(more, Mapping) else {}).items():
        if isinstance(value, Mapping):
            yield printable(str(name)), _count(value)


def _count(value: Mapping[str, object]) -> Count:
    return Count(count=_whole(value.get("count")), basis=str(value.get("basis")))


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def _rows(value: object) -> tuple[Mapping[str, object], ...]:
    return tuple(one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else ()


def _place(entry: Entry) -> int:
    return -1 if entry.log_index is None else entry.log_index
