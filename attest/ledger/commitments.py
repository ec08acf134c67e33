"""The list of a session's part commitments: a small blob that survives erasure, and the root that a statement carries."""

from __future__ import annotations

from typing import Final

from attest.canonical import canonical_json
from attest.ledger.tree import leaf_hash, merkle_root

LIST_VERSION: Final = 1

Part = tuple[str, bytes, int]
"""Name, salted commitment, size in bytes before sealing."""


def commitment_list(parts: tuple[Part, ...], *, nonce: bytes = b"") -> bytes:
    """Write the list blob whose SHA-256 is the session's subject digest, in the order of the parts.

    `nonce` is for a list of no parts, which would else be the same for every session.
    """
    rows = [{"name": name, "commitment": commitment.hex(), "size": size} for name, commitment, size in parts]
    return canonical_json({"version": LIST_VERSION, "parts": rows} | ({"nonce": nonce.hex()} if nonce else {}))


def commitment_root(parts: tuple[Part, ...]) -> bytes:
    """Give the RFC 6962 root over the parts, each leaf being the name, a NUL and the commitment."""
    return merkle_root([leaf_hash(name.encode() + b"\0" + commitment) for name, commitment, _ in parts])
