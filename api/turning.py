"""Turning the pages of a list of attestations: the cursor holds the state of the log that the first page was read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, TypedDict

from fastapi import Query

from api import schemas
from api.cursors import Place
from api.lists import head_of
from api.openapi import READ
from api.shapes import as_of_body
from attest.ledger.tree import MAX_TREE_SIZE
from attest.model.recording_facets import Chosen
from attest.store.attestation_lists import MAX_COUNTED, Asked, Listed, listed
from attest.store.facet_find import listed_chosen

if TYPE_CHECKING:
    from api.service import Service
    from attest.model.scope import AsOf

DEFAULT_LIMIT: Final = 50
EVERY: Final = Chosen()
LISTED: Final = (*READ, "service.cursor", "service.not-acceptable", "service.not-found")
"""Codes of a list."""
AsOfSize = Annotated[
    int | None,
    Query(ge=1, le=MAX_TREE_SIZE, description="As of the newest signed state of at most so many leaves."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Which page of a list is asked for."""

    limit: int
    cursor: str | None
    as_of: int | None
    chosen: Chosen = EVERY


class Around(TypedDict):
    """What stands around the rows of a page."""

    next: str | None
    as_of: schemas.AsOf
    follows: str | None
    indexed_to: int
    count: schemas.Counted


class _Page(TypedDict):
    as_of: AsOf | None
    before: int | None
    limit: int


def turned(service: Service, name: str, turn: Turn, asked: Asked) -> tuple[Around, Listed]:
    """Give one page of a list; `name` is the list with its question, which its cursors are bound to.

    Raises:
        InvalidInput: `service.cursor`, it is of another list, tenant or state.
        Absent: `service.not-found`, see `head_of`.
    """
    query = "\0".join(str(part) for part in (name, turn.as_of, turn.chosen) if part)
    place = service.cursors.read(query, turn.cursor) if turn.cursor else None
    page = _Page(
        as_of=place.as_of if place else head_of(service, turn.as_of),
        before=place.before if place else None,
        limit=turn.limit,
    )
    store = (service.instance.engine, service.instance.scope)
    if turn.chosen:
        found, reached = listed_chosen(*store, service.instance.log.name, chosen=turn.chosen, **page)
    else:
        found = listed(*store, asked, **page)
        reached = found.as_of.tree_size
    after = Place(before=found.rows[-1].receipt.index, as_of=found.as_of) if found.more and found.rows else None
    return Around(
        next=service.cursors.write(query, after) if after else None,
        as_of=as_of_body(found.as_of),
        follows=service.instance.follows,
        indexed_to=reached,
        count=counted(found.count),
    ), found


def counted(number: int) -> schemas.Counted:
    """Give a count that was made up to `MAX_COUNTED`."""
    if number > MAX_COUNTED:
        return schemas.Counted(value=MAX_COUNTED, relation="gte")
    return schemas.Counted(value=number, relation="eq")
