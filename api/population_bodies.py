"""The JSON bodies of populations and samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from api.schemas import AsOf, Body
from attest.model.shape import MAX_SAFE_INTEGER

if TYPE_CHECKING:
    from attest.model.population_rows import PopulationRow
    from attest.usecases.populations import SavedPopulation

Method = Literal["random", "stratified", "monetary-unit"]
By = Literal["state", "repository", "commits", "entries", "files", "lines"]
"""What makes the strata, or the unit of weight."""


FacetName = Literal["agent", "model", "mode", "source", "check", "reached", "repository"]


class ExclusionBody(Body):
    """A row that is left out."""

    id: str = Field(max_length=256, pattern="^[!-~]+$")
    why: str = Field(max_length=128, pattern="^[A-Za-z0-9._:/@+-]+$", description="One word.")


class NewPopulationBody(Body):
    """A question to be saved."""

    unit: Literal["commit", "change", "release", "deployment"] = "commit"
    repository: str = Field(default="", max_length=1004, pattern=r"^(?:git\+[!-~]+)?$")
    since: str | None = Field(default=None, max_length=40)
    until: str | None = Field(default=None, max_length=40)
    predicate_types: tuple[Annotated[str, Field(max_length=256)], ...] = Field(default=(), max_length=16, strict=False)
    facets: dict[FacetName, Annotated[str, Field(pattern="^[!-~]{1,512}$")]] = Field(
        default_factory=dict, description="Commits of recordings with these values, named as in `/v1/sessions:facets`."
    )
    exclusions: tuple[ExclusionBody, ...] = Field(default=(), max_length=1024, strict=False)
    seed_sha256: str = Field(default="", pattern="^(?:[0-9a-f]{64})?$", description="SHA-256 of your seed.")


class NewSampleBody(Body):
    """How to draw."""

    size: int = Field(default=25, ge=1, le=100_000)
    method: Method = "random"
    by: By = "state"
    interval: int = Field(default=0, ge=0, le=MAX_SAFE_INTEGER, description="Of a monetary-unit sample, for `size`.")
    seed: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")


class PopulationBody(Body):
    """A population or a sample as it was signed; its rows are paged apart."""

    id: str
    attestation: str
    index: int
    identity: str
    issuer: str
    population: dict[str, object] = Field(description="The `population/v1` predicate.")
    rows: str


class Populations(Body):
    """A page of populations, newest first."""

    data: tuple[PopulationBody, ...]
    next: str | None = Field(description="Cursor of the next page; null at the end.")
    as_of: AsOf


class PopulationRowBody(Body):
    """One row; null where it is not known."""

    id: str
    state: str
    repository: str | None
    entries: int
    first: int | None
    last: int | None
    commits: int | None
    files: int | None
    lines: int | None


class PopulationRows(Body):
    """Rows by id."""

    id: str
    data: tuple[PopulationRowBody, ...]
    next: str | None = Field(description="Ask again with this `after`; null at the end.")


def population_body(saved: SavedPopulation) -> PopulationBody:
    """Give the body of a population."""
    return PopulationBody(
        id=saved.id,
        attestation="att_" + saved.id.removeprefix("pop_"),
        index=saved.index or 0,
        identity=saved.identity,
        issuer=saved.issuer,
        population=saved.population.to_predicate(),
        rows=f"/v1/populations/{saved.id}/rows",
    )


def row_body(row: PopulationRow) -> PopulationRowBody:
    """Give the body of a row."""
    return PopulationRowBody(
        id=row.id,
        state=row.state,
        repository=row.repository or None,
        entries=row.entries,
        first=row.first,
        last=row.last,
        commits=row.commits,
        files=row.files,
        lines=row.lines,
    )
