"""Fakes for the signing tests: a log in memory, a key ring in memory, a clock that stands where it is put."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from attest.clock import SystemEntropy
from attest.ledger.proof import inclusion_proof
from attest.ledger.tree import leaf_hash, merkle_root
from attest.model.ports import LeafParts, LogReceipt
from attest.signing.embedded.instance import Instance, open_instance
from attest.signing.embedded.log_keys import LogKeys


class MemoryKeyRing:
    """Keeps secrets in a dictionary."""

    def __init__(self) -> None:
        self.secrets: dict[str, bytes] = {}

    def load(self, name: str) -> bytes | None:
        return self.secrets.get(name)

    def create(self, name: str, secret: bytes) -> bytes:
        return self.secrets.setdefault(name, secret)


@dataclass
class SettableClock:
    """Stands still at a given moment until it is set to another; None follows the machine's clock."""

    at: datetime | None = None

    def now(self) -> datetime:
        return self.at or datetime.now(UTC)


@dataclass
class MemoryLog:
    """A `TransparencyLog` in memory, with a genesis leaf at index 0 and every rule about SETs."""

    keys: LogKeys
    clock: SettableClock
    leaves: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        genesis = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": self.keys.origin, "digest": {"sha256": "0" * 64}}],
            "predicateType": "https://whereof.dev/attestation/log/v1",
            "predicate": {},
        }
        self.leaves.append(self.keys.sign_statement(json.dumps(genesis).encode()).body)

    def append(self, leaf: LeafParts) -> LogReceipt:
        self.leaves.append(leaf.body)
        at: int | None = int(self.clock.now().timestamp())
        index = len(self.leaves) - 1
        signature = self.keys.sign_entry(leaf.body, index=index, integrated_time=at or 0)
        return self.receipt(index, at if signature else None, signature)

    def receipt(self, index: int, integrated_time: int | None, signature: bytes | None) -> LogReceipt:
        """Give the place of an entry in the tree as it is now."""
        hashes = [leaf_hash(body) for body in self.leaves]
        root = merkle_root(hashes)

        def read(level: int, position: int) -> bytes:
            return merkle_root(hashes[position << level : (position + 1) << level])

        return LogReceipt(
            index=index,
            tree_size=len(hashes),
            root=root,
            path=b"".join(inclusion_proof(index, len(hashes), read)),
            note=self.keys.sign_heads(len(hashes), root).sigstore,
            log_id=self.keys.log_id,
            integrated_time=integrated_time,
            set_signature=signature,
        )


@dataclass
class World:
    """One embedded instance with its log and clock."""

    instance: Instance
    log: MemoryLog
    clock: SettableClock

    @property
    def identity(self) -> str:
        return f"https://{self.instance.host}/actor/{'5a' * 32}"


def make_world(at: datetime | None = None) -> World:
    """Give a new instance of its own keys, and an empty log (but for the genesis leaf)."""
    clock = SettableClock(at)
    instance = open_instance(MemoryKeyRing(), clock, SystemEntropy())
    return World(instance=instance, log=MemoryLog(instance.log, clock), clock=clock)


def statement(*artifacts: bytes, predicate: dict[str, object] | None = None) -> bytes:
    """Give a small in-toto statement about the artifacts, by SHA-256."""
    subjects = [
        {"name": f"artifact-{at}", "digest": {"sha256": hashlib.sha256(raw).hexdigest()}}
        for at, raw in enumerate(artifacts)
    ]
    return json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": subjects,
            "predicateType": "https://example.test/predicate/v1",
            "predicate": predicate or {"nonce": "00"},
        }
    ).encode()
