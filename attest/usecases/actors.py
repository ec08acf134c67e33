"""Who stands behind a pseudonym: disclosed with the salt that proves it, or erased so that nobody can say any more.

A person certified by this instance has a row with salt, issuer and subject. This machine's own user has a salt in the key
ring, and the account's name and host as subject.
"""

from __future__ import annotations

import getpass
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, Conflict, InvalidInput, NotVerified
from attest.model.admin_predicate import AdminAction
from attest.signing.embedded.actor import is_disclosed
from attest.store import actors
from attest.store.engine import settle_removed
from attest.usecases.holds import active_holds, log_admin
from attest.usecases.sign import actor_of

if TYPE_CHECKING:
    from attest.usecases.instance import Instance

OWN_SALT: Final = "actor/salt"
_URI: Final = re.compile(r"https://([^/\s]{1,255})/actor/[0-9a-f]{64}", re.ASCII)
_MEMBERS: Final = frozenset({"uri", "issuer", "subject", "salt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What proves who stands behind a pseudonym, to anyone who has it."""

    uri: str
    issuer: str
    subject: str
    salt: bytes

    def to_json(self) -> dict[str, object]:
        """Give the form that is handed over."""
        return {"uri": self.uri, "issuer": self.issuer, "subject": self.subject, "salt": self.salt.hex()}


def disclose(instance: Instance, uri: str) -> Disclosure:
    """Give what proves a name.

    Raises:
        Absent: `service.not-found`: erased, or never made here.
    """
    found = actors.salt_of(instance.engine, instance.scope, uri)
    if found is not None:
        salt, issuer, subject = found
        return Disclosure(uri=uri, issuer=issuer, subject=subject, salt=salt)
    own = instance.keys.load(OWN_SALT)
    if own is None or uri != actor_of(instance):
        raise Absent("service.not-found", where=uri[:200])
    subject = f"{getpass.getuser()}@{socket.gethostname()}"
    return Disclosure(uri=uri, issuer=instance.services.issuer, subject=subject, salt=own)


def check_disclosure(value: object) -> Disclosure:
    """Recompute the pseudonym from a disclosure that was handed over; asks nobody.

    Raises:
        InvalidInput: `input.malformed`. NotVerified: `evidence.signature`: another name or salt stands behind it.
    """
    if not isinstance(value, dict) or set(value) != _MEMBERS or not all(isinstance(one, str) for one in value.values()):
        raise InvalidInput("input.malformed", expected="uri, issuer, subject and salt", where="the disclosure")
    host = _URI.fullmatch(value["uri"])
    try:
        salt = bytes.fromhex(value["salt"])
        same = host is not None and is_disclosed(
            value["uri"], host[1], salt, issuer=value["issuer"], subject=value["subject"]
        )
    except ValueError as err:
        raise InvalidInput("input.malformed", "the salt", where="the disclosure") from err
    if not same:
        raise NotVerified("identity.disclosure", where=value["uri"][:200])
    return Disclosure(uri=value["uri"], issuer=value["issuer"], subject=value["subject"], salt=salt)


def erase_actor(instance: Instance, uri: str, *, typed: str) -> None:
    """Destroy what discloses a pseudonym, logged before; who is certified again gets another one.

    Raises:
        Absent: `service.not-found`. InvalidInput: `input.usage`, not confirmed.
        Conflict: `erasure.held`: a hold covers everything there is. CannotVerify: `evidence.chain`, whether one does is not known.
    """
    disclose(instance, uri)
    if typed != words_of(uri):
        raise InvalidInput("input.usage", "not confirmed", expected=words_of(uri))
    for hold in active_holds(instance).holds:
        if hold.everything:
            raise Conflict("erasure.held", got=hold.id)
    log_admin(instance, AdminAction.ACTOR_ERASED, {"actor": uri}, uri.encode())
    own = instance.keys.load(OWN_SALT) is not None and uri == actor_of(instance)
    if not actors.forget_actor(instance.engine, instance.scope, uri) and own:
        instance.keys.destroy(OWN_SALT)
    settle_removed(instance.engine)


def words_of(uri: str) -> str:
    """Give what is typed to confirm."""
    return f"forget {uri.rpartition('/')[2][:12]}"
