"""Who sees which shared session, and how much of it: what every route about exemplars asks.

| what it is | who sees it | with its repository, session and capture |
|---|---|---|
| in a collection, shared with the instance | whoever may read sessions | where they may read all its repositories |
| in a collection, shared with the repository | who may read all its repositories | yes |
| offered: its runner consented, it is in no collection | its runner; who may review in all its repositories | yes |

Withdrawn, erased or held it is seen by nobody. Its runner sees it as its runner, and may withdraw it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from api.routes.roles import by_of
from api.transcripts import resource_of
from attest.errors import Absent, Refused
from attest.model.exemplar import Exemplar, Reach
from attest.model.may import Decision, may
from attest.model.rights import Right
from attest.model.scope import Scope
from attest.store import attestations
from attest.usecases.exemplars import is_own, readable, standing, why_of
from attest.usecases.scan_payload import scan_payloads

if TYPE_CHECKING:
    from api.caller import Caller
    from api.service import Service

MAX_LOOKED: Final = 1_000
"""Consents looked at for one page; a page that ends there leads on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A shared session, as one caller may see it."""

    one: Exemplar
    repositories: tuple[str, ...] | None
    """Those that it touches; None where the caller may not read all of them."""
    own: bool
    reviews: bool
    """The caller may put it into a collection, and out of it."""
    why: str = ""
    """Empty where it is in no collection, and where the scan of today finds something in it."""

    @property
    def named(self) -> bool:
        """Whether session, capture and repositories are told."""
        return self.repositories is not None


def seen_by(service: Service, caller: Caller, one: Exemplar) -> Seen | None:
    """Give what a caller may see of one that may be read; None where that is nothing."""
    instance, principal = service.instance, caller.principal
    stored = attestations.by_id(instance.engine, Scope(instance.scope.tenant), one.attestation)
    if stored is None:
        return None
    resource, now = resource_of(service, stored), instance.clock.now()
    within = attestations.by_id(instance.engine, instance.scope, one.attestation) is not None
    inside = within and may(principal, Right.SESSION_READ, resource, now=now) is Decision.YES
    own = is_own(instance, one, by_of(caller))
    # Nobody puts their own session forward, but for the one user of an embedded instance, who is alone there.
    reviews = (
        inside and may(principal, Right.REVIEW, resource, now=now) is Decision.YES and (not own or principal.owner)
    )
    shown = one.collection is not None and (inside or one.reach is Reach.INSTANCE)
    if not (shown or own or reviews):
        return None
    repositories = resource.repositories if inside or own else None
    return Seen(one=one, repositories=repositories, own=own, reviews=reviews)


def found_by(service: Service, caller: Caller, identifier: str) -> Seen:
    """Give one that a caller may see.

    Raises:
        Absent: `service.not-found`: there is none, it is withdrawn, erased or held, or it is not the caller's to see.
    """
    found = seen_by(service, caller, readable(service.instance, identifier))
    if found is None:
        raise Absent("service.not-found")
    return found


def page_for(service: Service, caller: Caller, after: str, limit: int) -> tuple[tuple[Seen, ...], str | None]:
    """Give what a caller may see, newest first, with the sentences why scanned again, and the id to go on from."""
    found: list[Seen] = []
    last, following = after, None
    for number, one in enumerate(standing(service.instance, before=after)):
        if len(found) == limit or number == MAX_LOOKED:
            following = last
            break
        last = one.id
        if (seen := seen_by(service, caller, one)) is not None:
            found.append(seen)
    sentences = [why_of(service.instance, each.one) for each in found]
    refused = scan_payloads([one.encode() for one in sentences], service.instance.settings)
    scanned = zip(found, sentences, refused, strict=True)
    return tuple(replace(each, why="" if hit else why) for each, why, hit in scanned), following


@contextmanager
def redacting(service: Service) -> Iterator[None]:
    """Hold one of the few places for what loads the engines of redaction for one answer.

    Raises:
        Refused: `service.too-many`, all are taken.
    """
    if not service.reports.acquire(blocking=False):
        raise Refused("service.too-many")
    try:
        yield
    finally:
        service.reports.release()
