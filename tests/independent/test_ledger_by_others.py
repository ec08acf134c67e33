"""What the ledger writes, verified by code that imports nothing of it: `naive.py`, and tlog-scales from PyPI."""

from __future__ import annotations

import base64
import importlib
import json
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from attest.ledger.checkpoint import Checkpoint, c2sp_note, sigstore_note
from attest.ledger.index import index_key, index_keys, prove_key
from attest.ledger.index.keys import KeyKind
from attest.ledger.note import NoteAlgorithm, NoteKey, NoteSigner, encode_vkey
from attest.ledger.proof import consistency_proof, inclusion_proof
from attest.ledger.sequence import Entry, GroupCommit, LogState, sequence_group
from attest.ledger.tiles import TileReader, entry_bundles, hash_tiles
from attest.ledger.tree import EMPTY_EDGE, leaf_hash
from attest.model.ports import LeafParts
from attest.model.statement import Subject
from tests.independent import naive

ORIGIN = "0123456789abcdef.whereof.invalid/logs/default"
GROUPS = (1, 3, 250, 1, 60, 700)
ED_SECRET = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
ED = NoteSigner(
    key=NoteKey(
        name=ORIGIN,
        algorithm=NoteAlgorithm.ED25519,
        public=ED_SECRET.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
    ),
    sign=ED_SECRET.sign,
)
EC_SECRET = ec.derive_private_key(9, ec.SECP256R1())
EC = NoteSigner(
    key=NoteKey(
        name=ORIGIN,
        algorithm=NoteAlgorithm.ECDSA_P256,
        public=EC_SECRET.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ),
    sign=lambda text: EC_SECRET.sign(text, ec.ECDSA(SHA256())),
)


def statement(number: int) -> dict[str, object]:
    return {"predicateType": f"type {number % 7}"}


def sign(raw: bytes) -> LeafParts:
    return LeafParts(body=b"index " + sha256(raw).digest(), envelope=raw, certificate=b"", token=None)


def entry(number: int) -> Entry:
    leaf = b"entry %d " % number * (number % 5)
    return Entry(leaf=leaf or b"-", keys=index_keys(statement(number)), payload_hash=sha256(b"%d" % number).digest())


ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[GroupCommit]]:
    folder = tmp_path_factory.mktemp("log")
    state, commits, leaves, number = LogState(edge=EMPTY_EDGE, live=()), [], [], 0
    subject = Subject(name=ORIGIN, sha256=sha256(encode_vkey(ED.key).encode()).hexdigest())
    for count in GROUPS:
        commit = sequence_group(state, [entry(number + at) for at in range(count)], log=subject, sign=sign)
        leaves += commit.leaves
        number += count
        old, new = state.edge.size, commit.state.edge.size
        nodes = [commit.growth, *(earlier.growth for earlier in commits)]

        def read(level: int, index: int, nodes: list = nodes) -> bytes:
            return next(node for growth in nodes if (node := growth.node(level, index)))

        for file in (*hash_tiles(old, new, read), *entry_bundles(old, new, leaves.__getitem__)):
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
        state = commit.state
        commits.append(commit)
    head = Checkpoint(origin=ORIGIN, size=state.edge.size, root=state.edge.root)
    (folder / "checkpoint").write_text(c2sp_note(head, ED), encoding="utf-8")
    (folder / "sigstore").write_text(sigstore_note(head, EC), encoding="utf-8")
    return folder, commits


def test_naive_verifier_rebuilds_the_tree_from_files_and_opens_both_notes(log: tuple[Path, list[GroupCommit]]) -> None:
    folder, _ = log
    note = (folder / "checkpoint").read_text(encoding="utf-8")
    origin, size, root = naive.open_note(note, ORIGIN, ED.key.public, spki=False)
    assert origin == ORIGIN
    hashes = [naive.leaf_hash(leaf) for leaf in naive.read_log(folder, size)]
    assert naive.mth(hashes) == root
    other = (folder / "sigstore").read_text(encoding="utf-8")
    assert naive.open_note(other, ORIGIN, EC.key.public, spki=True) == (f"{ORIGIN} - 1", size, root)
    with pytest.raises(InvalidSignature):
        naive.open_note(note.replace("\n1", "\n2", 1), ORIGIN, ED.key.public, spki=False)


