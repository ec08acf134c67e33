"""Promise: whatever is done to a note, checkpoint, cosignature, tile, proof or segment, its reader gives a value or an error
of ours, and no changed one is taken for what was signed.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.errors import AttestError
from attest.ledger.checkpoint import Checkpoint, c2sp_note, open_c2sp_note, parse_checkpoint
from attest.ledger.cosigned import open_cosigned, with_lines
from attest.ledger.fork import check_fork, parse_fork
from attest.ledger.index import (
    LiveSegment,
    Row,
    Segment,
    decode_live,
    encode_live,
    index_predicate,
    parse_index_predicate,
    parse_key_proof,
    prove_in,
    prove_key,
    verify_key,
)
from attest.ledger.index.merge import Source
from attest.ledger.note import (
    NoteAlgorithm,
    NoteKey,
    NoteSignature,
    NoteSigner,
    cosignature,
    cosigned_message,
    decode_vkey,
    encode_vkey,
    parse_note,
)
from attest.ledger.proof import inclusion_proof
from attest.ledger.tiles import TileReader, decode_bundle, encode_bundle
from attest.ledger.tlog_proof import parse_tlog_proof, tlog_proof, verify_tlog_proof
from attest.ledger.tree import Edge, leaf_hash, merkle_root
from attest.ledger.witness_policy import parse_policy
from attest.store.segment_file import SegmentFile, write_segment
from tests.fuzz.test_parsers import EDITS, JSON, PATH, edited, only_ours, planted
from tests.unit.ledger.naive_tree import reader

QUICK = settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
ORIGIN = "fuzz.example/logs/default"
ENTRIES = [b"entry %d" % number for number in range(11)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]
KEY = sha256(b"key").digest()


def key_of(secret: ed25519.Ed25519PrivateKey, name: str, algorithm: NoteAlgorithm) -> NoteKey:
    return NoteKey(
        name=name, algorithm=algorithm, public=secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    )


LOG = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
WITNESS = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
LOG_KEY = key_of(LOG, ORIGIN, NoteAlgorithm.ED25519)
WITNESS_KEY = key_of(WITNESS, "witness.example/w", NoteAlgorithm.COSIGNATURE_V1)


@cache
def note() -> str:
    head = Checkpoint(origin=ORIGIN, size=len(ENTRIES), root=merkle_root(HASHES))
    bare = c2sp_note(head, NoteSigner(key=LOG_KEY, sign=LOG.sign))
    text = bare.partition("\n\n")[0] + "\n"
    signed = cosignature(1_800_000_000, WITNESS.sign(cosigned_message(text.encode(), 1_800_000_000)))
    line = NoteSignature(name=WITNESS_KEY.name, key_id=WITNESS_KEY.key_id, signature=signed).encode()
    return with_lines(bare, [line])


@QUICK
@given(EDITS)
def test_edited_notes_are_refused_or_say_what_was_signed(edits: list[tuple[str, int, int]]) -> None:
    raw = edited(note().encode(), edits)
    only_ours(lambda: parse_note(raw))
    try:
        head, _ = open_c2sp_note(raw, LOG_KEY, (WITNESS_KEY,))
    except AttestError:
        return
    assert (head.size, head.root) == (len(ENTRIES), merkle_root(HASHES))


@QUICK
@given(EDITS)
def test_edited_cosignatures_never_give_another_time(edits: list[tuple[str, int, int]]) -> None:
    raw = note().encode()
    at = raw.rindex(b"\xe2\x80\x94")
    try:
        found = open_cosigned(raw[:at] + edited(raw[at:], edits), LOG_KEY, (WITNESS_KEY,))
    except AttestError:
        return
    assert {one.at for one in found.cosignatures} <= {1_800_000_000}


@QUICK
@given(EDITS, st.text(max_size=60))
def test_edited_checkpoints_keys_and_policies_are_read_or_refused(edits: list[tuple[str, int, int]], text: str) -> None:
    body = edited(note().partition("\n\n")[0].encode() + b"\n", edits).decode("utf-8", "surrogateescape")
    only_ours(lambda: parse_checkpoint(body))
    only_ours(lambda: parse_checkpoint(text))
    vkey = edited(encode_vkey(LOG_KEY).encode(), edits).decode("utf-8", "surrogateescape")
    only_ours(lambda: decode_vkey(vkey))
    only_ours(lambda: decode_vkey(text))
    policy = f"log {encode_vkey(LOG_KEY)}\nwitness w {encode_vkey(WITNESS_KEY)}\nquorum w\n".encode()
    only_ours(lambda: parse_policy(edited(policy, edits)))


@QUICK
@given(EDITS)
def test_edited_tlog_proofs_hold_only_for_the_entry(edits: list[tuple[str, int, int]]) -> None:
    good = tlog_proof(4, inclusion_proof(4, len(ENTRIES), reader(HASHES)), note())
    text = edited(good.encode(), edits).decode("utf-8", "surrogateescape")
    only_ours(lambda: parse_tlog_proof(text))
    for number, entry in enumerate(ENTRIES):
        try:
            verify_tlog_proof(parse_tlog_proof(text), leaf_hash(entry), LOG_KEY)
        except AttestError:
            continue
        assert number == 4


@QUICK
@given(EDITS, st.integers(0, 300))
def test_edited_tiles_and_bundles_are_read_or_refused(edits: list[tuple[str, int, int]], width: int) -> None:
    files = {"tile/entries/000.p/11": encode_bundle(ENTRIES), "tile/0/000.p/11": b"".join(HASHES)}
    changed = {path: edited(data, edits) for path, data in files.items()}
    only_ours(lambda: decode_bundle(changed["tile/entries/000.p/11"], width))
    tiles = TileReader(len(ENTRIES), changed.__getitem__)
    only_ours(lambda: tiles.entry(width % 13))
    only_ours(lambda: inclusion_proof(width % 13, len(ENTRIES), tiles.read))
    only_ours(lambda: Edge.decode(edited(Edge.from_hashes(HASHES).encode(), edits)))


@QUICK
@given(st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
def test_fork_proofs_of_strangers_are_read_or_refused(raw: bytes) -> None:
    only_ours(lambda: check_fork(parse_fork(raw)))


@cache
def segment() -> Segment:
    rows = [Row(key=sha256(b"%d" % (at % 9)).digest(), index=at, payload_hash=bytes(32)) for at in range(200)]
    rows += [Row(key=KEY, index=at, payload_hash=bytes(32)) for at in (3, 9, 27)]
    return Segment.from_rows(0, 200, rows)


@QUICK
@given(PATH, JSON)
def test_key_proofs_with_a_strange_member_are_refused_or_say_the_same(path: list[int], value: object) -> None:
    document = planted(prove_key(segment(), KEY).to_json(), path, value)
    try:
        proof = parse_key_proof(document if isinstance(document, dict) else {})
        found = verify_key(proof, KEY, segment().root, segment().row_count)
    except AttestError:
        return
    assert [row.index for row in found] == [3, 9, 27]


@QUICK
@given(EDITS, PATH, JSON)
def test_edited_lists_and_index_predicates_are_read_or_refused(
    edits: list[tuple[str, int, int]], path: list[int], value: object
) -> None:
    live = (LiveSegment.of(segment()),)
    only_ours(lambda: decode_live(edited(encode_live(live), edits)))
    document = planted(index_predicate(live), path, value)
    only_ours(lambda: parse_index_predicate(document if isinstance(document, dict) else {}))


@QUICK
@given(EDITS)
def test_edited_segment_files_prove_nothing_else(edits: list[tuple[str, int, int]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "1" / "0-200"
        live = write_segment(path, [Source(live=LiveSegment.of(segment()), rows=segment().data)], pause=lambda: None)
        path.write_bytes(edited(path.read_bytes(), edits))
        only_ours(lambda: SegmentFile.record(path))
        try:
            found = verify_key(prove_in(SegmentFile(path, live), KEY), KEY, live.root, live.rows)
        except AttestError:
            return
    assert [row.index for row in found] == [3, 9, 27]


@pytest.mark.parametrize("size", [0, 1])
def test_segment_file_that_is_nearly_empty_is_refused(size: int, tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"w" * size)
    with pytest.raises(AttestError):
        SegmentFile.record(tmp_path / "1")
