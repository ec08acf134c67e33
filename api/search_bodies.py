"""Bodies of searches and overlaps: what was touched, by which sessions, and what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from api.schemas import AsOf, Body

if TYPE_CHECKING:
    from attest.model.search_answer import SearchAnswer
    from attest.model.session_overlap import Overlaps


class TouchBody(Body):
    """One thing that a session touched."""

    kind: str
    op: str
    name: str = Field(description="As the redacted transcript has it; of a secret its name or fingerprint, no value.")
    path: str | None = Field(description="For files: below the work tree, where that is known.")
    count: int
    basis: str
    outside_worktree: bool | None
    at: str | None = Field(description="The first time; null where not known.")


class HitBody(Body):
    """One session that was found."""

    session: str
    attestations: tuple[str, ...]
    agent: str
    at: str
    seconds: int | None = Field(description="How long the session ran; null where not known.")
    authority: str = Field(description="`bypassed`, `unknown`, `widened` or `asked`.")
    standing: str = Field(description="`observed`, `claimed` or `could-have`.")
    touches: tuple[TouchBody, ...]
    more_touches: int
    commits: tuple[str, ...]
    log: str = Field(description="Origin of the log that holds it.")


class HitGroup(Body):
    """The sessions of one standing, by authority, then by duration."""

    data: tuple[HitBody, ...]
    more: int = Field(description="Sessions beyond those listed.")


class HitGroups(Body):
    """The groups that are shown."""

    observed: HitGroup
    claimed: HitGroup
    could_have: HitGroup


class UnknownBody(Body):
    """What could not be looked into; never left out."""

    without_capture: int
    cut: int
    authority: int
    gaps: int
    not_indexed: int
    not_read: str = Field(description="Why a log before this one was not looked into; empty where there is none.")
    sentence: str


class Accesses(Body):
    """The answer of a search."""

    groups: HitGroups
    unknown: UnknownBody
    searched: int
    indexed_to: int
    as_of: AsOf
    follows: tuple[AsOf, ...] = Field(description="The logs before, as they were looked into.")


PathName = Annotated[str, Field(min_length=1, max_length=4096)]
Oid = Annotated[str, Field(max_length=64)]


class OverlapAsk(Body):
    """What a client is about to land on."""

    paths: tuple[PathName, ...] = Field(
        max_length=1000, strict=False, description="Below the work tree, as git names them."
    )
    repository: str = Field(default="", max_length=4096)
    base: str = Field(default="", pattern="^(?:[0-9a-f]{40}|[0-9a-f]{64})?$")
    landed: Annotated[tuple[Oid, ...], Field(max_length=1000, strict=False)] | None = Field(
        default=None, description="Commits landed since the base."
    )
    session: str = Field(default="", max_length=40, description="Look at what this session read, too.")


class OverlapRowBody(Body):
    """One session that landed a change of one path."""

    path: str
    session: str
    attestation: str
    index: int
    commits: tuple[str, ...]


class StaleReadBody(Body):
    """A file read before another session changed it."""

    read_at: str | None
    changed_by: OverlapRowBody


class OverlapsBody(Body):
    """The answer."""

    data: tuple[OverlapRowBody, ...]
    stale_reads: tuple[StaleReadBody, ...]
    more: bool
    base_known: bool | None = Field(description="False: no entry speaks of the base, so all that was logged counts.")
    unknown: int = Field(description="Recordings since whose paths are not known here.")
    indexed_to: int
    as_of: AsOf


def accesses_body(answer: SearchAnswer) -> Accesses:
    """Give the body of an answer."""
    return Accesses.model_validate(answer.to_json(), strict=False)


def overlaps_body(found: Overlaps) -> OverlapsBody:
    """Give the body of overlaps."""
    return OverlapsBody.model_validate(found.to_json(), strict=False)
