"""Give and take roles, open, confirm and end engagements: each change with an `admin/v1` entry in the same transaction.

1. look     what is to be changed is there, and the one who asks may change it
2. state    who did what to whom as digests, ids and closed words; no name and no purpose is logged
3. log      entry, rows and the change together: a change that is not logged does not happen

Nobody gives anything to themselves, and who confirms an engagement is neither whose it is nor who opened it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.clock import ulid
from attest.errors import Absent, InvalidInput, Refused
from attest.model.admin_predicate import ADMIN_V1
from attest.model.governing import Governed, GoverningAction, name_digest
from attest.model.may import Cause, is_purpose
from attest.model.times import rfc3339
from attest.store.given import (
    GivenRole,
    Opened,
    confirming,
    ending,
    engagement,
    giving,
    governed_digest,
    may_confirm,
    noting,
    opening,
    require_apart,
    role_given,
    taking,
)
from attest.usecases.log_statement import log_unkept, own_log_subject

if TYPE_CHECKING:
    from enum import StrEnum
    from pathlib import Path

    from attest.model.may import Engagement, Grant
    from attest.store.given import Change
    from attest.usecases.instance import Instance

MAX_ITEMS: Final = 2000
MAX_NAME_CHARS: Final = 512
LONGEST: Final = {
    Cause.AUDIT: timedelta(days=370),
    Cause.REVIEW: timedelta(days=90),
    Cause.INCIDENT: timedelta(days=30),
}
"""Longest time that an engagement runs."""
GOVERNING: Final = {
    Governed.ACCESS: "access.json",
    Governed.CONNECTORS: "forges.json",
    Governed.ISSUERS: "oidc-issuers.json",
    Governed.WITNESSES: "witnesses.policy",
    Governed.UNMASK: "unmask-approvers.json",
    Governed.SUMMARIZER: "summarizer.json",
}
"""Files of the data directory whose changes are logged at the next start."""
MAX_GOVERNING_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who asks, as records name them."""

    name: str
    owner: bool = False
    """The one user of an embedded instance."""


def give_role(instance: Instance, name: str, grant: Grant, by: By) -> GivenRole:
    """Give somebody a role, and log that.

    Raises:
        InvalidInput: `input.malformed`, the name is none.
        Refused: `service.kept-apart`, to oneself, or beside a role that it must not be beside.
    """
    _require_another(name, by)
    given = GivenRole(
        id=ulid("rol", instance.clock, instance.entropy), name=name, grant=grant, by=by.name, created_at=_now(instance)
    )
    require_apart(instance.engine, instance.scope, given)  # 1
    log_change(instance, GoverningAction.ROLE_GIVEN, _role(given, by), giving(instance.scope, given))
    return given


def take_role(instance: Instance, identifier: str, by: By) -> None:
    """Take a role back, at once, and log that; one that was taken back stays so.

    Raises:
        Absent: `service.not-found`.
    """
    given = role_given(instance.engine, instance.scope, identifier)
    if given is None:
        raise Absent("service.not-found")
    if given.revoked_at is None:
        log_change(
            instance, GoverningAction.ROLE_TAKEN, _role(given, by), taking(instance.scope, identifier, _now(instance))
        )


def open_engagement(instance: Instance, asked: Engagement, name: str, by: By) -> Opened:
    """Let somebody read particular sessions for a time, and log that; gives it with its id (`asked.id` is not used).

    Raises:
        InvalidInput: `input.malformed`: no items or too many, no purpose, no time or too long a one.
        Refused: `service.kept-apart`, to oneself.
    """
    _require_another(name, by)
    if not 1 <= len(asked.items) <= MAX_ITEMS:
        raise InvalidInput("input.malformed", expected=f"1 to {MAX_ITEMS} sessions", where="items")
    if not is_purpose(asked.purpose):
        raise InvalidInput("input.malformed", expected="a few printable words on one line", where="purpose")
    longest = LONGEST[asked.cause]
    if not asked.starts_at < asked.expires_at <= asked.starts_at + longest:
        raise InvalidInput("input.malformed", expected=f"an end within {longest.days} days", where="expires_at")
    opened = Opened(
        engagement=replace(asked, id=ulid("eng", instance.clock, instance.entropy), confirmed=False),
        name=name,
        by=by.name,
        created_at=_now(instance),
    )
    log_change(instance, GoverningAction.ENGAGEMENT_OPENED, _engagement(opened, by), opening(instance.scope, opened))
    return opened


