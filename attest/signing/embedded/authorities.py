"""The certificate authority and the time-stamp authority of an instance, through all their generations."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from attest.clock import Clock
from attest.model.admin_keys import KeyRole
from attest.model.ports import KeyRing
from attest.signing.embedded.ca import Authority, make_intermediate, spki
from attest.signing.embedded.generations import Rolling, generations, part_name
from attest.signing.embedded.held import KeyHolder
from attest.signing.embedded.ring_keys import RingKeys
from attest.signing.embedded.trust_files import Issuing, Stamping
from attest.signing.embedded.tsa import TimestampAuthority, make_tsa_certificate


@dataclass(slots=True, kw_only=True)
class Authorities:
    """Both authorities: what is in force now, and what every generation is named with in a trusted root."""

    ring: KeyRing
    clock: Clock
    root: x509.Certificate
    holder: KeyHolder | None = None
    """Where keys are held that are not in the ring."""
    issuing: Rolling[Authority] = field(init=False)
    stamping: Rolling[TimestampAuthority] = field(init=False)
    _issued: dict[int, Authority] = field(default_factory=dict, init=False)
    _stamped: dict[int, TimestampAuthority] = field(default_factory=dict, init=False)
    """What was loaded: a generation never changes."""

    def __post_init__(self) -> None:
        """Tie each role to how its newest generation is loaded."""
        self.issuing = Rolling(self.ring, KeyRole.CA, self.clock, self._issuing)
        self.stamping = Rolling(self.ring, KeyRole.TSA, self.clock, self._stamping)

    def named_issuing(self, known_at: datetime | None = None) -> tuple[Issuing, ...]:
        """Give every generation of the certificate authority, the oldest first, as known then."""
        named = []
        for one in generations(self.ring, KeyRole.CA, known_at=known_at):
            held = self._issuing(one.number)
            named.append(
                Issuing(
                    chain=(held.certificate, held.root),
                    ct_key=held.ct_key.public_key(),
                    start=self._start(one.number, held.certificate),
                    end=one.closes,
                )
            )
        return tuple(named)

    def named_stamping(self, known_at: datetime | None = None) -> tuple[Stamping, ...]:
        """Give every generation of the time-stamp authority, the oldest first, as known then."""
        named = []
        for one in generations(self.ring, KeyRole.TSA, known_at=known_at):
            held = self._stamping(one.number)
            start = self._start(one.number, held.certificate)
            named.append(Stamping(chain=(held.certificate, held.root), start=start, end=one.closes))
        return tuple(named)

    @property
    def rotated(self) -> bool:
        """Tell whether more than the first generation of each was ever announced, or one was revoked."""
        return any(
            len(found) > 1 or found[0].revoked
            for found in (generations(self.ring, role) for role in (KeyRole.CA, KeyRole.TSA))
        )

    def revoked(self) -> tuple[tuple[bytes, datetime], ...]:
        """Give the certificates (DER) of revoked generations, each with the moment from which on it is."""
        pinned: tuple[Issuing | Stamping, ...] = (*self.named_issuing(), *self.named_stamping())
        found = (*generations(self.ring, KeyRole.CA), *generations(self.ring, KeyRole.TSA))
        return tuple(
            (named.chain[0].public_bytes(Encoding.DER), one.revoked)
            for one, named in zip(found, pinned, strict=True)
            if one.revoked is not None
        )

    def _start(self, number: int, certificate: x509.Certificate) -> datetime:
        return (self.root if number == 1 else certificate).not_valid_before_utc

    def _issuing(self, number: int) -> Authority:
        if number not in self._issued:
            self._issued[number] = self._load_issuing(number)
        return self._issued[number]

    def _load_issuing(self, number: int) -> Authority:
        keys, name = self._keys(), part_name("ca", number)
        ct_key = keys.p256(part_name("ct", number))
        return Authority(
            key=keys.p256(name),
            certificate=keys.certificate(name, _never),
            root=self.root,
            ct_key=ct_key,
            ct_log_id=hashlib.sha256(spki(ct_key.public_key())).digest(),
        )

    def _stamping(self, number: int) -> TimestampAuthority:
        if number not in self._stamped:
            self._stamped[number] = self._load_stamping(number)
        return self._stamped[number]

    def _load_stamping(self, number: int) -> TimestampAuthority:
        keys, name = self._keys(), part_name("tsa", number)
        return TimestampAuthority(key=keys.p256(name), certificate=keys.certificate(name, _never), root=self.root)

    def _keys(self) -> RingKeys:
        return RingKeys(self.ring, must_exist=True, now=datetime.min.replace(tzinfo=UTC), holder=self.holder)


def make_generation(keys: RingKeys, role: KeyRole, number: int, *, host: str) -> bytes:
    """Make keys and certificate of one generation of an authority where they are not there yet; gives its public key.

    Nothing signs with it before it is announced and has begun. For `KeyRole.CA` and `KeyRole.TSA` alone.
    """
    root_key = keys.p256("root")
    root = keys.certificate("root", _never)
    name = part_name(role.value, number)
    key = keys.p256(name).public_key()
    suffix = "" if number == 1 else f" {number}"
    if role is KeyRole.CA:
        keys.p256(part_name("ct", number))
        title = f"{host} intermediate{suffix}"
        keys.certificate(name, lambda now: make_intermediate(key, root_key, root, common_name=title, now=now))
    else:
        title = f"{host} time stamps{suffix}"
        keys.certificate(name, lambda now: make_tsa_certificate(key, root_key, root, common_name=title, now=now))
    return spki(key)


def _never(now: datetime) -> x509.Certificate:
    raise AssertionError(now)
