"""The JSON body of recordings counted by what they have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from api.schemas import AsOf, Body
from api.shapes import as_of_body

if TYPE_CHECKING:
    from attest.model.recording_facets import FacetCounts


class FacetValue(Body):
    """How many recordings have a value."""

    value: str = Field(description="`unknown`: the statement does not say; `none`: it says that there was none.")
    count: int


class Facet(Body):
    """The values of one facet, the most frequent first."""

    name: str = Field(description="Also the parameter by which a list is narrowed to one value.")
    values: tuple[FacetValue, ...]
    more: int = Field(description="Values that are not among them.")


class SessionFacets(Body):
    """The recordings that were asked for, counted by what they have in common; a recording may have several values."""

    total: int | None = Field(description="Null: too many to be counted; then there are no facets and no months.")
    facets: tuple[Facet, ...]
    months: tuple[FacetValue, ...] = Field(description="`2026-11`: the month in which they were logged, UTC.")
    indexed_to: int = Field(description="Entries from here on are not counted yet.")
    as_of: AsOf


def facets_body(found: FacetCounts) -> SessionFacets:
    """Give counts by facet."""
    return SessionFacets(
        total=found.total,
        facets=tuple(
            Facet(
                name=name,
                values=tuple(FacetValue(value=one.value, count=one.count) for one in values),
                more=found.more[name],
            )
            for name, values in found.facets.items()
        ),
        months=tuple(FacetValue(value=month, count=count) for month, count in found.months),
        indexed_to=found.indexed_to,
        as_of=as_of_body(found.as_of),
    )
