"""COSE receipts: made and read by us, read by scitt-cose, refused by both with any byte changed; the published vectors."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from attest.errors import AttestError, CannotVerify, NotVerified
from attest.ledger.cbor import decode, encode
from attest.ledger.cose_receipt import Receipt, make_receipt, verify_receipt
from attest.ledger.note import NoteAlgorithm, NoteKey
from attest.ledger.proof import inclusion_proof
from attest.ledger.tree import EMPTY_EDGE, grow, leaf_hash

LOG = "log.example.test/logs/default"
SECRET = ec.derive_private_key(9, ec.SECP256R1())
PUBLIC = SECRET.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
KEY = NoteKey(name=LOG, algorithm=NoteAlgorithm.ECDSA_P256, public=PUBLIC)
LEAVES = tuple(b"entry %d" % number for number in range(11))
VECTORS = Path(__file__).resolve().parents[3] / "docs/spec/vectors/cose-receipts.json"


def receipt(index: int, size: int = len(LEAVES)) -> bytes:
    grown = grow(EMPTY_EDGE, [leaf_hash(one) for one in LEAVES[:size]])

    def read(level: int, at: int) -> bytes:
        found = grown.node(level, at)
        assert found is not None
        return found

    head = Receipt(log=LOG, index=index, tree_size=size, root=grown.root)
    path = inclusion_proof(index, size, read)
    return make_receipt(head, path, KEY, lambda text: SECRET.sign(text, ec.ECDSA(SHA256())))


@pytest.mark.parametrize("size", [1, 2, 7, 11])
def test_every_entry_s_receipt_holds_for_its_leaf_and_no_other(size: int) -> None:
    for index in range(size):
        found = verify_receipt(receipt(index, size), leaf_hash(LEAVES[index]), KEY)
        assert (found.index, found.tree_size, found.log) == (index, size, LOG)
        with pytest.raises(NotVerified):
            verify_receipt(receipt(index, size), leaf_hash(b"another"), KEY)


def test_no_changed_byte_is_taken() -> None:
    raw, leaf = receipt(4), leaf_hash(LEAVES[4])
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(AttestError):
            verify_receipt(changed, leaf, KEY)
    for cut in (raw[:-1], raw + b"\x00", b"", b"\xd2"):
        with pytest.raises(NotVerified):
            verify_receipt(cut, leaf, KEY)


def test_a_receipt_of_another_log_could_not_be_checked() -> None:
    other = ec.derive_private_key(10, ec.SECP256R1()).public_key()
    spki = other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(CannotVerify):
        verify_receipt(receipt(0), leaf_hash(LEAVES[0]), NoteKey(name=LOG, algorithm=KEY.algorithm, public=spki))


def test_scitt_cose_accepts_our_receipts_as_they_are_and_none_with_a_changed_byte(require: Callable[..., None]) -> None:
    require("scitt-cose", find_spec("scitt_cose") is not None)
    other = importlib.import_module("scitt_cose.receipt")
    pem = SECRET.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def holds(raw: bytes, leaf: bytes) -> bool:
        try:
            return bool(other.verify_receipt(raw, leaf_entry_hex=leaf.hex(), log_public_key_pem=pem).ok)
        except Exception:  # noqa: BLE001  # a refusal of any kind is one
            return False

    for index in (0, 5, 10):
        raw = receipt(index)
        assert holds(raw, LEAVES[index])
        assert not holds(raw, LEAVES[index] + b"x")
        # The size in the proof is not signed by RFC 9942: ours is in the protected header too, which only we compare.
        size = raw.index(bytes([0x83, len(LEAVES), *encode(index)])) + 1
        for at in (one for one in range(len(raw)) if one != size):
            assert not holds(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], LEAVES[index]), at


def test_published_vectors_hold() -> None:
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    public = bytes.fromhex(vectors["publicKey"])
    assert isinstance(load_der_public_key(public), ec.EllipticCurvePublicKey)
    key = NoteKey(name=vectors["log"], algorithm=NoteAlgorithm.ECDSA_P256, public=public)
    kinds = set()
    for one in vectors["receipts"]:
        kinds.add(one["holds"])
        raw, leaf = bytes.fromhex(one["receipt"]), sha256(b"\0" + bytes.fromhex(one["leaf"])).digest()
        if one["holds"]:
            assert verify_receipt(raw, leaf, key).index == one["index"]
        else:
            with pytest.raises(AttestError):
                verify_receipt(raw, leaf, key)
    assert kinds == {True, False}


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_are_the_one_encoding_of_what_they_say(raw: bytes) -> None:
    try:
        value = decode(raw)
    except NotVerified:
        return
    assert encode(value) == raw
