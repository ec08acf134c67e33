"""One embedded Sigstore: all keys and certificates of an instance, created once and kept in the key ring.

Names in the key ring: `sigstore/<part>.key` (PKCS8 DER) and `sigstore/<part>.cert` (DER). A secret that is there is
never made again: `KeyRing.create` gives the one that won.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from attest.clock import Clock, Entropy
from attest.errors import Refused
from attest.model.ports import KeyRing
from attest.signing.embedded import trust_files
from attest.signing.embedded.ca import Authority, make_intermediate, make_root, spki
from attest.signing.embedded.log_keys import LogKeys
from attest.signing.embedded.oidc import TokenIssuer
from attest.signing.embedded.tsa import TimestampAuthority, make_tsa_certificate

_HOST_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An embedded Sigstore that is ready to issue, stamp and sign."""

    host: str
    """`<16 hex>.whereof.invalid`: the instance's name, never resolved."""
    authority: Authority
    tsa: TimestampAuthority
    tokens: TokenIssuer
    log: LogKeys
    tuf_key: ed25519.Ed25519PrivateKey
    """Signs the TUF repository that hands out the trusted root."""

    @property
    def issuer(self) -> str:
        """The OIDC issuer named in certificates."""
        return self.tokens.issuer

    @property
    def trusted_root(self) -> bytes:
        """`trusted_root.json`: all that a verifier of this instance's bundles needs."""
        return trust_files.trusted_root(
            origin=self.log.origin, authority=self.authority, tsa=self.tsa, note_key=self.log.note_key.public_key()
        )

    def signing_config(self, base_url: str) -> bytes:
        """`signing_config.json` (v0.2) for clients that reach this log at `base_url`."""
        return trust_files.signing_config(base_url, self.authority.root.not_valid_before_utc)

    def trust_config(self, base_url: str) -> bytes:
        """`trust_config.json`: trusted root and signing config in one file, for `sigstore --trust-config`."""
        return trust_files.trust_config(self.trusted_root, self.signing_config(base_url))


def open_instance(ring: KeyRing, clock: Clock, entropy: Entropy, *, origin: str | None = None) -> Instance:
    """Give the instance kept in a key ring, making at first start whatever is not there yet.

    Args:
        ring: where keys and certificates are kept.
        clock: dates the certificates that are made.
        entropy: gives the instance its name.
        origin: the log's origin, used at first start only; None takes `<host>/logs/default`.

    Raises:
        Refused: `key.missing`: the ring holds an origin, but not all keys that were made with it.
    """
    known = ring.load("sigstore/origin") is not None
    made = f"{entropy.bytes(_HOST_BYTES).hex()}.whereof.invalid"
    host = ring.create("sigstore/host", made.encode()).decode()
    keys = _Keys(ring, must_exist=known, now=clock.now())
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
    keys = _Keys(ring, must_exist=second_log_exists(ring, name), now=first.clock.now())
    log = LogKeys(
        origin=f"{first.origin.rpartition('/')[0]}/{name}",
        note_key=keys.p256(f"{name}-log"),
        c2sp_key=keys.ed25519(f"{name}-log-c2sp"),
        authority=first.authority,
        clock=first.clock,
        service_identity=f"{first.issuer}/service/{name}",
        issuer=first.issuer,
    )
    log.origin = ring.create(f"sigstore/{name}-origin", log.origin.encode()).decode()
    return log


def _assemble(keys: _Keys, host: str, origin: str, clock: Clock) -> Instance:
    root_key, ca_key, tsa_key, ct_key = (keys.p256(name) for name in ("root", "ca", "tsa", "ct"))
    root = keys.certificate("root", lambda now: make_root(root_key, common_name=f"{host} root", now=now))
    issuing = keys.certificate(
        "ca",
        lambda now: make_intermediate(ca_key.public_key(), root_key, root, common_name=f"{host} intermediate", now=now),
    )
    stamping = keys.certificate(
        "tsa",
        lambda now: make_tsa_certificate(
            tsa_key.public_key(), root_key, root, common_name=f"{host} time stamps", now=now
        ),
    )
    authority = Authority(
        key=ca_key,
        certificate=issuing,
        root=root,
        ct_key=ct_key,
        ct_log_id=hashlib.sha256(spki(ct_key.public_key())).digest(),
    )
    issuer = f"https://{host}"
    log = LogKeys(
        origin=origin,
        note_key=keys.p256("log"),
        c2sp_key=keys.ed25519("log-c2sp"),
        authority=authority,
        clock=clock,
        service_identity=f"{issuer}/service/log",
        issuer=issuer,
    )
    return Instance(
        host=host,
        authority=authority,
        tsa=TimestampAuthority(key=tsa_key, certificate=stamping, root=root),
        tokens=TokenIssuer(key=keys.p256("oidc"), issuer=issuer),
        log=log,
        tuf_key=keys.ed25519("tuf"),
    )


@dataclass(frozen=True, slots=True)
class _Keys:
    """Loads from the ring, or makes and keeps; after the first start it only loads."""

    ring: KeyRing
    must_exist: bool
    now: datetime

    def _secret(self, name: str, make: Callable[[], bytes]) -> bytes:
        found = self.ring.load(name)
        if found is not None:
            return found
        if self.must_exist:
            raise Refused("key.missing", where=name)
        return self.ring.create(name, make())

    def p256(self, part: str) -> ec.EllipticCurvePrivateKey:
        raw = self._secret(f"sigstore/{part}.key", lambda: _pkcs8(ec.generate_private_key(ec.SECP256R1())))
        key = load_der_private_key(raw, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Refused("key.missing", "the key is of another kind", where=part)
        return key

    def ed25519(self, part: str) -> ed25519.Ed25519PrivateKey:
        raw = self._secret(f"sigstore/{part}.key", lambda: _pkcs8(ed25519.Ed25519PrivateKey.generate()))
        key = load_der_private_key(raw, password=None)
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise Refused("key.missing", "the key is of another kind", where=part)
        return key

    def certificate(self, part: str, make: Callable[[datetime], x509.Certificate]) -> x509.Certificate:
        raw = self._secret(f"sigstore/{part}.cert", lambda: make(self.now).public_bytes(Encoding.DER))
        return x509.load_der_x509_certificate(raw)


def _pkcs8(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
