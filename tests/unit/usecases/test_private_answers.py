"""Complete answers, evidence bundles and `fsck` of a private log: with its key all holds, without it nothing is said."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from attest.cli.index_keys import index_key_source
from attest.clock import SystemClock, SystemEntropy
from attest.evidence.bundle.question import Asked, Question
from attest.evidence.bundle.result import State
from attest.evidence.bundle.verify import Outside, verify_file
from attest.evidence.shipped import verify_py
from attest.ledger.index import IndexKeys
from attest.ledger.index.keying import encode_key_file
from attest.model.verdict import CommitVerdict, Verdict
from attest.settings import Settings
from attest.usecases.create_bundle import BundleRequest, create_bundle
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import assemble_instance
from attest.usecases.verify import verify_commit
from attest.usecases.verify_range import verify_range
from tests.support.evidence import make_scene
from tests.support.ledger import DENY, Ledger, reason

SEALED = "the log is private: its index key is not here (--index-key FILE)"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    home = tmp_path_factory.mktemp("private")
    made = Ledger(scene=make_scene(home), home=home, private=True)
    made.policy(DENY)
    yield made
    made.instance.engine.dispose()


@pytest.fixture(scope="module")
def oid(ledger: Ledger) -> str:
    found = ledger.change("src/a")
    ledger.leave(found, ledger.session(found))
    return found


def secret_of(ledger: Ledger) -> bytes:
    secret = ledger.instance.log.keying.secret
    assert secret is not None
    return secret


def judged(ledger: Ledger, oid: str, *secrets: bytes) -> CommitVerdict:
    request = ledger.request(oid, ledger.save(ledger.answer(oid)))
    return verify_commit(replace(request, index_keys=lambda: IndexKeys.of(secrets)))


def test_answer_of_a_private_log_decides_for_who_holds_its_key(ledger: Ledger, oid: str) -> None:
    found = judged(ledger, oid, b"x" * 32, secret_of(ledger))
    assert (found.verdict, found.exit_code) == (Verdict.PASS, 0)


@pytest.mark.parametrize(("secrets", "words"), [((), "no key"), ((b"x" * 32,), "none of the 1 keys here")])
def test_without_the_key_it_decides_nothing_and_says_what_to_do(
    ledger: Ledger, oid: str, secrets: tuple[bytes, ...], words: str
) -> None:
    found = judged(ledger, oid, *secrets)
    assert (found.verdict, found.exit_code) == (Verdict.INDETERMINATE, 5)
    text = f"{reason(found, 'access.deny.secret').against} {reason(found, 'access.deny.secret').detail}"
    assert "evidence.index-key" in text
    assert words in text
    assert not any(one.hex() in text for one in secrets)


def test_range_takes_the_key_as_well(ledger: Ledger, oid: str) -> None:
    request = ledger.request(f"{oid}^..{oid}", ledger.save(ledger.answer(oid)))
    held = replace(request, index_keys=lambda: IndexKeys.of([secret_of(ledger)]))
    assert verify_range(held).commits[0].verdict is Verdict.PASS
    assert verify_range(request).commits[0].verdict is Verdict.INDETERMINATE


def test_keys_are_found_where_they_are_kept(ledger: Ledger, tmp_path: Path) -> None:
    name = ledger.instance.log.keying.name
    own = ledger.instance.settings
    assert index_key_source(own)().keying(name).secret == secret_of(ledger)  # the machine of the log itself
    (tmp_path / "index-keys").mkdir()
    (tmp_path / "index-keys" / "a.key").write_bytes(encode_key_file(secret_of(ledger)))
    assert index_key_source(Settings(home=tmp_path))().keying(name).secret == secret_of(ledger)
    named = tmp_path / "index-keys" / "a.key"
    assert index_key_source(Settings(home=tmp_path / "none"), (named,))().keying(name).secret == secret_of(ledger)


def bundle(ledger: Ledger, oid: str, tmp_path: Path, *, with_key: bool) -> Path:
    question, path = Question(kind=Asked.COMMITS, values=(oid,), asked=oid), tmp_path / "b"
    create_bundle(
        ledger.instance, BundleRequest(question=question, output=path, index_key=with_key), lambda _a, _b: None
    )
    return path


@pytest.mark.parametrize(("with_key", "given", "code"), [(True, False, 0), (False, True, 0), (False, False, 5)])
def test_bundle_of_a_private_log_is_checked_with_its_key(
    ledger: Ledger, oid: str, tmp_path: Path, *, with_key: bool, given: bool, code: int
) -> None:
    path = bundle(ledger, oid, tmp_path, with_key=with_key)
    keys = IndexKeys.of([secret_of(ledger)] if given else [])
    result = verify_file(path, Outside(trust=ledger.trust, index_keys=keys), lambda _a, _b: None)
    assert (result.exit_code, result.failures) == (code, [])
    assert (result.said["complete"] == (State.NOT_CHECKED, SEALED)) is (code == 5)
    assert (secret_of(ledger).hex().encode() in path.read_bytes()) is with_key

    (tmp_path / "verify.py").write_bytes(verify_py())
    (tmp_path / "k").write_bytes(encode_key_file(secret_of(ledger)))
    command = [sys.executable, "-I", "verify.py", "b", "--trust", str(ledger.trust)]
    command += ["--index-key", "k"] if given else []
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (code, "")
    assert (SEALED in done.stdout) is (code == 5)


def test_fsck_makes_the_rows_again_or_counts_them(ledger: Ledger, oid: str) -> None:
    depth = FsckDepth(index=True)
    whole = fsck(ledger.instance, depth, on_progress=lambda _a, _b: None)
    assert not [one for one in whole.problems if "index" in one]  # a session without its parts is named, as made
    assert not any("index key" in one for one in whole.not_checked)
    kept = ledger.instance.settings.keys_dir / "index" / "ten_local" / "default.json"
    kept.rename(kept.with_suffix(".away"))
    try:
        blind = assemble_instance(ledger.instance.settings, clock=SystemClock(), entropy=SystemEntropy())
        found = fsck(blind, depth, on_progress=lambda _a, _b: None)
        blind.engine.dispose()
    finally:
        kept.with_suffix(".away").rename(kept)
    assert found.problems == whole.problems
    assert any("keys of the index rows of 1 entries" in one for one in found.not_checked)
