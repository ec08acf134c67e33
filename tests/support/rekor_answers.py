"""What a Rekor v1 log of one entry answers, with what is spoilt in it."""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from attest.ledger.tree import leaf_hash
from attest.signing.entry import set_payload
from tests.support.signing import World


def entered(world: World, entry: bytes, *, spoil: str = "") -> bytes:
    """Answer as a Rekor log of one entry would."""
    keys, at = world.instance.log, int(world.clock.now().timestamp())
    root = leaf_hash(entry)
    payload = set_payload(entry, index=0, integrated_time=at, log_id=keys.log_id)
    promise = keys.note_key.sign(payload + b"x" * (spoil == "set"), ec.ECDSA(hashes.SHA256()))
    proof = {
        "logIndex": 0,
        "treeSize": 1,
        "rootHash": root.hex(),
        "hashes": ["00" * 32] if spoil == "proof" else [],
        "checkpoint": keys.sign_heads(1, root if spoil != "head" else b"\x01" * 32).sigstore,
    }
    said = {
        "body": base64.b64encode(entry).decode(),
        "integratedTime": at,
        "logID": keys.log_id.hex(),
        "logIndex": 0,
        "verification": {"signedEntryTimestamp": base64.b64encode(promise).decode(), "inclusionProof": proof},
    }
    return json.dumps({"a" * 64: said}).encode()