def confirm_engagement(instance: Instance, identifier: str, by: By) -> None:
    """Confirm somebody else's engagement as the second person, and log that.

    Raises:
        Absent: `service.not-found`.
        Refused: `service.kept-apart`: one's own, or one's own making; or it was confirmed or ended before.
    """
    opened = _required(instance, identifier)
    if not may_confirm(opened, by.name):
        raise Refused("service.kept-apart", "confirmed by one who neither opened nor holds it, once, before it ends")
    about = _engagement(opened, by)
    log_change(instance, GoverningAction.ENGAGEMENT_CONFIRMED, about, confirming(instance.scope, identifier, by.name))


def end_engagement(instance: Instance, identifier: str, by: By) -> None:
    """End an engagement, at once, and log that; one that was ended stays so.

    Raises:
        Absent: `service.not-found`.
    """
    opened = _required(instance, identifier)
    if opened.ended_at is None:
        at = _now(instance)
        log_change(
            instance, GoverningAction.ENGAGEMENT_ENDED, _engagement(opened, by), ending(instance.scope, identifier, at)
        )


def log_governing(instance: Instance, home: Path) -> tuple[Governed, ...]:
    """Log which of the files that govern the instance are others than those logged last; gives them.

    Files that were never there are not mentioned.

    Raises:
        OSError: a file cannot be read.
    """
    changed = []
    for what, name in GOVERNING.items():
        path = home / name
        digest = hashlib.sha256(_bounded(path)).hexdigest() if path.exists() else ""
        before = governed_digest(instance.engine, instance.scope, what)
        if digest == (before or ""):
            continue
        held = {"digest": digest, "before": before or ""}
        about = {"what": what.value, **{key: value for key, value in held.items() if value}}
        change = noting(instance.scope, what, before=before, digest=digest)
        log_change(instance, GoverningAction.CHANGED, {"changed": about}, change)
        changed.append(what)
    return tuple(changed)


def log_change(instance: Instance, action: StrEnum, about: dict[str, object], change: Change) -> None:
    """Log what was done, with the change that it is, as one: with the entry, or not at all."""
    predicate = {"action": action.value, "at": rfc3339(instance.clock.now().astimezone(UTC)), **about}  # 2
    # With bytes of chance: the same file may come back, and that is another change.
    material = canonical_json(predicate) + instance.entropy.bytes(16)
    subjects = (own_log_subject(instance),)
    log_unkept(instance, ADMIN_V1, subjects, predicate, write_key_material=material, beside=change)  # 3


def _role(given: GivenRole, by: By) -> dict[str, object]:
    held = given.grant.repositories
    return {
        "role": {
            "id": given.id,
            "role": given.grant.role.value,
            "to": name_digest(given.id, given.name),
            "by": name_digest(given.id, by.name),
            **({} if held is None else {"repositories": len(held)}),
        }
    }


def _engagement(opened: Opened, by: By) -> dict[str, object]:
    one = opened.engagement
    return {
        "engagement": {
            "id": one.id,
            "cause": one.cause.value,
            "to": name_digest(one.id, opened.name),
            "by": name_digest(one.id, by.name),
            "expiresAt": rfc3339(one.expires_at.astimezone(UTC)),
            "items": len(one.items),
        }
    }


def _required(instance: Instance, identifier: str) -> Opened:
    found = engagement(instance.engine, instance.scope, identifier)
    if found is None:
        raise Absent("service.not-found")
    return found


def _require_another(name: str, by: By) -> None:
    if not name.strip() or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise InvalidInput("input.malformed", expected="a name as the access log writes it", where="name")
    if name == by.name and not by.owner:
        raise Refused("service.kept-apart", "nobody gives anything to themselves")


def _now(instance: Instance) -> int:
    return int(instance.clock.now().timestamp())


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_GOVERNING_BYTES)
