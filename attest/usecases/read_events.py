"""Events of a session by number, a bounded run of bytes at a time: only the pages that are needed are opened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify
from attest.model.documents import EVENTS_PER_PAGE
from attest.usecases.read_parts import open_parts

if TYPE_CHECKING:
    from attest.usecases.instance import Instance

MAX_EVENT_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """A run of events as their documents hold them."""

    events: tuple[dict[str, object], ...]
    next_seq: int | None
    """Where the next run begins; None when this is the end."""


def read_events(instance: Instance, attestation: str, *, from_seq: int, max_bytes: int) -> EventPage:
    """Give events from a number on, as many as fit into `max_bytes` of JSON, and one in any case where there is one.

    Raises:
        Absent, CannotVerify, NotVerified: as for `open_parts`.
    """
    kept: list[dict[str, object]] = []
    left = max_bytes
    page, pages = from_seq // EVENTS_PER_PAGE, 1
    while page < pages or (not kept and page == from_seq // EVENTS_PER_PAGE):
        events, pages = _page(instance, attestation, page)
        for event in events:
            if _seq(event) < from_seq:
                continue
            left -= len(json.dumps(event))
            if left < 0 and kept:
                return EventPage(events=tuple(kept), next_seq=_seq(event))
            kept.append(event)
        page += 1
    return EventPage(events=tuple(kept), next_seq=None)


def _page(instance: Instance, attestation: str, number: int) -> tuple[list[dict[str, object]], int]:
    name = f"events/{number:04d}"
    parts = open_parts(instance, attestation, lambda found: found == name)
    if name not in parts:
        return [], 0
    document = json.loads(parts[name])
    try:
        return list(document["events"]), int(document["pages"])
    except (KeyError, TypeError, ValueError) as err:
        raise CannotVerify("store.missing", "a page of events is of another form", where=name) from err


def _seq(event: dict[str, object]) -> int:
    seq = event.get("seq")
    return seq if isinstance(seq, int) else -1
