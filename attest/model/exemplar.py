"""Exemplary sessions: what their runner agreed to share, what is shown of it, and what `admin/v1` says of each step.

Only the runner of a session consents, and only the runner takes it back, at any time and without a reason. In between
somebody who reviews may put it into a collection. What is shown names nobody: no runner, author, address, time or commit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from attest.model.checks import CheckKind, CheckStatus
from attest.model.decisions import OverrideKind, PlanKind, PlanState
from attest.model.erasure_predicate import HEX64
from attest.model.session_predicate import SESSION_ID
from attest.model.shape import Closed, OneOf, Text

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_WHY_CHARS: Final = 10
MAX_WHY_CHARS: Final = 300
MAX_SHARED: Final = 50
"""Plans, steps of one plan, overrides or checks that are shown; how many more there are is said."""


class ExemplarAction(StrEnum):
    """What was done."""

    CONSENTED = "exemplar-consented"
    """The runner lets one capture of a session be shared."""
    WITHDRAWN = "exemplar-withdrawn"
    """The runner does not, from here on."""
    ADDED = "exemplar-added"
    """Somebody who reviews put it into a collection."""
    REMOVED = "exemplar-removed"
    """Somebody who reviews took it out; the consent stands."""


class Reach(StrEnum):
    """With whom the runner agreed to share."""

    REPOSITORY = "repository"
    """Those who may read all repositories of the session anyway."""
    INSTANCE = "instance"
    """Everybody who may read sessions of this tenant; the repository stays unnamed to those who may not read it."""


class Collection(StrEnum):
    """What a session is an example of: closed words, so that no collection is named after a person."""

    EXEMPLARS = "exemplars"
    ASKING = "asking"
    PLANNING = "planning"
    STEERING = "steering"
    CHECKING = "checking"


EXEMPLAR: Final = Closed(
    {
        "id": Text(r"exm_[0-9A-HJKMNP-TV-Z]{26}", 30),
        "session": SESSION_ID,
        "attestation": Text(r"att_[0-9a-f]{64}", 68),
        "reach": OneOf(tuple(one.value for one in Reach)),
        "collection": OneOf(tuple(one.value for one in Collection)),
        "by": HEX64,
    },
    optional=frozenset({"reach", "collection"}),
)
"""`by` is `name_digest` under the exemplar's id; `reach` stands in a consent, `collection` where it is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemplar:
    """A session that its runner lets be shared: `exm_…`."""

    id: str
    session: str
    attestation: str
    """The capture that was agreed to; a later one is not shared."""
    reach: Reach
    by: str
    """`name_digest` of who consented."""
    consented_at: int
    withdrawn_at: int | None = None
    collection: Collection | None = None
    why: bytes | None = None
    """The sentence why, sealed under the session's own key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPlan:
    """One revision of a plan, by its steps; its text where it has none."""

    kind: PlanKind
    state: PlanState
    steps: tuple[str, ...]
    reason: str
    """The words it was refused with; empty where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOverride:
    """How a person stopped or changed what the agent did, in their words."""

    kind: OverrideKind
    tool: str
    reason: str
    correction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedCheck:
    """One check that was run, and what it showed; not its command, which names paths and hosts."""

    kind: CheckKind
    tool: str
    status: CheckStatus
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What is shown of a session."""

    agent: str
    intent: str | None
    plans: tuple[SharedPlan, ...]
    overrides: tuple[SharedOverride, ...]
    checks: tuple[SharedCheck, ...]
    left_out: int
    """Steps, plans, overrides and checks that are not shown because there are more than `MAX_SHARED`."""


def reworded(shared: Shared, reword: Callable[[str], str]) -> Shared:
    """Give the same with every word of a person, an agent or a tool put through `reword`, always in one order."""
    return replace(
        shared,
        agent=reword(shared.agent),
        intent=None if shared.intent is None else reword(shared.intent),
        plans=tuple(
            replace(one, steps=tuple(map(reword, one.steps)), reason=reword(one.reason)) for one in shared.plans
        ),
        overrides=tuple(
            replace(one, tool=reword(one.tool), reason=reword(one.reason), correction=reword(one.correction))
            for one in shared.overrides
        ),
        checks=tuple(replace(one, tool=reword(one.tool), why=reword(one.why)) for one in shared.checks),
    )


def is_why(text: str) -> bool:
    """Say whether a text can be kept as the sentence why: printable, on one line, neither too short nor too long."""
    return len(text.strip()) >= MIN_WHY_CHARS and len(text) <= MAX_WHY_CHARS and text.isprintable()
