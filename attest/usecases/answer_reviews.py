"""Section 7 of an answer: who signed, over which tree, when, whether it still stands, and whether he is independent.

Signature and log were checked when each was logged; whether a policy counts any of it is for the gate to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.model.answer import Mark, Row, attestation
from attest.model.answer_words import time_text
from attest.model.basis import Basis
from attest.model.exception_predicate import EXCEPTION_V1, exception_of
from attest.model.pointer import Pointer, PointerKind
from attest.model.review import review_of
from attest.model.review_predicate import QUESTIONS, REVIEW_V1
from attest.model.statement import parse_statement
from attest.policy.captures import digests_by_session
from attest.policy.exception_standing import exception_state
from attest.policy.finding import Known
from attest.policy.independence import Parties, Party, Signer, independence
from attest.policy.review_standing import Now, Standing, Stood, standing
from attest.signing.dsse import parse_envelope
from attest.usecases.answer_times import relation
from attest.usecases.review_sessions import captures_at_hand

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attest.model.commit_document import CommitDocument
    from attest.model.review import Review
    from attest.policy.finding import Finding
    from attest.store.attestations import StoredAttestation
    from attest.usecases.reach import Reached

NO_LANDING: Final = "whether that was before it landed is not known: no forge is connected"
NONE_SIGNED: Final = Row(term="reviews", mark=Mark.ABSENT, word="none signed")
MAX_SHOWN: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What section 7 says, with what of it other places repeat."""

    rows: tuple[Row, ...]
    reviewers: tuple[Row, ...]
    """For section 1."""
    reviews: int
    independent: int
    """Standing reviews by persons who are no runner of a session."""
    not_independent: int
    outdated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """One review of the commit."""

    stored: StoredAttestation
    review: Review
    stood: Stood
    runner: Finding
    author: Finding


def approved_section(reached: Reached, oid: str, document: CommitDocument | None, now: datetime) -> Approved:
    """Read the reviews and exceptions of a commit; `now` decides which exceptions have expired."""
    sessions = captures_at_hand((*reached.rows, *reached.linked))
    captures = tuple(one.capture for one in sessions)
    parties = Parties(
        # No session on record does not mean that nobody ran one.
        runners=tuple(dict.fromkeys(one.signer for one in captures)) or None,
        author_email=document.author_email if document else None,
    )
    there = Now(oid=oid, tree=document.tree, sessions=digests_by_session(captures)) if document is not None else None
    signed = [_signed(row, parties, there) for row in reached.rows if row.predicate_type == REVIEW_V1]
    read = tuple(one for one in signed if one is not None)
    unread = len(signed) - len(read)
    rows = tuple(_row(one, oid, document) for one in read[:MAX_SHOWN]) or (NONE_SIGNED,)
    if unread or len(read) > MAX_SHOWN:
        text = f"{max(len(read) - MAX_SHOWN, 0)} more, {unread} that cannot be read"
        rows = (*rows, Row(term="", mark=Mark.NOT_KNOWN, text=text, basis=Basis.UNKNOWN))
    standing_now = tuple(one for one in read if one.stood.standing is not Standing.OUTDATED)
    reviewers = tuple(dict.fromkeys(_reviewer(one) for one in read[:MAX_SHOWN]))
    return Approved(
        rows=(*rows, *_exceptions(reached, oid, document, now)),
        reviewers=reviewers or (Row(term="reviewer", mark=Mark.ABSENT, word="none signed"),),
        reviews=len(read),
        independent=sum(one.stood.standing.counts and one.runner.known is Known.YES for one in standing_now),
        not_independent=sum(one.runner.known is Known.NO for one in standing_now),
        outdated=len(read) - len(standing_now),
    )


def _predicate(row: StoredAttestation) -> Mapping[str, object]:
    return parse_statement(parse_envelope(row.leaf.envelope).payload).predicate


def _signed(row: StoredAttestation, parties: Parties, there: Now | None) -> _Signed | None:
    try:
        review = review_of(_predicate(row))
    except AttestError:
        return None
    signer = Signer(row.issuer, row.identity)
    unknown = Stood(standing=Standing.NOT_KNOWN, differences=(), why="no clone and no part says what the tree is")
    return _Signed(
        stored=row,
        review=review,
        stood=standing(review, there) if there else unknown,
        runner=independence(signer, parties, capacity=review.capacity, apart_from=(Party.RUNNER, Party.AGENT)),
        author=independence(signer, parties, capacity=review.capacity, apart_from=(Party.AUTHOR,)),
    )


def _row(one: _Signed, oid: str, document: CommitDocument | None) -> Row:
    review, signed_at = one.review, one.stored.receipt.integrated_time
    reviewed = review.commit(oid)
    tree = f"over tree `{reviewed.tree[:12]}`" if reviewed else "over another commit"
    stands = {
        Standing.CURRENT: "the tree of this commit",
        Standing.OUTDATED: f"outdated: {one.stood.why}",
    }.get(one.stood.standing, one.stood.why)
    when = "at a time that is not known"
    if signed_at is not None and document is not None:
        when = f"{relation(signed_at, document.committed_at)}; {NO_LANDING}"
    answered = len(QUESTIONS) - len(review.not_answered)
    against = f", {len(review.answered_no)} with no" if review.answered_no else ""
    return Row(
        term="signed",
        text=f"{_name(one.stored.identity)}, {tree}, {stands}; {when}",
        note=f"independent of the runner: {one.runner.known.value}",
        detail=(
            f"{review.decision}, {review.meaning} reviewed, as {review.capacity}; "
            f"{answered} of {len(QUESTIONS)} questions answered{against}; {'; '.join(one.runner.why)}; "
            f"apart from the git author: {one.author.known.value}, {'; '.join(one.author.why)}"
        ),
        pointers=(attestation(one.stored.id),),
        basis=Basis.REPORTED,
    )


def _reviewer(one: _Signed) -> Row:
    stored = one.stored
    return Row(
        term="reviewer",
        text=_name(stored.identity),
        note=f"independent of the runner: {one.runner.known.value}",
        detail=f"{stored.identity}, issuer {stored.issuer}",
        pointers=(Pointer(kind=PointerKind.CERTIFICATE, label="certificate", target=stored.id),),
        basis=Basis.REPORTED,
    )


def _name(identity: str) -> str:
    return f"`{identity.rpartition('/')[2][:16]}`" if "/actor/" in identity else f"`{identity[:128]}`"


def _exceptions(reached: Reached, oid: str, document: CommitDocument | None, now: datetime) -> tuple[Row, ...]:
    rows = [row for row in reached.rows if row.predicate_type == EXCEPTION_V1][:MAX_SHOWN]
    return tuple(told for told in (_exception(row, oid, document, now) for row in rows) if told is not None)


def _exception(row: StoredAttestation, oid: str, document: CommitDocument | None, now: datetime) -> Row | None:
    try:
        granted = exception_of(_predicate(row))
    except AttestError:
        return None
    signed_at = row.receipt.integrated_time
    tree = document.tree if document else dict(granted.commits).get(oid, "")
    state = exception_state(granted, rule=granted.rules[0], oid=oid, tree=tree, signed_at=signed_at, now=now)
    rules = ", ".join(f"`{rule}`" for rule in granted.rules)
    until = time_text(granted.expires_at)
    return Row(
        term="exception",
        text=f"from {rules} until {until} UTC, reason {granted.reason}: {'in force' if state.counts else state.value}",
        note="whether the signer may grant it is for a policy to say",
        detail=f"{_name(row.identity)}, as {granted.capacity}",
        pointers=(attestation(row.id),),
        basis=Basis.REPORTED,
    )
