"""The C2SP text of an inclusion proof: written by us and by tlog-scales alike."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from attest.errors import AttestError, NotVerified
from attest.ledger.checkpoint import Checkpoint, c2sp_note
from attest.ledger.note import NoteAlgorithm, NoteKey, NoteSigner, encode_vkey
from attest.ledger.proof import inclusion_proof
from attest.ledger.tiles import entry_bundles, hash_tiles
from attest.ledger.tlog_proof import MAX_PROOF_CHARS, TlogProof, parse_tlog_proof, tlog_proof, verify_tlog_proof
from attest.ledger.tree import EMPTY_EDGE, grow, leaf_hash

SECRET = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
KEY = NoteKey(
    name="heron.example/logs/default",
    algorithm=NoteAlgorithm.ED25519,
    public=SECRET.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
)
SIZE = 300
LEAVES = [b"leaf %d" % number for number in range(SIZE)]
GROWTH = grow(EMPTY_EDGE, [leaf_hash(leaf) for leaf in LEAVES])
NOTE = c2sp_note(Checkpoint(origin=KEY.name, size=SIZE, root=GROWTH.root), NoteSigner(key=KEY, sign=SECRET.sign))
VECTOR = Path(__file__).resolve().parents[3] / "docs/spec/vectors/tlog-proof.json"


def node(level: int, index: int) -> bytes:
    found = GROWTH.node(level, index)
    assert found is not None
    return found


def proof_of(index: int) -> str:
    return tlog_proof(index, inclusion_proof(index, SIZE, node), NOTE)


def test_proof_has_the_lines_of_the_specification_and_stays_as_it_is() -> None:
    text = proof_of(299)
    lines = text.split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 299"]
    assert lines[lines.index("") + 1 :] == NOTE.split("\n")
    assert lines.index("") - 2 == len(inclusion_proof(299, SIZE, node))
    vector = json.loads(VECTOR.read_bytes())
    assert vector == {"vkey": encode_vkey(KEY), "leaf": LEAVES[299].decode(), "proof": text}


def test_every_proof_is_read_back_and_holds_for_its_leaf_alone() -> None:
    for index in range(0, SIZE, 7):
        proof = parse_tlog_proof(proof_of(index))
        head, signed = verify_tlog_proof(proof, leaf_hash(LEAVES[index]), KEY)
        assert (head.size, head.root, signed) == (SIZE, GROWTH.root, (KEY,))
        with pytest.raises(NotVerified):
            verify_tlog_proof(proof, leaf_hash(LEAVES[index - 1]), KEY)


def test_no_changed_byte_gives_another_proof_that_holds() -> None:
    text = proof_of(130)
    leaf = leaf_hash(LEAVES[130])
    for at in range(len(text)):
        changed = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
        with pytest.raises(AttestError):
            verify_tlog_proof(parse_tlog_proof(changed), leaf, KEY)


@pytest.mark.parametrize(
    "text",
    [
        "", "c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v2\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 00\n\nnote\n", "c2sp.org/tlog-proof@v1\nindex -1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 1 \n\nnote\n", "c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AA==\n\nnote\n", "c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nnote\n", "c2sp.org/tlog-proof@v1\nindex 0\n" + "A" * 42 + "B=\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + ("A" * 43 + "=\n") * 64 + "\nnote\n", "x" * (MAX_PROOF_CHARS + 1),
        "c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\nnote\n",
    ],
)  # fmt: skip
def test_text_that_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(NotVerified) as caught:
        parse_tlog_proof(text)
    assert caught.value.code == "evidence.malformed"


@given(st.integers(0, 2**62), st.lists(st.binary(min_size=32, max_size=32), max_size=63), st.none() | st.binary())
def test_any_proof_is_read_back_the_same(index: int, hashes: list[bytes], extra: bytes | None) -> None:
    proof = TlogProof(index=index, hashes=tuple(hashes), note=NOTE, extra=extra)
    assert parse_tlog_proof(proof.encode()) == proof


@given(st.text(max_size=400))
def test_any_text_is_a_proof_of_one_spelling_or_refused(text: str) -> None:
    for one in (text, f"c2sp.org/tlog-proof@v1\n{text}"):
        with contextlib.suppress(NotVerified):
            assert parse_tlog_proof(one).encode() == one


def test_tlog_scales_writes_the_same_proofs_from_our_tiles(tmp_path: Path) -> None:
    cli = pytest.importorskip("tlog_scales.cli")
    for file in (*hash_tiles(0, SIZE, node), *entry_bundles(0, SIZE, LEAVES.__getitem__)):
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    (tmp_path / "checkpoint").write_text(NOTE, encoding="utf-8")
    for index in range(0, SIZE, 13):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            cli.cmd_gen_proof(SimpleNamespace(location=str(tmp_path), leaf_index=index))
        assert printed.getvalue() == proof_of(index)
