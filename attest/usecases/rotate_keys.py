"""Replace the key of a role while everything goes on, and say that a key was another's from some moment on.

1. make      the parts of the next generation, durably; nothing uses them
2. log       an `admin/v1` entry names role, generation, digest and both moments
3. announce  one file: the generation is in the trusted root, and signs from its beginning on
4. keep      the new trusted root where this machine's verifiers look

A crash after any of them leaves what the next call goes on with: parts are made once, an entry that was not followed by its
announcement is followed by another one, and the last entry of a generation is the one that holds. Log keys are not replaced
but succeeded; see `succeed`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import InvalidInput
from attest.model.admin_keys import KeyAction, KeyRole
from attest.model.admin_predicate import ADMIN_V1
from attest.model.times import rfc3339
from attest.signing.embedded.authorities import make_generation
from attest.signing.embedded.generations import (
    Announcement,
    Generation,
    Revocation,
    announce,
    generations,
    in_force,
    read_revocation,
    revoke,
)
from attest.signing.embedded.ring_keys import RingKeys
from attest.usecases.instance import keep_trusted_root
from attest.usecases.log_statement import log_statement, own_log_subject

if TYPE_CHECKING:
    from attest.usecases.instance import Instance

MAX_LEAD: Final = timedelta(days=90)
MAX_OVERLAP: Final = timedelta(days=90)
LEAST_LEAD_OF_SECRETS: Final = timedelta(minutes=1)
"""Every process of an instance has to know of a secret before the first thing is named that it keys."""
_AUTHORITIES: Final = frozenset({KeyRole.CA, KeyRole.TSA})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What is asked for."""

    role: KeyRole
    lead: timedelta
    """How long the new key is known before it signs: verifiers that pinned a trusted root fetch it meanwhile."""
    overlap: timedelta
    """How long what the old key signs is still taken after the new one began."""


def rotate(instance: Instance, asked: Rotation) -> Generation:
    """Make, log and announce the next generation of a role; gives it.

    Raises:
        InvalidInput: `key.rotation`: a lead or overlap that is out of bounds, or the last generation has not begun yet.
    """
    found = generations(instance.keys, asked.role)
    now = instance.clock.now().astimezone(UTC)
    _require_bounds(asked)
    if in_force(found, now) != found[-1]:
        raise InvalidInput(
            "key.rotation", "the newest generation has not begun", where=f"{asked.role} {found[-1].number}"
        )
    number = found[-1].number + 1
    digest = _make(instance, asked.role, number)  # 1
    begins = (now + asked.lead).replace(microsecond=0)
    told = Announcement(announced=now, begins=begins, previous_ends=begins + asked.overlap)
    members = {"digest": digest, "begins": rfc3339(told.begins), "previousEnds": rfc3339(told.previous_ends)}
    _log(instance, KeyAction.KEY_ROTATED, (asked.role, number), members)  # 2
    announce(instance.keys, asked.role, number, told)  # 3
    keep_trusted_root(instance)  # 4
    return generations(instance.keys, asked.role)[-1]


def revoke_generation(instance: Instance, role: KeyRole, number: int, since: datetime) -> Generation:
    """Say from when on somebody else may have had the keys of a generation; gives it. What was said once stays.

    Raises:
        InvalidInput: `key.rotation`: there is no such generation, the moment is to come, it is the one in force, or it was
            revoked before.
    """
    now = instance.clock.now().astimezone(UTC)
    found = generations(instance.keys, role)
    where = f"{role} {number}"
    if role not in _AUTHORITIES:
        raise InvalidInput("key.rotation", "no verifier is told of this key: it is replaced only", where=where)
    if not 1 <= number <= len(found) or since > now:
        raise InvalidInput("key.rotation", "no such generation, or a moment that is to come", where=where)
    if in_force(found, now).number <= number:
        raise InvalidInput("key.rotation", "it is in force, or is to be: rotate first", where=where)
    if read_revocation(instance.keys, role, number) is not None:
        raise InvalidInput("key.rotation", "it was revoked before", where=where)
    since = since.astimezone(UTC).replace(microsecond=0)
    _log(instance, KeyAction.KEY_REVOKED, (role, number), {"since": rfc3339(since)})
    revoke(instance.keys, role, number, Revocation(announced=now, since=since))
    keep_trusted_root(instance)
    return generations(instance.keys, role)[number - 1]


def _require_bounds(asked: Rotation) -> None:
    least = timedelta(0) if asked.role in _AUTHORITIES else LEAST_LEAD_OF_SECRETS
    if not least <= asked.lead <= MAX_LEAD:
        raise InvalidInput("key.rotation", expected=f"a lead of {least} to {MAX_LEAD}", got=str(asked.lead))
    if not timedelta(0) <= asked.overlap <= MAX_OVERLAP:
        raise InvalidInput("key.rotation", expected=f"an overlap of at most {MAX_OVERLAP}", got=str(asked.overlap))


def _make(instance: Instance, role: KeyRole, number: int) -> str:
    if role not in _AUTHORITIES:
        secret = instance.secrets.make(role, number)
        return hashlib.sha256(b"whereof key digest v1\0" + role.value.encode() + b"\0" + secret).hexdigest()
    now, holder = instance.clock.now(), instance.services.authorities.holder
    first = RingKeys(instance.keys, must_exist=True, now=now, holder=holder)
    first.p256("root")  # a lost root key is a loss, never something to be made
    keys = RingKeys(instance.keys, must_exist=False, now=now, holder=holder)
    public = make_generation(keys, role, number, host=instance.services.host)
    return hashlib.sha256(public).hexdigest()


def _log(instance: Instance, action: KeyAction, which: tuple[KeyRole, int], members: dict[str, str]) -> None:
    role, number = which
    predicate = {
        "action": action.value,
        "at": rfc3339(instance.clock.now()),
        "key": {"role": role.value, "generation": number, **members},
    }
    subjects = (own_log_subject(instance),)
    log_statement(instance, ADMIN_V1, subjects, predicate, write_key_material=canonical_json(predicate))
