"""The one decision about access: may this principal use this right on this resource?

Pure: whoever asks has looked up the principal's grants and engagements, and what the resource is. An answer is `YES`,
or says how to answer without telling more than the principal may know: `HIDDEN` is answered as if the thing did not
exist, `NO_RIGHT` says that the role is missing (of routes, which are no secret), `NO_PURPOSE` asks for a purpose.

Not decided here: whether the principal is who they say (that is signing in), and which rows a query gives (`Scope`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from attest.model.rights import ROLES, Right, Role

MIN_PURPOSE_CHARS: Final = 3
MAX_PURPOSE_CHARS: Final = 200


class Cause(StrEnum):
    """For what reason somebody who did not run a session may read it."""

    AUDIT = "audit"
    """An engagement of auditors: the items that were sampled."""
    REVIEW = "review"
    """A review that was assigned."""
    INCIDENT = "incident"
    """An incident that a second person, of another role, confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One role, over the whole tenant or over some repositories of it."""

    role: Role
    repositories: tuple[str, ...] | None = None
    """Repository URIs; None is all of the tenant's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """Leave to read particular items for a time: `eng_…`."""

    id: str
    cause: Cause
    purpose: str
    starts_at: datetime
    expires_at: datetime
    repositories: tuple[str, ...] | None
    controls: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    """Period of the records that it is about; None is open."""
    items: frozenset[str]
    """Sessions that were sampled or assigned; nothing else is opened."""
    confirmed: bool
    """A second person, of another role, agreed."""

    def runs(self, now: datetime) -> bool:
        """Say whether it holds at a moment; an incident only when it was confirmed."""
        return self.starts_at <= now < self.expires_at and (self.confirmed or self.cause is not Cause.INCIDENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks, as far as it was proved."""

    tenant: str
    name: str
    """A pseudonym, or the certified name of a workload; it is what records of access hold."""
    grants: tuple[Grant, ...] = ()
    engagements: tuple[Engagement, ...] = ()
    only: frozenset[Right] | None = None
    """Rights that the token is limited to; None is all that the grants give."""
    owner: bool = False
    """The one user of an embedded instance: holds the data directory itself, so nothing here could be kept from them."""

    def rights(self, repository: str | None = None) -> frozenset[Right]:
        """Give the rights over a repository; None: over anything at all."""
        held = frozenset(Right) if self.owner else frozenset[Right]()
        for grant in self.grants:
            if repository is None or grant.repositories is None or repository in grant.repositories:
                held |= ROLES[grant.role]
        return held if self.only is None else held & self.only

    def repositories(self) -> tuple[str, ...] | None:
        """Give the repositories that any grant reaches; None is all of the tenant's."""
        if self.owner or any(grant.repositories is None for grant in self.grants):
            return None
        return tuple(sorted({one for grant in self.grants for one in grant.repositories or ()}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What is asked for. A route as such has a tenant alone."""

    tenant: str
    repositories: tuple[str, ...] = ()
    """All that the thing touches: rights to each are needed."""
    session: str | None = None
    runner: str | None = None
    """Certified identity of who ran the session."""
    recorded_at: datetime | None = None


class Decision(StrEnum):
    """The answer."""

    YES = "yes"
    HIDDEN = "hidden"
    NO_RIGHT = "no-right"
    NO_PURPOSE = "no-purpose"


def may(principal: Principal, right: Right, resource: Resource, *, now: datetime, purpose: str = "") -> Decision:
    """Decide. A transcript that is not one's own needs an engagement that names it, and a purpose."""
    if principal.tenant != resource.tenant:
        return Decision.HIDDEN
    if right not in principal.rights():
        return Decision.NO_RIGHT
    if any(right not in principal.rights(one) for one in resource.repositories):
        return Decision.HIDDEN
    if right is not Right.TRANSCRIPT or resource.session is None or principal.owner:
        return Decision.YES
    if resource.runner is not None and resource.runner == principal.name:
        return Decision.YES
    if not any(_opens(engagement, resource, now) for engagement in principal.engagements):
        return Decision.HIDDEN
    return Decision.YES if is_purpose(purpose) else Decision.NO_PURPOSE


def is_purpose(text: str) -> bool:
    """Say whether a text can be kept as a purpose: some words, printable, on one line."""
    return len(text.strip()) >= MIN_PURPOSE_CHARS and len(text) <= MAX_PURPOSE_CHARS and text.isprintable()


def _opens(engagement: Engagement, resource: Resource, now: datetime) -> bool:
    if not engagement.runs(now) or resource.session not in engagement.items:
        return False
    at, held = resource.recorded_at, engagement.repositories
    if held is not None and any(one not in held for one in resource.repositories):
        return False
    if at is None:
        return engagement.since is None and engagement.until is None
    return (engagement.since is None or engagement.since <= at) and (engagement.until is None or at < engagement.until)
