"""Command lines that sign in by the browser of a person who is signed in already (RFC 8628), with no password of anybody's.

The token is derived from the device code and the tenant's secret. What is kept is the token's digest: neither a device code
nor a token can be read out of the database, and only the command line that began gets the token, once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.caller import Caller
from api.named import TRIES, Made
from api.sign_in import digest_of, new_secret
from attest.clock import ulid
from attest.errors import Absent, Refused
from attest.model.rights import Right
from attest.store.credentials import Credential, credentials_of
from attest.store.device_codes import Polled, Waiting, begin_waiting, let, poll, turn_away, waiting_for

if TYPE_CHECKING:
    from api.named import Named
    from api.service import Service
    from attest.clock import Entropy
    from attest.model.may import Grant
    from attest.usecases.instance import Instance

WAIT_S: Final = 600
"""How long a command line waits for somebody."""
TOKEN_S: Final = 7 * 86400
"""How long the token holds: roles of groups are those of the day it was made."""
ASKS_BY_ITSELF: Final = frozenset({Right.INGEST, Right.VERIFY, Right.SESSION_READ})
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so no words; nothing that reads as a digit."""
_TYPED: Final = re.compile(f"[{_LETTERS}]{{8}}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a command line is told when it begins."""

    device_code: str
    user_code: str


class Devices:
    """The command lines that wait at one service."""

    def __init__(self, instance: Instance, named: Named) -> None:
        self._instance = instance
        self._named = named

    def begin(self, rights: frozenset[Right], asker: str) -> Begun:
        """Let a command line wait.

        Raises:
            Refused: `service.too-many` wait already.
        """
        instance = self._instance
        code, now = new_secret(instance.entropy), self._now()
        waiting = Waiting(
            digest=digest_of(self._named.token_of_device(code)),
            user_code=_new_user_code(instance.entropy),
            rights=rights,
            asker=asker,
            expires_at=now + WAIT_S,
        )
        begin_waiting(instance.engine, instance.scope, waiting, now)
        return Begun(device_code=code, user_code=shown(waiting.user_code))

    def take(self, device_code: str) -> Made:
        """Give a command line its token, once somebody let it.

        Raises:
            Refused: `service.pending`, `service.slow-down`, or `service.code`.
        """
        token, instance = self._named.token_of_device(device_code), self._instance
        polled, credential = poll(instance.engine, instance.scope, digest_of(token), self._now())
        if credential is not None:
            return Made(secret=token, credential=credential)
        codes = {Polled.PENDING: "service.pending", Polled.TOO_SOON: "service.slow-down"}
        raise Refused(codes.get(polled, "service.code"))

    def take_a_try(self, caller: Caller) -> None:
        """Count a code that somebody typed. For the event loop alone, as `Rates`.

        Raises:
            Refused: `service.rate`, they typed too many.
        """
        if not self._named.tries.take(caller.principal.name):
            raise Refused("service.rate", expected=f"{TRIES} codes, and one more each minute")

    def find(self, typed: str) -> Waiting:
        """Give the command line that a typed code is of.

        Raises:
            Refused: `service.code`.
        """
        code = re.sub(r"[\s-]", "", typed[:64]).upper()
        instance = self._instance
        found = waiting_for(instance.engine, instance.scope, code, self._now()) if _TYPED.fullmatch(code) else None
        if found is None:
            raise Refused("service.code")
        return found

    def let(self, waiting: Waiting, caller: Caller) -> None:
        """Let a command line act for the caller, with the rights it asked for that the caller has.

        Raises:
            Refused: `service.no-right`, the caller has none of them, or asks with a token: one that ends would make others;
                `service.code`, somebody else was quicker.
        """
        rights = grantable(waiting, caller)
        if caller.by != "cookie" or not rights:
            raise Refused("service.no-right")
        instance, now = self._instance, self._now()
        credential = Credential(
            id=ulid("tok", instance.clock, instance.entropy),
            kind="device",
            name=caller.principal.name,
            grants=carried(instance, caller),
            only=rights,
            created_at=now,
            expires_at=now + TOKEN_S,
        )
        if not let(instance.engine, instance.scope, waiting.user_code, credential):
            raise Refused("service.code")

    def turn_away(self, waiting: Waiting) -> None:
        """Refuse a command line; it is told that its code is none."""
        turn_away(self._instance.engine, self._instance.scope, waiting.user_code)

    def _now(self) -> int:
        return int(self._instance.clock.now().timestamp())


def devices_of(service: Service) -> Devices:
    """Give the command lines that wait at a service.

    Raises:
        Absent: `service.not-found`, people do not sign in there.
    """
    if service.named is None:
        raise Absent("service.not-found")
    return Devices(service.instance, service.named)


def grantable(waiting: Waiting, caller: Caller) -> frozenset[Right]:
    """Give what of the asked rights the caller has, and so can give."""
    return waiting.rights & caller.principal.rights()


def carried(instance: Instance, caller: Caller) -> tuple[Grant, ...]:
    """Give the roles that came with the caller's own sign-in; roles given here are looked up at each use."""
    held = credentials_of(instance.engine, instance.scope, caller.principal.name)
    return next((one.grants for one in held if one.id == caller.credential), ())


def shown(user_code: str) -> str:
    """Give a code as people read it."""
    return f"{user_code[:4]}-{user_code[4:]}"


def _new_user_code(entropy: Entropy) -> str:
    # 128 bits over 20^8 codes: none is noticeably likelier than another.
    number, letters = int.from_bytes(entropy.bytes(16), "big"), []
    for _ in range(8):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "".join(letters)
