"""The decision trail of a change: its sessions' steps and what was signed about it, in one order, each with its pointer.

1. reach   everything logged of the commit, its sessions and what it was rewritten from, proved at one head
2. open    the newest capture of each session, as far as it can be opened; what cannot says why
3. order   by time where there is one; within a session always by its events
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.evidence.report.facts import Head
from attest.model.coverage_predicate import COVERAGE_V1
from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.exception_predicate import EXCEPTION_V1, exception_of
from attest.model.review import review_of
from attest.model.review_predicate import REVIEW_V1
from attest.model.statement import parse_statement
from attest.model.trail import TrailItem, session_trail
from attest.signing.dsse import parse_envelope
from attest.usecases.answer_told import newest_captures, open_told
from attest.usecases.logged_verdicts import verdicts_on
from attest.usecases.reach import reach

if TYPE_CHECKING:
    from attest.store.attestations import StoredAttestation
    from attest.usecases.answer_told import Told
    from attest.usecases.instance import Instance

MAX_ITEMS: Final = 20_000
"""Steps of one trail; more are counted in `left_out`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """The trail of one commit."""

    oid: str
    items: tuple[TrailItem, ...]
    left_out: int
    closed: tuple[tuple[str, str], ...]
    """(`ses_…`, why) of sessions whose parts cannot be opened: erased, lost, or never kept."""
    head: Head
    complete: bool
    """The list of entries that it was read from is proved complete at `head`."""


def trail_of(instance: Instance, oid: str) -> Trail:
    """Give the trail of a full oid; a commit that nobody recorded has an empty one.

    Raises:
        NotVerified: the index does not give what the log committed to: no list can be relied on.
    """
    reached = reach(instance, oid)  # 1
    rows = (*reached.rows, *reached.linked)
    told = [open_told(instance, stored, oid, reached) for stored in newest_captures(rows)]  # 2
    items = [item for one in told for item in _steps(one)] + _signed(reached.rows, oid)
    ordered = _ordered(items)  # 3
    return Trail(
        oid=oid,
        items=ordered[:MAX_ITEMS],
        left_out=max(len(ordered) - MAX_ITEMS, 0),
        closed=tuple((one.stored.session or "", one.why_closed) for one in told if one.session is None),
        head=Head(origin=reached.as_of.log, tree_size=reached.tree_size, root=reached.root.hex()),
        complete=reached.whole,
    )


def _steps(told: Told) -> tuple[TrailItem, ...]:
    stored = told.stored
    if told.session is None:
        return ()
    return session_trail(told.session, stored.session or "", stored.id, stored.receipt.index)


def _signed(rows: tuple[StoredAttestation, ...], oid: str) -> list[TrailItem]:
    found = []
    for stored in rows:
        said = _said(stored, oid)
        if said is None:
            continue
        at = stored.receipt.integrated_time
        found.append(
            TrailItem(
                kind=said[0],
                said=said[1],
                quote="",
                time=None if at is None else datetime.fromtimestamp(at, UTC),
                event=None,
                session="",
                attestation=stored.id,
                log_index=stored.receipt.index,
                basis="reported",
            )
        )
    return found


def _said(stored: StoredAttestation, oid: str) -> tuple[str, str] | None:
    """Say what a signed statement decides; None for one that decides nothing, or contradicts itself."""
    try:
        predicate = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate
        if stored.predicate_type == REVIEW_V1:
            review = review_of(predicate)
            return "review", f"Signed review: {review.decision}, of {review.meaning}, as {review.capacity}"
        if stored.predicate_type == EXCEPTION_V1:
            granted = exception_of(predicate)
            return "exception", f"Signed exception from {', '.join(granted.rules)}: {granted.reason}"
    except AttestError:
        return None
    if stored.predicate_type == DECLARATION_V1:
        return "declaration", "A person declared on signature how the change was made"
    if stored.predicate_type == COVERAGE_V1:
        verdicts = verdicts_on((stored,), oid)
        return (
            ("verdict", f"Logged verdict: {verdicts[0].row.verdict}, mode {verdicts[0].coverage.mode}")
            if verdicts
            else None
        )
    return None


def _ordered(items: list[TrailItem]) -> tuple[TrailItem, ...]:
    """Order by time; a step without one stands with the step of its session before it."""
    last: dict[str, float] = {}
    keyed = []
    for place, one in enumerate(items):
        at = one.time.timestamp() if one.time is not None else 0.0
        key = max(at, last.get(one.session, 0.0)) if one.session else at
        if one.session:
            last[one.session] = key
        keyed.append((key, place, one))
    return tuple(one for _, _, one in sorted(keyed, key=lambda row: row[:2]))
