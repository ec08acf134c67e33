"""The `log/v1` predicate: what a log says of itself. Its first leaf is a genesis, which names origin and keys.

Later leaves say that a head was anchored outside, and the last one before the end names the successor. A successor's
genesis names in turn the log it follows, and that log's final head: a complete answer covers the chain of logs.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.model.session_predicate import LOG_V1, TIME
from attest.model.shape import Closed, OneOf, Shape, Text, Whole
from attest.model.statement import Statement, Subject, build_statement

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEX64: Final = Text(r"[0-9a-f]{64}", 64)
_KEYS: Final = Closed({"sigstore": Text(r"[A-Za-z0-9+/=]+", 512), "c2sp": Text(most=512)})
_HEAD: Final = Closed({"treeSize": Whole(), "root": _HEX64})
ANCHOR_KINDS: Final = ("rfc3161", "hashedrekord", "git")

GENESIS: Final = Closed(
    {
        "event": OneOf(("genesis",)),
        "origin": Text(most=255),
        "keys": _KEYS,
        "createdAt": Text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", 20),
        "follows": Closed({"origin": Text(most=255), "keys": _KEYS, "head": _HEAD}),
    },
    optional=frozenset({"follows"}),
    extensible=True,
)
"""Shape of a genesis: `keys.sigstore` is the P-256 SPKI in base64, `keys.c2sp` the Ed25519 vkey; `follows` names the log
that ended, where there is one, and the last head of it that counts."""

ANCHOR: Final = Closed(
    {
        "event": OneOf(("anchor",)),
        "kind": OneOf(ANCHOR_KINDS),
        "head": _HEAD,
        "checkpoint": _HEX64,
        "proof": _HEX64,
        "where": Text(most=512),
        "time": TIME,
    },
    optional=frozenset({"time"}),
    extensible=True,
)
"""Shape of an anchor: SHA-256 of the C2SP note that was anchored and of what came back, which is kept as an object;
`where` is the service or repository, `time` what its clock said, absent where there is no outside clock."""

SUCCESSOR: Final = Closed(
    {
        "event": OneOf(("successor",)),
        "origin": Text(most=255),
        "keys": _KEYS,
        "reason": OneOf(("rotation", "retirement")),
    },
    extensible=True,
)
"""Shape of the statement that ends a log: who goes on. A log whose key is lost cannot say it."""


@dataclass(frozen=True, slots=True)
class LogEvent(Shape):
    """The shape of whichever event a `log/v1` predicate tells of."""

    def look(self, value: object) -> None:
        """Refuse what is none of them."""
        event = value.get("event") if isinstance(value, dict) else None
        shapes = {"genesis": GENESIS, "anchor": ANCHOR, "successor": SUCCESSOR}
        shapes.get(event if isinstance(event, str) else "", GENESIS).look(value)

    def schema(self) -> dict[str, object]:
        """Give the same description as JSON Schema."""
        return {"oneOf": [shape.schema() for shape in (GENESIS, ANCHOR, SUCCESSOR)]}


LOG_EVENT: Final = LogEvent()


def log_subject(origin: str, vkey: str) -> Subject:
    """Name a log as the subject of statements about no commit (D1): its origin, and SHA-256 of its C2SP vkey."""
    return Subject(name=origin, sha256=hashlib.sha256(vkey.encode()).hexdigest())


def genesis(
    origin: str, *, sigstore_key: bytes, vkey: str, created_at: str, follows: Mapping[str, object] | None = None
) -> Statement:
    """Build the statement of a log's first leaf; `follows` is `ended_log` of the one before."""
    predicate: dict[str, object] = {
        "event": "genesis",
        "origin": origin,
        "keys": log_keys(sigstore_key, vkey),
        "createdAt": created_at,
    }
    if follows is not None:
        predicate["follows"] = dict(follows)
    GENESIS.check(predicate, "")
    return build_statement(LOG_V1, (log_subject(origin, vkey),), predicate)


def log_keys(sigstore_key: bytes, vkey: str) -> dict[str, object]:
    """Give the member that names a log's two public keys."""
    return {"sigstore": base64.b64encode(sigstore_key).decode(), "c2sp": vkey}


def ended_log(origin: str, keys: Mapping[str, object], *, tree_size: int, root: bytes) -> dict[str, object]:
    """Give what a successor's genesis says of the log it follows."""
    return {"origin": origin, "keys": dict(keys), "head": {"treeSize": tree_size, "root": root.hex()}}


def successor(origin: str, vkey: str, *, next_origin: str, next_keys: Mapping[str, object], reason: str) -> Statement:
    """Build the statement that ends a log."""
    predicate: dict[str, object] = {
        "event": "successor",
        "origin": next_origin,
        "keys": dict(next_keys),
        "reason": reason,
    }
    SUCCESSOR.check(predicate, "")
    return build_statement(LOG_V1, (log_subject(origin, vkey),), predicate)
