"""Places further inside a record. Shared by normalisers."""

from __future__ import annotations

from attest.capture.records import below
from attest.capture.steps import Place


def inside(place: Place, *names: str | int) -> Place:
    """Give the place further inside the same record."""
    return Place(
        evidence=below(place.evidence, *names),
        ts=place.ts,
        native_id=place.native_id,
        parent=place.parent,
        sidechain=place.sidechain,
    )