def test_naive_verifier_accepts_the_proofs_of_every_group(log: tuple[Path, list[GroupCommit]]) -> None:
    _, commits = log
    for commit in commits:
        size = commit.state.edge.size
        start = size - len(commit.leaves)
        for at, hashes in enumerate(commit.paths):
            leaf, path = (
                naive.leaf_hash(commit.leaves[at]),
                [hashes[one : one + 32] for one in range(0, len(hashes), 32)],
            )
            assert naive.root_from_path(leaf, start + at, size, path) == commit.growth.root
            assert naive.root_from_path(leaf[::-1], start + at, size, path) != commit.growth.root


def test_naive_verifier_accepts_complete_answers_and_no_shortened_one(log: tuple[Path, list[GroupCommit]]) -> None:
    _, commits = log
    blob, size = commits[-1].live_blob, commits[-1].state.edge.size
    live_root = bytes.fromhex(json.loads(commits[-1].index_statement.raw)["predicate"]["live"]["root"])
    for kind in range(8):
        key = index_key(KeyKind.PREDICATE_TYPE, f"type {kind}")
        proofs = [prove_key(commit.segment, key).to_json() for commit in commits]
        rows = naive.rows_of_log(blob, proofs, key, size, live_root)
        numbers = [number for number in range(sum(GROUPS)) if number % 7 == kind]
        assert [payload for _, payload in rows] == [sha256(b"%d" % number).digest() for number in numbers]
        with pytest.raises((AssertionError, ValueError, IndexError)):
            naive.rows_of_log(blob, proofs[:-1], key, size, live_root)
    proofs[-1]["rows"].pop()
    with pytest.raises((AssertionError, ValueError, IndexError)):
        naive.rows_of_log(blob, proofs, key, size, live_root)


def test_tlog_scales_reads_our_tiles_checkpoint_and_proofs(log: tuple[Path, list[GroupCommit]]) -> None:
    backend = pytest.importorskip("tlog_scales.backend")
    reader_module = pytest.importorskip("tlog_scales.reader")
    signing = pytest.importorskip("tlog_scales.signing")
    tlog = pytest.importorskip("tlog_scales.tlog")
    folder, commits = log
    reader = reader_module.TilesReader(backend.LocalBackend(folder))
    head = reader.get_checkpoint()
    head.verify(signing.Vkey.from_string(encode_vkey(ED.key)))
    assert reader.calculate_root_hash() == head.root_hash

    ours = TileReader(head.size, lambda path: (folder / path).read_bytes())
    for index in range(0, head.size, 13):
        leaf = reader.get_entry(index)
        assert leaf == ours.entry(index)
        path = list(inclusion_proof(index, head.size, ours.read))
        assert path == reader.get_inclusion_proof(index, head.size).node_hashes
        tlog.InclusionProof(index, head.size, path).check(leaf_hash(leaf), head.root_hash)
    for commit in commits:
        old = commit.state.edge.size
        proof = tlog.ConsistencyProof(old, head.size, list(consistency_proof(old, head.size, ours.read)))
        proof.check(commit.growth.root, head.root_hash)
        assert tlog.ConsistencyProof.__eq__(proof, reader.get_consistency_proof(old, head.size))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_scitt_cose_accepts_our_proofs_and_none_with_a_changed_byte(
    log: tuple[Path, list[GroupCommit]], require: Callable[..., None]
) -> None:
    require("scitt-cose", find_spec("scitt_cose") is not None)
    merkle = importlib.import_module("scitt_cose.merkle")
    folder, commits = log
    head = commits[-1].state.edge
    ours = TileReader(head.size, lambda path: (folder / path).read_bytes())
    for index in range(0, head.size, 29):
        path = [value.hex() for value in inclusion_proof(index, head.size, ours.read)]
        leaf = ours.entry(index)
        assert merkle.verify_inclusion(leaf.hex(), index, head.size, path, head.root.hex())
        assert not merkle.verify_inclusion(flipped(leaf, 0).hex(), index, head.size, path, head.root.hex())
        changed = [flipped(bytes.fromhex(path[0]), 31).hex(), *path[1:]]
        assert not merkle.verify_inclusion(leaf.hex(), index, head.size, changed, head.root.hex())
    for commit in commits[:-1]:
        old, root = commit.state.edge.size, commit.growth.root.hex()
        proof = [value.hex() for value in consistency_proof(old, head.size, ours.read)]
        assert merkle.verify_consistency(root, head.root.hex(), old, head.size, proof)
        changed = [flipped(bytes.fromhex(proof[0]), 0).hex(), *proof[1:]]
        assert not merkle.verify_consistency(root, head.root.hex(), old, head.size, changed)


