"""Witnesses, stamps of heads, and index keys from outside: every verifier says of them what ours says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from attest.ledger.cosigned import Cosignature
from attest.ledger.index.keying import encode_key_file
from attest.ledger.note import encode_vkey
from attest.signing.embedded.tsa import parse_request
from attest.store.cosignatures import keep_cosignatures
from attest.store.index_state import newest_index
from attest.store.log_reader import LogReader
from attest.usecases import anchor_kinds as kinds
from attest.usecases.anchor import Anchored, anchor_head
from tests.support.cosigning import AT, ONE, TWO, Cosigner
from tests.support.evidence_bundles import Recorded, bundle_from, files_of, record_log
from tests.support.evidence_tampers import HEAD_TAMPERS
from tests.support.signing import World, make_world
from tests.support.verifiers import Case, by_ours, by_page, by_shell, by_standalone

NAMES = ("a", "b", "own")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """A log whose head has witnesses and stamps, and files that pin them."""

    log: Recorded
    raw: bytes
    folder: Path
    witnesses: tuple[Cosigner, ...]
    stampers: Path

    def policy(self, quorum: str, *, vkey: str | None = None) -> Path:
        """Write a policy that names all witnesses."""
        path = self.folder / f"{len(list(self.folder.iterdir()))}.policy"
        lines = [f"log {vkey or self.log.instance.services.log.verifier_key}"]
        lines += [f"witness {n} {encode_vkey(w.key)}" for n, w in zip(NAMES, self.witnesses, strict=True)]
        lines += [f"witness away {encode_vkey(Cosigner('away.example.test/w').key)}", "group both all a b"]
        path.write_text("\n".join([*lines, "group four 1 own away", f"quorum {quorum}", ""]), encoding="utf-8")
        return path


def stamped(world: World, note: bytes) -> Anchored:
    token = world.instance.tsa.respond(parse_request(kinds.timestamp_request(note)), now=world.clock.now(), serial=7)
    return kinds.read_timestamp(note, token, "tsa.example.test")


@pytest.fixture(scope="module")
def cosigned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cosigned]:
    folder = tmp_path_factory.mktemp("pins")
    log, outside, other = record_log(tmp_path_factory.mktemp("log")), make_world(), make_world()
    instance = log.instance
    for world in (other, outside):
        anchor_head(instance, partial(stamped, world))
    size = newest_index(instance.engine, instance.scope, instance.log).tree_size
    head = LogReader(instance.engine, instance.scope, instance.log.name).head(size)
    assert head is not None
    own = Cosigner(instance.services.log.origin.partition("/")[0] + "/witness")
    witnesses = (ONE, TWO, own)
    kept = [Cosignature(key=one.key, at=AT, line=one.line(head.c2sp_note)) for one in (own, ONE, TWO)]
    place = (instance.engine, instance.scope, instance.log.name)
    keep_cosignatures(*place, tree_size=size, cosignatures=kept)
    stampers = folder / "stampers.json"
    stampers.write_bytes(outside.instance.trusted_root)
    yield Cosigned(log=log, raw=log.make(log.commits()), folder=folder, witnesses=witnesses, stampers=stampers)
    instance.engine.dispose()


@pytest.fixture(scope="module")
def cases(cosigned: Cosigned, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """Every pin that can be given, and every change that only a pin finds."""
    folder = tmp_path_factory.mktemp("cases")
    log, both = cosigned.log, cosigned.policy("both")
    files = {name: files_of(cosigned.raw) for name in HEAD_TAMPERS}
    for name, (tamper, _, _) in HEAD_TAMPERS.items():
        tamper(files[name], log)
    bare = files_of(cosigned.raw)
    bare["data/head/checkpoint"] = b"".join(bare["data/head/checkpoint"].splitlines(True)[:5])
    del bare["data/anchors.jsonl"]
    made = {"good": cosigned.raw, "bare": bundle_from(bare)} | {name: bundle_from(one) for name, one in files.items()}
    found = {}
    for number, (name, raw) in enumerate(made.items()):
        path = folder / f"{number}.bundle"
        path.write_bytes(raw)
        found[name] = Case(path=path, trust=log.trust, policy=both, anchors=cosigned.stampers)
    good = found["good"]
    stranger = make_world().instance.log.verifier_key
    same_name = Cosigner(log.instance.services.log.origin)
    forged = encode_vkey(replace(same_name.key, algorithm=type(same_name.key.algorithm).ED25519))
    return found | {
        "nothing pinned": replace(good, policy=None, anchors=None),
        "quorum of none": replace(good, policy=cosigned.policy("none")),
        "quorum of the operator": replace(good, policy=cosigned.policy("own")),
        "quorum of who is away": replace(good, policy=cosigned.policy("four")),
        "policy of another log": replace(good, policy=cosigned.policy("both", vkey=stranger)),
        "policy with another key": replace(good, policy=cosigned.policy("both", vkey=forged)),
        "stamps by the operator": replace(good, anchors=log.trust),
    }


def test_ours_counts_pinned_witnesses_and_stamps(cases: dict[str, Case]) -> None:
    code, failed, _, lines = by_ours(cases["good"])
    assert (code, failed) == (0, set())
    assert lines["witnesses:"].endswith("counted: a, b; of the log's own operator, so not counted: own")
    assert "1 of 2 are by a pinned authority: the first " in lines["anchors:"]


def test_ours_finds_each_change_that_a_pin_finds(cases: dict[str, Case]) -> None:
    for name, (_, claims, place) in HEAD_TAMPERS.items():
        code, failed, places, _ = by_ours(cases[name])
        assert (name, code, failed, places) == (name, 3, claims, {place})


def test_what_is_pinned_and_not_there_decides_nothing(cases: dict[str, Case]) -> None:
    codes = {name: by_ours(case)[0] for name, case in cases.items() if name not in HEAD_TAMPERS}
    valid = {"good", "nothing pinned", "quorum of none"}
    assert {name for name, code in codes.items() if code == 0} == valid
    assert {name for name, code in codes.items() if code == 3} == {"policy with another key"}


def test_standalone_agrees_on_pins(cases: dict[str, Case]) -> None:
    differ = {name: (by_standalone(case), by_ours(case)) for name, case in cases.items()}
    assert {name: pair for name, pair in differ.items() if pair[0] != pair[1]} == {}


def test_page_agrees_on_pins(require: Callable[..., None], cases: dict[str, Case], tmp_path: Path) -> None:
    require("node")
    found = dict(zip(cases, by_page(list(cases.values()), tmp_path / "verifier.js"), strict=True))
    assert {name: (one, by_ours(cases[name])) for name, one in found.items() if one != by_ours(cases[name])} == {}


SHORT = ("good", "cosignature changed", "stamp of a head changed")


def test_shell_agrees_on_pins(require: Callable[..., None], cases: dict[str, Case], tmp_path: Path) -> None:
    for program in ("dash", "jq", "openssl"):
        require(program)
    names = list(cases) if os.environ.get("WHEREOF_ALL_BUNDLES") == "1" else SHORT
    found = {name: by_shell(cases[name], tmp_path) for name in names}
    assert {name: (one, by_ours(cases[name])) for name, one in found.items() if one != by_ours(cases[name])} == {}


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Case, Case]]:
    """A private log's bundle with its index key, and with another."""
    folder = tmp_path_factory.mktemp("private")
    log = record_log(tmp_path_factory.mktemp("log"), private=True)
    secret = log.instance.log.keying.secret
    assert secret is not None
    paths = [folder / name for name in ("right.key", "wrong.key", "made.bundle")]
    for path, data in zip(paths, (secret, bytes(32)), strict=False):
        path.write_bytes(encode_key_file(data))
    paths[2].write_bytes(log.make(log.commits()))
    yield (
        Case(path=paths[2], trust=log.trust, key=paths[0]),
        Case(path=paths[2], trust=log.trust, key=paths[1]),
    )
    log.instance.engine.dispose()


def test_index_key_decides_a_private_bundle_for_each_verifier(
    require: Callable[..., None], private: tuple[Case, Case], tmp_path: Path
) -> None:
    for program in ("dash", "jq", "openssl", "node"):
        require(program)
    right, wrong = private
    pages = by_page([right, wrong], tmp_path / "verifier.js")
    by_right = [by_ours(right)[:3], by_standalone(right)[:3], pages[0][:3], by_shell(right, tmp_path)[:3]]
    assert by_right == [(0, set(), set())] * 4
    by_wrong = [by_ours(wrong)[:3], by_standalone(wrong)[:3], pages[1][:3], by_shell(wrong, tmp_path)[:3]]
    assert by_wrong == [(5, set(), set())] * 4
