"""A verifier that shares no line with `attest`: RFC 6962 and C2SP read word by word, standard library and cryptography.

Everything is an `assert` or an exception; nothing is returned that was not checked. Slow on purpose.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def mth(hashes: list[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    k = split(len(hashes))
    return hashlib.sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def split(width: int) -> int:
    k = 1
    while 2 * k < width:
        k *= 2
    return k


def root_from_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Fold an inclusion proof from the top, as RFC 6962 2.1.1 defines it."""
    if size == 1:
        assert not path
        return leaf
    k = split(size)
    if index < k:
        return hashlib.sha256(b"\x01" + root_from_path(leaf, index, k, path[:-1]) + path[-1]).digest()
    return hashlib.sha256(b"\x01" + path[-1] + root_from_path(leaf, index - k, size - k, path[:-1])).digest()


def open_note(note: str, name: str, public: bytes, *, spki: bool) -> tuple[str, int, bytes]:
    """Verify the line of one key (32-byte Ed25519, or P-256 SPKI) and give origin, size and root."""
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    key_id = hashlib.sha256(public if spki else name.encode() + b"\n\x01" + public).digest()[:4]
    raw = [base64.b64decode(line.split(" ")[2]) for line in lines.splitlines() if line.split(" ")[1] == name]
    (signature,) = [value[4:] for value in raw if value[:4] == key_id]
    if spki:
        load_der_public_key(public).verify(signature, text.encode(), ec.ECDSA(SHA256()))
    else:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    origin, size, root = text.splitlines()[:3]
    return origin, int(size), base64.b64decode(root)


def tile_name(number: int) -> str:
    digits = f"{number:d}".zfill(-(-len(str(number)) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*("x" + part for part in parts[:-1]), parts[-1]])


def read_log(folder: Path, size: int) -> list[bytes]:
    """Read all entries of a log from its entry bundles, and check every hash tile of that size against them."""
    entries: list[bytes] = []
    for number in range(-(-size // 256)):
        width = min(256, size - number * 256)
        data = (folder / "tile/entries" / (tile_name(number) + suffix(width))).read_bytes()
        while data:
            (length,) = struct.unpack(">H", data[:2])
            assert len(data) >= 2 + length
            entries.append(data[2 : 2 + length])
            data = data[2 + length :]
    assert len(entries) == size
    level, hashes = 0, [leaf_hash(entry) for entry in entries]
    while hashes:
        for number in range(-(-len(hashes) // 256)):
            part = hashes[number * 256 : (number + 1) * 256]
            path = folder / "tile" / str(level) / (tile_name(number) + suffix(len(part)))
            assert path.read_bytes() == b"".join(part), path
        hashes = [mth(hashes[at : at + 256]) for at in range(0, len(hashes) // 256 * 256, 256)]
        level += 1
    return entries


def suffix(width: int) -> str:
    return "" if width == 256 else f".p/{width}"


def rows_of(proof: dict, key: bytes, root: bytes, count: int) -> list[tuple[int, bytes]]:
    """Verify the JSON proof of one segment for a key; give (index, payload hash) of all its rows."""
    rows = [base64.b64decode(text) for text in proof["rows"]]
    hashes = [base64.b64decode(text) for text in proof["hashes"]]
    start, stop = proof["position"], proof["position"] + len(rows)

    def fold(low: int, high: int) -> bytes:
        if high <= start or low >= stop:
            return hashes.pop(0)
        if high - low == 1:
            return leaf_hash(rows[low - start])
        k = low + split(high - low)
        return hashlib.sha256(b"\x01" + fold(low, k) + fold(k, high)).digest()

    assert all(len(row) == 72 for row in rows)
    assert rows == sorted(set(rows))
    assert (fold(0, count) if count else hashlib.sha256(b"").digest()) == root
    assert not hashes
    assert count == 0 or rows
    assert start == 0 or rows[0][:32] < key
    assert stop == count or rows[-1][:32] > key
    return [(int.from_bytes(row[32:40], "big"), row[40:]) for row in rows if row[:32] == key]


def rows_of_log(
    live_list: bytes, proofs: list[dict], key: bytes, size: int, live_root: bytes
) -> list[tuple[int, bytes]]:
    """Verify that these proofs, one per live segment, give all rows of a key in the log of `size` entries."""
    header = b"whereof-live-segments/v1\n"
    assert live_list.startswith(header)
    body = live_list[len(header) :]
    records = [body[at : at + 57] for at in range(0, len(body), 57)]
    assert mth([leaf_hash(record) for record in records]) == live_root
    found, covered = [], 0
    for record, proof in zip(records, proofs, strict=True):
        _, first, end, count, root = struct.unpack(">BQQQ32s", record)
        assert first == covered == proof["first"]
        assert end == proof["end"]
        found += rows_of(proof, key, root, count)
        covered = end
    assert covered == size
    return found
