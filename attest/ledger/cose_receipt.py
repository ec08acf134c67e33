"""COSE receipts (RFC 9942): that an entry is in the log's tree, as one COSE_Sign1 over the tree's root. Pure.

1. The protected header names ES256, the log's key id, RFC 9162 SHA-256 as the tree, the log as issuer, and the tree's
   size: a root alone does not tell it, and the proof's own is not signed.
2. The unprotected header has one inclusion proof, and nothing else. The payload is the root, and is left out.
3. Who verifies rebuilds the root from leaf and proof, then checks the signature over it under the log's pinned key.

The log signs receipts with the key of its Sigstore note. A receipt says nothing about time, witnesses or other heads.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from attest.errors import CannotVerify, NotVerified
from attest.ledger.cbor import Tagged, Value, decode, encode
from attest.ledger.note import NoteAlgorithm, NoteKey
from attest.ledger.proof import root_from_inclusion
from attest.ledger.tree import HASH_BYTES

MEDIA_TYPE: Final = "application/cose"
MAX_HASHES: Final = 64
_SIGN1: Final = 18
_ALG, _KID, _CLAIMS, _TREE, _PROOFS = 1, 4, 15, 395, 396
_ES256: Final = -7
_RFC9162_SHA256: Final = 1
_INCLUSION: Final = -1
_ISSUER: Final = 1
_SIZE: Final = -65_600
"""Private use (RFC 9052 2). Other readers pass it over: the size that they print is not signed."""
_COORDINATE: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a receipt that holds says."""

    log: str
    index: int
    tree_size: int
    root: bytes


def make_receipt(head: Receipt, path: Sequence[bytes], key: NoteKey, sign: Callable[[bytes], bytes]) -> bytes:
    """Give the receipt of an entry at a head that the log has signed; `sign` gives the DER signature over bytes."""
    protected = encode(_protected(head.log, key, head.tree_size))
    r, s = decode_dss_signature(sign(_signed(protected, head.root)))
    signature = r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")
    proof = encode((head.tree_size, head.index, tuple(path)))
    return encode(Tagged(tag=_SIGN1, value=(protected, {_PROOFS: {_INCLUSION: (proof,)}}, None, signature)))


def verify_receipt(raw: bytes, leaf_hash: bytes, key: NoteKey) -> Receipt:
    """Check a receipt for a leaf under the log's pinned P-256 key, and give what it says.

    Raises:
        NotVerified: it is malformed, the proof does not lead anywhere, or the signature does not hold.
        CannotVerify: `evidence.untrusted`: it is another log's.
    """
    match decode(raw, _SIGN1):
        case (bytes(protected), {396: {-1: (bytes(proof),), **no}, **nor}, None, bytes(signature)) if (
            not no and not nor
        ):
            pass
        case _:
            raise NotVerified("evidence.malformed", "this is no COSE receipt with one inclusion proof")
    size, index, path = _path(proof)
    _require_header(protected, key, size)
    root = root_from_inclusion(leaf_hash, index, size, path)
    if len(signature) != 2 * _COORDINATE:
        raise NotVerified("evidence.checkpoint", "the receipt's signature has another length")
    r, s = (int.from_bytes(signature[at : at + _COORDINATE], "big") for at in (0, _COORDINATE))
    if not key.is_signature_of(_signed(protected, root), encode_dss_signature(r, s)):
        raise NotVerified("evidence.checkpoint", "the receipt's signature does not hold over this leaf's root")
    return Receipt(log=key.name, index=index, tree_size=size, root=root)


def _protected(log: str, key: NoteKey, size: int) -> Value:
    return {
        _ALG: _ES256,
        _KID: sha256(key.public).digest(),
        _CLAIMS: {_ISSUER: f"https://{log}"},
        _TREE: _RFC9162_SHA256,
        _SIZE: size,
    }


def _require_header(protected: bytes, key: NoteKey, size: int) -> None:
    if key.algorithm is not NoteAlgorithm.ECDSA_P256:
        raise CannotVerify("evidence.unsupported", "a receipt is verified with the log's P-256 key")
    said = decode(protected)
    kid = said.get(_KID) if isinstance(said, dict) else None
    if not isinstance(kid, bytes) or not hmac.compare_digest(kid, sha256(key.public).digest()):
        raise CannotVerify("evidence.untrusted", "the receipt is of another log")
    if said != _protected(key.name, key, size):
        raise NotVerified("evidence.malformed", "the receipt's header is not one of ours")


def _path(proof: bytes) -> tuple[int, int, tuple[bytes, ...]]:
    match decode(proof):
        case (int(size), int(index), tuple(hashes)) if 0 <= index < size and len(hashes) <= MAX_HASHES:
            path = tuple(one for one in hashes if isinstance(one, bytes) and len(one) == HASH_BYTES)
            if len(path) == len(hashes):
                return size, index, path
    raise NotVerified("evidence.inclusion", "this is no path to a leaf")


def _signed(protected: bytes, root: bytes) -> bytes:
    """Give the Sig_structure (RFC 9052 4.4): what is signed, with the root as the payload that is left out."""
    return encode(("Signature1", protected, b"", root))
