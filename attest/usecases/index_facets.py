"""Counting recordings by what they have in common: from signed statements alone, in the order of the log, as far as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.model.recording_facets import facets_of
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store.database import reading
from attest.store.facet_rows import RecordingFacets, facets_to, recordings_in, write_facets
from attest.store.log_reader import LogReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

BATCH: Final = 500
"""Recordings read between two writes."""


def catch_up_facets(instance: Instance, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Count what was logged since; gives the tree size up to which recordings are counted."""
    place = (instance.engine, instance.scope, instance.log.name)
    while True:
        with reading(instance.engine) as session:
            first = facets_to(session, instance.scope, instance.log.name)
        head = LogReader(*place).head()
        size = head.tree_size if head else 0
        if first >= size or stop():
            return first
        found = recordings_in(*place, span=(first, size), limit=BATCH)
        end = found[-1][0].receipt.index + 1 if len(found) == BATCH else size
        write_facets(*place, tuple(_read(stored, named) for stored, named in found), span=(first, end))


def _read(stored: StoredAttestation, repositories: Sequence[str]) -> RecordingFacets:
    try:
        predicate = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate
    except AttestError:
        # One that cannot be read is counted as unknown; it must not hide those after it.
        predicate = {}
    values = facets_of(predicate, repositories)
    return RecordingFacets(index=stored.receipt.index, recorded_at=stored.recorded_at, values=values)
