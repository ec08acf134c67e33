"""Cosigned heads over made-up evidence: a log of a few leaves, witnesses by name, and the tlog-proofs of both."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519

from attest.ledger.note import (
    NoteAlgorithm,
    NoteKey,
    NoteSignature,
    cosignature,
    cosigned_message,
    decode_vkey,
    encode_vkey,
)
from attest.ledger.tlog_proof import tlog_proof
from attest.ledger.tree import leaf_hash, node_hash
from tests.support.evidence import Scene

OTHER_LEAF = leaf_hash(b"the next entry")
AT = 1_790_000_000


@dataclass(frozen=True)
class Cosigner:
    """A witness's key, in memory."""

    name: str

    @property
    def secret(self) -> ed25519.Ed25519PrivateKey:
        return ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(self.name.encode()).digest())

    @property
    def key(self) -> NoteKey:
        public = self.secret.public_key().public_bytes_raw()
        return NoteKey(name=self.name, algorithm=NoteAlgorithm.COSIGNATURE_V1, public=public)

    def line(self, note: str, *, spoiled: bool = False) -> str:
        text = (note.partition("\n\n")[0] + "\n").encode()
        raw = self.secret.sign(cosigned_message(text + b"x" * spoiled, AT))
        return NoteSignature(name=self.name, key_id=self.key.key_id, signature=cosignature(AT, raw)).encode()


ONE, TWO = Cosigner("one.example.test/w"), Cosigner("two.example.test/w")


@dataclass
class Cosigning:
    """The witnesses of one scene's log: who is pinned, and proofs over a bundle's entry."""

    scene: Scene
    pinned: tuple[Cosigner, ...] = (ONE, TWO)
    quorum: str = "none"
    names: list[str] = field(default_factory=lambda: ["a", "b", "c", "d"])

    @property
    def origin(self) -> str:
        return self.scene.world.instance.log.origin

    def policy(self, *, log: bool = True) -> bytes:
        vkey = self.scene.world.instance.log.verifier_key
        decode_vkey(vkey)
        lines = [f"log {vkey}"] * log
        lines += [f"witness {name} {encode_vkey(w.key)}" for name, w in zip(self.names, self.pinned, strict=False)]
        return "\n".join([*lines, f"quorum {self.quorum}", ""]).encode()

    def pin(self, **made: bool) -> Path:
        """Pin the policy on this machine."""
        path = self.scene.home / "trust" / "witnesses.policy"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.policy(**made))
        return path

    def proof(self, bundle: bytes, *signed: Cosigner, spoiled: bool = False, root: bytes | None = None) -> str:
        """Give the proof of a bundle's entry in a tree of two leaves; `root`: under a head of one leaf with that root."""
        (entry,) = json.loads(bundle)["verificationMaterial"]["tlogEntries"]
        leaf = leaf_hash(base64.b64decode(entry["canonicalizedBody"]))
        keys = self.scene.world.instance.log
        note = keys.sign_heads(2, node_hash(leaf, OTHER_LEAF)).c2sp if root is None else keys.sign_heads(1, root).c2sp
        note += "".join(one.line(note, spoiled=spoiled) for one in signed)
        return tlog_proof(0, (OTHER_LEAF,) if root is None else (), note)

    def leave(self, oid: str, proof: str, name: str = "p") -> Path:
        """Leave a proof beside the bundles of a commit."""
        path = self.scene.home / "bundles" / oid / f"{name}.tlog-proof"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(proof, encoding="utf-8")
        return path