def test_sigstore_js_accepts_our_proofs_and_none_with_a_changed_byte(
    log: tuple[Path, list[GroupCommit]], require: Callable[..., None], tmp_path: Path
) -> None:
    require("node")
    require("sigstore-js", (ROOT / "js/node_modules/@sigstore/verify/dist/tlog/merkle.js").is_file())
    folder, commits = log
    head = commits[-1].state.edge
    ours = TileReader(head.size, lambda path: (folder / path).read_bytes())
    cases, expected = [], []
    for index in range(0, head.size, 29):
        path, leaf = list(inclusion_proof(index, head.size, ours.read)), ours.entry(index)
        for good, hashes, body, root in (
            (True, path, leaf, head.root),
            (False, [flipped(path[0], 0), *path[1:]], leaf, head.root),
            (False, path[:-1], leaf, head.root),
            (False, path, flipped(leaf, 0), head.root),
            (False, path, leaf, flipped(head.root, 31)),
        ):
            case = {"index": index, "size": head.size, "root": root.hex(), "leaf": body.hex()}
            cases.append(case | {"hashes": [value.hex() for value in hashes]})
            expected.append(good)
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    run = subprocess.run(
        ["node", str(ROOT / "js" / "merkle.mjs"), str(tmp_path / "cases.json")],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert json.loads(run.stdout) == expected


@pytest.fixture(scope="module")
def go_check(tmp_path_factory: pytest.TempPathFactory, require: Callable[..., None]) -> Path:
    """Build the Go program, from modules that are here already or that Go's own proxy gives."""
    require("go")
    program = tmp_path_factory.mktemp("go") / "peercheck"
    build = subprocess.run(
        ["go", "build", "-mod=readonly", "-o", str(program), "."],
        cwd=ROOT / "go",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    require("golang.org/x/mod", build.returncode == 0)
    return program


def test_go_accepts_our_log_and_refuses_it_with_one_changed_byte(
    log: tuple[Path, list[GroupCommit]], go_check: Path, tmp_path: Path
) -> None:
    """Every entry is proved from our tiles by Go's own tlog, and an earlier head; the checkpoint is opened by its note."""
    folder, commits = log
    old = commits[3].state.edge
    copy = Path(shutil.copytree(folder, tmp_path / "log"))

    def run(*changed: str) -> tuple[int, str]:
        arguments = [str(copy), encode_vkey(ED.key), str(old.size), base64.b64encode(old.root).decode()]
        for at, value in enumerate(changed):
            arguments[at + 1] = value or arguments[at + 1]
        done = subprocess.run([str(go_check), *arguments], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout

    assert run() == (0, "accepted\n")
    other = NoteKey(name=ORIGIN, algorithm=NoteAlgorithm.ED25519, public=bytes(31) + b"\1")
    assert run(encode_vkey(other))[0] == 1
    assert run("", "", base64.b64encode(flipped(old.root, 5)).decode())[0] == 1
    assert run("", str(old.size + 1))[0] == 1
    last = [path for path in copy.rglob("*") if path.is_file() and "/tile/" in str(path) and ".p/" not in str(path)]
    size = commits[-1].state.edge.size
    final = [copy / "checkpoint", *(copy / f"tile/{level}/003.p/{size % 256}" for level in ("0", "entries")), *last]
    for path in final:
        data = path.read_bytes()
        for at in (len(data) // 2, len(data) - 2):
            path.write_bytes(flipped(data, at))
            assert run()[0] == 1, (path, at)
        path.write_bytes(data)
    assert run() == (0, "accepted\n")
