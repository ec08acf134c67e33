"""The secrets of a tenant through all their generations: what is new is keyed by the newest, what is old is still known.

The tokens of redaction were keyed by the tenant's secret before there was one of their own: its first generation is theirs.
Which generation keys a session's tokens is told by the moment in the session's id, so that it is the same one always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.clock import ulid_time
from attest.errors import CannotVerify
from attest.model.admin_keys import KeyRole
from attest.signing.embedded.generations import generations, in_force

if TYPE_CHECKING:
    from attest.clock import Clock, Entropy
    from attest.model.ports import KeyRing

SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class TenantSecrets:
    """The secrets of one tenant in a key ring."""

    ring: KeyRing
    clock: Clock
    entropy: Entropy
    tenant: str

    def known(self) -> tuple[bytes, ...]:
        """Give the tenant's secret in force, then those before it, the newest of them first.

        Raises:
            CannotVerify: `key.missing`.
        """
        newest = in_force(generations(self.ring, KeyRole.TENANT), self.clock.now()).number
        return tuple(self._secret(KeyRole.TENANT, number) for number in range(newest, 0, -1))

    def at_birth(self, role: KeyRole, named: str) -> bytes:
        """Give the secret of a role that was in force when something was given its name, `…_<ULID>`.

        Raises:
            CannotVerify: `key.missing`.
        """
        found = generations(self.ring, role)
        return self._secret(role, in_force(found, ulid_time(named)).number if len(found) > 1 else 1)

    def make(self, role: KeyRole, number: int) -> bytes:
        """Give the secret of a later generation, made where there is none yet. Nothing is keyed by it before it begins."""
        return self.ring.create(self._name(role, number), self.entropy.bytes(SECRET_BYTES))

    def _name(self, role: KeyRole, number: int) -> str:
        return f"tenant/{self.tenant}" if number == 1 else f"{role.value}/{self.tenant}/{number}"

    def _secret(self, role: KeyRole, number: int) -> bytes:
        found = self.ring.load(self._name(role, number))
        if found is None and number == 1:  # made and kept durably before its first use
            return self.make(role, number)
        if found is None:
            raise CannotVerify("key.missing", where=self._name(role, number))
        return found
