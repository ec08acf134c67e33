"""One embedded Sigstore: all keys and certificates of an instance, created once and kept in the key ring.

Names in the key ring: `sigstore/<part>.key` (PKCS8 DER) and `sigstore/<part>.cert` (DER), of later generations with
their number; see `generations`. A secret that is there is never made again: `KeyRing.create` gives the one that won.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ed25519

from attest.clock import Clock, Entropy
from attest.model.admin_keys import KeyRole
from attest.model.ports import KeyRing
from attest.signing.embedded import trust_files
from attest.signing.embedded.authorities import Authorities, make_generation
from attest.signing.embedded.ca import Authority, make_root
from attest.signing.embedded.held import KeyHolder
from attest.signing.embedded.log_keys import LogKeys
from attest.signing.embedded.oidc import TokenIssuer
from attest.signing.embedded.ring_keys import RingKeys
from attest.signing.embedded.tsa import TimestampAuthority

_HOST_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An embedded Sigstore that is ready to issue, stamp and sign."""

    host: str
    """`<16 hex>.whereof.invalid`: the instance's name, never resolved."""
    authorities: Authorities
    """Every generation of certificate authority and time-stamp authority."""
    tokens: TokenIssuer
    log: LogKeys
    tuf_key: ed25519.Ed25519PrivateKey
    """Signs the TUF repository that hands out the trusted root."""

    @property
    def authority(self) -> Authority:
        """The certificate authority whose generation is in force."""
        return self.authorities.issuing.now()

    @property
    def tsa(self) -> TimestampAuthority:
        """The time-stamp authority whose generation is in force."""
        return self.authorities.stamping.now()

    @property
    def issuer(self) -> str:
        """The OIDC issuer named in certificates."""
        return self.tokens.issuer

    @property
    def trusted_root(self) -> bytes:
        """`trusted_root.json`: all that a verifier of this instance's bundles needs."""
        return self.trusted_root_at(None)

    def trusted_root_at(self, known_at: datetime | None) -> bytes:
        """`trusted_root.json` with the generations of keys that were announced by a moment; None is now."""
        return trust_files.trusted_root(
            origin=self.log.origin,
            issuing=self.authorities.named_issuing(known_at),
            stamping=self.authorities.named_stamping(known_at),
            note_key=self.log.note_key.public_key(),
        )

    def signing_config(self, base_url: str) -> bytes:
        """`signing_config.json` (v0.2) for clients that reach this log at `base_url`."""
        return trust_files.signing_config(base_url, self.authorities.root.not_valid_before_utc)

    def trust_config(self, base_url: str) -> bytes:
        """`trust_config.json`: trusted root and signing config in one file, for `sigstore --trust-config`."""
        return trust_files.trust_config(self.trusted_root, self.signing_config(base_url))


def open_instance(
    ring: KeyRing, clock: Clock, entropy: Entropy, *, origin: str | None = None, holder: KeyHolder | None = None
) -> Instance:
    """Give the instance kept in a key ring, making at first start whatever is not there yet.

    Args:
        ring: where keys and certificates are kept.
        clock: dates the certificates that are made.
        entropy: gives the instance its name.
        origin: the log's origin, used at first start only; None takes `<host>/logs/default`.
        holder: where new keys of the parts it takes are made; what was made before stays where it is.

    Raises:
        Refused: `key.missing`: the ring holds an origin, but not all keys that were made with it.
    """
    known = ring.load("sigstore/origin") is not None
    made = f"{entropy.bytes(_HOST_BYTES).hex()}.whereof.invalid"
    host = ring.create("sigstore/host", made.encode()).decode()
    keys = RingKeys(ring, must_exist=known, now=clock.now(), holder=holder)
    instance = _assemble(keys, host, origin or f"{host}/logs/default", clock)
    # The origin is written last: once it is there, every key is, and a missing one is a loss, never a first start.
    kept = ring.create("sigstore/origin", instance.log.origin.encode()).decode()
    instance.log.origin = kept
    return instance


def second_log_exists(ring: KeyRing, name: str) -> bool:
    """Tell whether another log of that name was ever opened here."""
    return ring.load(f"sigstore/{name}-origin") is not None


def open_second_log(ring: KeyRing, instance: Instance, name: str) -> LogKeys:
    """Give the keys of another log of the same operator, made at first use; its origin stands beside the first log's."""
    first = instance.log
    keys = RingKeys(
        ring, must_exist=second_log_exists(ring, name), now=first.clock.now(), holder=instance.authorities.holder
    )
    log = LogKeys(
        origin=f"{first.origin.rpartition('/')[0]}/{name}",
        note_key=keys.p256(f"{name}-log"),
        c2sp_key=keys.ed25519(f"{name}-log-c2sp"),
        issuing=first.issuing,
        clock=first.clock,
        service_identity=f"{first.issuer}/service/{name}",
        issuer=first.issuer,
    )
    log.origin = ring.create(f"sigstore/{name}-origin", log.origin.encode()).decode()
    return log


def _assemble(keys: RingKeys, host: str, origin: str, clock: Clock) -> Instance:
    root_key = keys.p256("root")
    root = keys.certificate("root", lambda now: make_root(root_key, common_name=f"{host} root", now=now))
    for role in (KeyRole.CA, KeyRole.TSA):
        make_generation(keys, role, 1, host=host)
    authorities = Authorities(ring=keys.ring, clock=clock, root=root, holder=keys.holder)
    issuer = f"https://{host}"
    log = LogKeys(
        origin=origin,
        note_key=keys.p256("log"),
        c2sp_key=keys.ed25519("log-c2sp"),
        issuing=authorities.issuing,
        clock=clock,
        service_identity=f"{issuer}/service/log",
        issuer=issuer,
    )
    return Instance(
        host=host,
        authorities=authorities,
        tokens=TokenIssuer(key=keys.p256("oidc"), issuer=issuer),
        log=log,
        tuf_key=keys.ed25519("tuf"),
    )
