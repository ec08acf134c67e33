"""What the use cases and the signer need from the outside, as small protocols.

The embedded signer reaches the ledger only through `TransparencyLog`; the ledger reaches keys only through
`LogAuthority`. Neither package imports the other: `cli.main()` and `create_app()` wire them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

_HASH: Final = 32


class KeyRing(Protocol):
    """Holds secrets by name, each wrapped under a named key, written durably before `create` returns."""

    def load(self, name: str) -> bytes | None:
        """Give the secret, or None when no secret of that name was ever made."""
        ...

    def create(self, name: str, secret: bytes) -> bytes:
        """Keep a new secret; when the name is taken already, give the secret that is there instead."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafParts:
    """What the log keeps of one entry: the leaf itself and what a bundle is rendered from."""

    body: bytes
    """The leaf: canonical Rekor `dsse/0.0.1` entry body."""
    envelope: bytes
    """The DSSE envelope as JSON bytes, exactly as signed."""
    certificate: bytes
    """The leaf certificate, DER."""
    token: bytes | None
    """RFC 3161 TimeStampResp, DER; None only for the log's own genesis and index leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReceipt:
    """Where an entry stands in the log, with all that a bundle needs to prove it."""

    index: int
    tree_size: int
    root: bytes
    path: bytes
    """The hashes of its inclusion proof behind one another, as they are stored."""
    note: str
    """The Sigstore note over (tree_size, root)."""
    log_id: bytes
    """SHA-256 of the log's P-256 SPKI."""
    integrated_time: int | None
    """Seconds since the epoch, by the log's clock; None where the log gives no SET."""
    set_signature: bytes | None
    """Signed entry timestamp, DER ECDSA; None where the log gives none."""

    @property
    def proof(self) -> tuple[bytes, ...]:
        """Inclusion proof, leaf to root (RFC 6962 2.1.1)."""
        return tuple(self.path[at : at + _HASH] for at in range(0, len(self.path), _HASH))


class TransparencyLog(Protocol):
    """A log that an entry can be appended to."""

    def append(self, leaf: LeafParts) -> LogReceipt:
        """Append one entry durably and give its place. When this returns, the entry is committed and published."""
        ...


@dataclass(frozen=True, slots=True)
class Heads:
    """One tree head signed as two notes (see the decision on two notes per head)."""

    sigstore: str
    """Origin line `<origin> - 1`, one ECDSA P-256 signature by `<origin>`."""
    c2sp: str
    """Origin line `<origin>`, one Ed25519 signature; cosignatures are appended to it."""


class LogAuthority(Protocol):
    """The log's keys at work: heads, entry timestamps and the log's own statements."""

    @property
    def origin(self) -> str:
        """The log's origin, fixed for its life, for example `<hex>.whereof.invalid/logs/default`."""
        ...

    @property
    def sigstore_key(self) -> bytes:
        """The P-256 public key, DER SPKI; its SHA-256 is the log id in bundles."""
        ...

    @property
    def verifier_key(self) -> str:
        """The C2SP vkey of the Ed25519 key; its SHA-256 names the log as a subject."""
        ...

    def sign_heads(self, size: int, root: bytes) -> Heads:
        """Sign one tree head as both notes."""
        ...

    def sign_entry(self, body: bytes, *, index: int, integrated_time: int) -> bytes | None:
        """Sign the entry timestamp (SET) of one entry with the log's P-256 key, DER.

        None when the entry's certificate had expired at `integrated_time`: the receipt then carries neither SET nor
        integrated time, and the token alone gives the time.
        """
        ...

    def sign_statement(self, statement: bytes) -> LeafParts:
        """Wrap a statement of the log itself (genesis, index) by the service identity, without token or SET."""
        ...


class Witnessed(Protocol):
    """What is known here of the witnesses of a log."""

    def size(self) -> int | None:
        """Give the size of the newest published head that as many witnesses cosigned as the log's policy asks.

        0 while there is none; None when no witness is asked. Quick, and from any thread.
        """
        ...
