"""Checks a data directory by its files and its database alone: standard library, `naive.py`, and no line of `attest`.

Everything is an `assert`; `check(data)` gives the payloads of the log in order, parsed.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import struct
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.independent import naive

OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
INDEX = "https://whereof.dev/attestation/index/v1"


def check(data: Path) -> list[dict[str, Any]]:
    """Check log, notes, proofs and index of a data directory."""
    with closing(sqlite3.connect(f"file:{data / 'whereof.db'}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        (log,) = database.execute("SELECT * FROM log").fetchall()
        heads = {row["tree_size"]: row for row in database.execute("SELECT * FROM tree_head")}
        entries = database.execute("SELECT * FROM entry ORDER BY idx").fetchall()
        rows = {(row["key"], row["idx"], row["payload_hash"]) for row in database.execute("SELECT * FROM index_row")}
    folder = data / "logs" / log["log"]
    ed25519 = base64.b64decode(log["c2sp_vkey"].split("+", 2)[2])[1:]
    note = (folder / "checkpoint").read_text()
    origin, size, root = naive.open_note(note, log["origin"], ed25519, spki=False)
    assert (origin, size) == (log["origin"], max(heads))
    assert log["sigstore_key"] == _pinned_log_key(data)
    leaves = naive.read_log(folder, size)
    hashes = [naive.leaf_hash(leaf) for leaf in leaves]
    assert naive.mth(hashes) == root
    assert [row["idx"] for row in entries] == list(range(size))
    statements = [_entry(row, leaves[row["idx"]], heads[row["tree_size"]], log) for row in entries]
    for head in heads.values():
        assert head["root"] == naive.mth(hashes[: head["tree_size"]])
    _index(statements, entries, rows, heads)
    for file in (data / "bundles").glob("*/*.json"):
        _bundle(json.loads(file.read_bytes()), leaves, hashes)
    return statements


def _pinned_log_key(data: Path) -> bytes:
    (log,) = json.loads((data / "trust" / "trusted_root.json").read_bytes())["tlogs"]
    return base64.b64decode(log["publicKey"]["rawBytes"])


def _entry(row: sqlite3.Row, leaf: bytes, head: sqlite3.Row, log: sqlite3.Row) -> dict[str, Any]:
    assert row["body"] == leaf
    path = [row["proof"][at : at + 32] for at in range(0, len(row["proof"]), 32)]
    assert naive.root_from_path(naive.leaf_hash(leaf), row["idx"], head["tree_size"], path) == head["root"]
    told = naive.open_note(head["sigstore_note"], log["origin"], log["sigstore_key"], spki=True)
    assert told == (f"{log['origin']} - 1", head["tree_size"], head["root"])
    payload = base64.b64decode(json.loads(row["envelope"])["payload"])
    assert json.loads(leaf)["spec"]["payloadHash"] == {"algorithm": "sha256", "value": sha256(payload).hexdigest()}
    statement: dict[str, Any] = json.loads(payload) | {"digest": sha256(payload).digest()}
    return statement


def _index(
    statements: list[dict[str, Any]],
    entries: list[sqlite3.Row],
    rows: set[tuple[bytes, int, bytes]],
    heads: dict[int, sqlite3.Row],
) -> None:
    first, wanted = 0, set()
    for at, statement in enumerate(statements):
        if statement["predicateType"] != INDEX:
            wanted |= {(key, at, statement["digest"]) for key in keys(statement) if at}
            continue
        told = statement["predicate"]
        assert told["range"] == {"first": first, "end": at + 1}
        segment = sorted(
            key + index.to_bytes(8, "big") + digest for key, index, digest in wanted if first <= index <= at
        )
        assert told["segment"]["rows"] == len(segment)
        assert told["segment"]["root"] == naive.mth([naive.leaf_hash(row) for row in segment]).hex()
        live = heads[at + 1]["live"]
        assert sha256(live).hexdigest() == told["live"]["list"].removeprefix("sha256:")
        body = live.removeprefix(b"whereof-live-segments/v1\n")
        records = [body[start : start + 57] for start in range(0, len(body), 57)]
        assert naive.mth([naive.leaf_hash(record) for record in records]).hex() == told["live"]["root"]
        *_, count, root = struct.unpack(">BQQQ32s", records[-1])
        assert (count, root.hex()) == (len(segment), told["segment"]["root"])
        first = at + 1
    assert first == len(statements)
    assert rows == wanted


def keys(statement: dict[str, Any]) -> set[bytes]:
    """Derive the index keys of a statement as the specification says it."""
    terms = {("predicate-type", statement["predicateType"])}
    terms |= {("git-commit", commit["oid"]) for commit in statement["predicate"].get("commits", ())}
    for subject in statement["subject"]:
        if subject["name"].startswith("ses_"):
            terms.add(("session", subject["name"]))
        oid = subject.get("annotations", {}).get("gitCommit")
        if oid:
            terms.add(("git-commit", oid))
        locator, _, end = subject.get("uri", subject["name"]).rpartition("@")
        if locator.startswith("git+") and OID.fullmatch(end):
            terms.add(("repository", locator))
    return {sha256(f"{kind}\0{value}".encode()).digest() for kind, value in terms}


def _bundle(bundle: dict[str, Any], leaves: list[bytes], hashes: list[bytes]) -> None:
    (entry,) = bundle["verificationMaterial"]["tlogEntries"]
    index, proof = int(entry["logIndex"]), entry["inclusionProof"]
    assert base64.b64decode(entry["canonicalizedBody"]) == leaves[index]
    assert base64.b64decode(proof["rootHash"]) == naive.mth(hashes[: int(proof["treeSize"])])
