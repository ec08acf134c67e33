"""The published vectors of parts and statements, computed a second time from the words of the specification."""

from __future__ import annotations

import hashlib
import hmac
import json

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from attest.model.parts import SessionKeys
from attest.model.session_predicate import SESSION_V1
from attest.usecases.record import write_key
from tests.unit.ledger.naive_tree import mth
from tools import make_part_vectors
from tools.make_schemas import SPEC

VECTORS = json.loads((SPEC / "vectors/parts.json").read_text())
SECRET = bytes.fromhex(VECTORS["secret"])


def sha(*data: bytes) -> bytes:
    return hashlib.sha256(b"".join(data)).digest()


def hkdf(key: bytes, info: bytes) -> bytes:
    return hmac.digest(hmac.digest(bytes(32), key, "sha256"), info + b"\1", "sha256")


def test_vectors_are_those_of_the_code() -> None:
    assert make_part_vectors.document() == VECTORS


def test_commitments_and_seals_follow_the_specification() -> None:
    for part in VECTORS["parts"]:
        name, data, stored = part["name"].encode(), bytes.fromhex(part["data"]), bytes.fromhex(part["ciphertext"])
        commitment = sha(hkdf(SECRET[64:], b"whereof part salt v1\0" + name), data)
        assert commitment.hex() == part["commitment"]
        assert stored[:12] == hmac.digest(SECRET[32:64], name + b"\0" + commitment, "sha256")[:12]
        assert AESGCMSIV(SECRET[:32]).decrypt(stored[:12], stored[12:], name) == data
        assert SessionKeys.from_secret(SECRET).open(part["name"], stored, commitment) == data
        assert sha(stored).hex() == part["address"]


def test_list_and_root_follow_the_specification() -> None:
    rows = [{"commitment": p["commitment"], "name": p["name"], "size": len(p["data"]) // 2} for p in VECTORS["parts"]]
    assert json.dumps({"parts": rows, "version": 1}, separators=(",", ":")) == VECTORS["list"]
    assert sha(VECTORS["list"].encode()).hex() == VECTORS["list_sha256"]
    leaves = [sha(b"\0", r["name"].encode(), b"\0", bytes.fromhex(r["commitment"])) for r in rows]
    assert mth(leaves).hex() == VECTORS["root"]


def test_changed_files_follow_the_specification() -> None:
    changed = VECTORS["changed"]
    leaves = []
    for row in changed["files"]:
        path = bytes.fromhex(row["path"])
        leaves.append(len(path).to_bytes(4, "big") + path + row["mode"].encode() + bytes.fromhex(row["sha256"]))
    assert [leaf.hex() for leaf in leaves] == changed["leaves"]
    assert mth([sha(b"\0", leaf) for leaf in leaves]).hex() == changed["root"]
    assert changed["root_of_nothing"] == sha().hex()


def test_write_key_follows_the_specification() -> None:
    one, two = "a" * 40, "b" * 40
    message = b"whereof write key v1\0" + bytes(32) + f"{one}\0{two}\0{SESSION_V1}".encode()
    assert write_key(b"s", bytes(32), (two, one)) == hmac.new(b"s", message, "sha256").hexdigest()
    others = {
        write_key(*args) for args in ((b"t", bytes(32), (one,)), (b"s", bytes(32), (one,)), (b"s", b"\1" * 32, (one,)))
    }
    assert len(others | {write_key(b"s", bytes(32), ())}) == 4
