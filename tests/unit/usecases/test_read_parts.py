"""A long session is put together from its parts a document at a time."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

from attest.model.documents import EVENTS_PER_PAGE, documents_of, from_documents
from attest.usecases.read_parts import session_in
from tests.support.claude import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.session import Session

PAGES = 9


def parts_of_a_long_session() -> tuple[Session, dict[str, bytes]]:
    short = Transcript().prompt("dig the pond").shell("pytest -q", "3 passed in 0.10s").session()
    event = short.events[-1]
    session = replace(short, events=tuple(replace(event, seq=at) for at in range(PAGES * EVENTS_PER_PAGE)))
    return session, {name: json.dumps(body).encode() for name, body in documents_of(session).items()}


def held_beside(work: Callable[[], Session]) -> tuple[Session, int]:
    """Give what work makes, and the most bytes that it held beside it."""
    tracemalloc.start()
    try:
        found = work()
        left, most = tracemalloc.get_traced_memory()
        return found, most - left
    finally:
        tracemalloc.stop()


def test_a_session_of_many_pages_comes_back_as_it_was() -> None:
    session, parts = parts_of_a_long_session()
    assert session_in(parts | {"transcript/0000": b"no document"}) == session


def test_the_pages_of_a_long_session_are_not_all_held_parsed_at_once() -> None:
    _, parts = parts_of_a_long_session()
    at_once, all_held = held_beside(lambda: from_documents({name: json.loads(data) for name, data in parts.items()}))
    # What else the process does meanwhile is counted too: the least of three is what the reading holds.
    tries = [held_beside(lambda: session_in(parts)) for _ in range(3)]
    assert [one for one, _ in tries] == [at_once] * 3
    assert min(held for _, held in tries) < all_held / 2
