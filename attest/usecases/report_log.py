"""What a report takes from the log at hand: its head, and the gaps of capture that are on record in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import Absent, AttestError
from attest.evidence.report.facts import Entry, GapFact, Head
from attest.model.gap_predicate import GAP, GAP_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.published_head import published_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

MAX_GAPS: Final = 2000
"""Newest gaps that are read, of whatever repository."""
_PAGE: Final = 100


def head_of(instance: Instance | None, tree_size: int | None = None) -> Head | None:
    """Give the newest published head of this machine's log, or an earlier one; None where there is none such."""
    if instance is None:
        return None
    try:
        head = published_head(instance, tree_size)
    except Absent:
        return None
    return Head(origin=instance.services.log.origin, tree_size=head.tree_size, root=head.root.hex())


def gaps_on_record(instance: Instance, repository: str, tree_size: int | None = None) -> tuple[GapFact, ...]:
    """Give the logged gaps, below a tree size if one is given, that name this repository or none, in the order of the log.

    One that does not parse is none.
    """
    found: list[GapFact] = []
    before: int | None = tree_size
    more, read = True, 0
    while more and read < MAX_GAPS:
        page = attestations.newest(instance.engine, instance.scope, before=before, limit=_PAGE, predicate_type=GAP_V1)
        found += [gap for gap in (_gap(one, repository) for one in page.rows) if gap is not None]
        read, more = read + len(page.rows), page.more
        before = page.rows[-1].receipt.index if page.rows else before
    return tuple(sorted(found, key=lambda one: one.entry.log_index or 0))


def _gap(stored: StoredAttestation, repository: str) -> GapFact | None:
    try:
        predicate = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate
        GAP.check(dict(predicate), "/predicate")
    except AttestError:
        return None
    return None if predicate.get("repository", repository) != repository else _read(stored, predicate)


def _read(stored: StoredAttestation, predicate: Mapping[str, object]) -> GapFact:
    count = predicate.get("count")
    return GapFact(
        entry=Entry(
            kind="gap",
            attestation=stored.id,
            log_index=stored.receipt.index,
            verdict="pass",
            signed_at=stored.receipt.integrated_time,
        ),
        kind=str(predicate.get("kind")),
        start=str(predicate.get("from")),
        until=str(predicate.get("until", "")),
        count=count if isinstance(count, int) else 0,
        basis=str(predicate.get("basis")),
    )
