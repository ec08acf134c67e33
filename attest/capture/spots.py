"""Places of steps: of a whole record, and further inside it. Shared by normalisers."""

from __future__ import annotations

from datetime import datetime

from attest.capture.accounts import here_of
from attest.capture.lines import Record
from attest.capture.records import below
from attest.capture.steps import Place
from attest.capture.text import moment


def place_of(
    record: Record, time: object, *, native_id: str | None = None, parent: str | None = None, sidechain: bool = False
) -> Place:
    """Give the place of a whole record; a time without an offset is no time."""
    return Place(evidence=here_of(record), ts=moment(time), native_id=native_id, parent=parent, sidechain=sidechain)


def is_local(time: object) -> bool:
    """Tell whether a value is a time that says nothing of its offset from UTC."""
    if not isinstance(time, str) or len(time) > 40:
        return False
    try:
        return datetime.fromisoformat(time).tzinfo is None
    except ValueError:
        return False


def inside(place: Place, *names: str | int) -> Place:
    """Give the place further inside the same record."""
    return Place(
        evidence=below(place.evidence, *names),
        ts=place.ts,
        native_id=place.native_id,
        parent=place.parent,
        sidechain=place.sidechain,
    )
