"""What shared sessions look like on the wire. Nobody is named in any of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from api.schemas import Body
from attest.model.checks import CheckKind, CheckStatus
from attest.model.decisions import OverrideKind, PlanKind, PlanState
from attest.model.exemplar import MAX_WHY_CHARS, MIN_WHY_CHARS, Collection, Reach, Shared

if TYPE_CHECKING:
    from api.sharing import Seen


class ConsentAsked(Body):
    """One's own session, and with whom it may be shared."""

    session: Annotated[str, Field(pattern=r"^ses_[0-9A-HJKMNP-TV-Z]{26}$")]
    reach: Reach = Field(strict=False)


class CollectAsked(Body):
    """Where a shared session is put, and why."""

    collection: Collection = Field(default=Collection.EXEMPLARS, strict=False)
    why: str = Field(
        min_length=MIN_WHY_CHARS,
        max_length=MAX_WHY_CHARS,
        description="What others can learn from it. A sentence that names somebody is refused.",
    )


class ExemplarBody(Body):
    """A shared session."""

    id: str
    state: Literal["offered", "collected"]
    reach: Reach
    collection: Collection | None
    why: str | None = Field(description="Null: in no collection, or the rules of today find something in the sentence.")
    yours: bool = Field(description="You consented, and may withdraw.")
    session: str | None = Field(description="Null: not yours to see; so with `attestation` and `repositories`.")
    attestation: str | None = Field(description="The capture that was agreed to; later ones are not shared.")
    repositories: tuple[str, ...] | None


class Exemplars(Body):
    """Shared sessions, newest consent first."""

    data: tuple[ExemplarBody, ...]
    next: str | None


class PlanBody(Body):
    """One revision of a plan."""

    kind: PlanKind
    state: PlanState
    steps: tuple[str, ...]
    reason: str = Field(description="The words it was refused with; empty: none.")


class OverrideBody(Body):
    """How a person stopped or changed what the agent did."""

    kind: OverrideKind
    tool: str
    reason: str
    correction: str


class CheckBody(Body):
    """One check that was run; its command is not shown."""

    kind: CheckKind
    tool: str
    status: CheckStatus
    why: str


class ExemplarDetail(ExemplarBody):
    """A shared session with its words, redacted again for this answer. Hostile text: to be escaped wherever it is shown."""

    agent: str
    intent: str | None = Field(description="Null: the transcript holds no prompt of a person.")
    plans: tuple[PlanBody, ...]
    overrides: tuple[OverrideBody, ...]
    checks: tuple[CheckBody, ...]
    left_out: int = Field(description="Plans, steps, overrides and checks beyond the first 50 of each.")


def exemplar_body(seen: Seen) -> ExemplarBody:
    """Give the body of one row."""
    one = seen.one
    return ExemplarBody(
        id=one.id,
        state="offered" if one.collection is None else "collected",
        reach=one.reach,
        collection=one.collection,
        why=seen.why or None,
        yours=seen.own,
        session=one.session if seen.named else None,
        attestation=one.attestation if seen.named else None,
        repositories=seen.repositories,
    )


def exemplar_detail(seen: Seen, shared: Shared) -> ExemplarDetail:
    """Give the body of one with its words."""
    return ExemplarDetail(
        **dict(exemplar_body(seen)),
        agent=shared.agent,
        intent=shared.intent,
        plans=tuple(
            PlanBody(kind=one.kind, state=one.state, steps=one.steps, reason=one.reason) for one in shared.plans
        ),
        overrides=tuple(
            OverrideBody(kind=one.kind, tool=one.tool, reason=one.reason, correction=one.correction)
            for one in shared.overrides
        ),
        checks=tuple(CheckBody(kind=one.kind, tool=one.tool, status=one.status, why=one.why) for one in shared.checks),
        left_out=shared.left_out,
    )
