"""Promise: the program refuses the bad vectors it ships, notices when it does not, and then gives no verdict at all."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.cli.main import main
from attest.errors import CannotVerify, NotVerified
from attest.signing import selftest
from attest.signing.selftest import ALL, SMALL, own_selftest, run, vectors
from attest.usecases.verdict_json import verdict_json
from tests.support.evidence import make_scene
from tools import make_selftest
from tools.make_bundle_vectors import LIST, cases


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    own_selftest.cache_clear()
    yield
    own_selftest.cache_clear()


def test_what_is_shipped_are_the_listed_vectors() -> None:
    made = cases()
    for name, some in ((ALL, made), (SMALL, make_selftest.small(made))):
        shipped = (make_selftest.FOLDER / name).read_bytes()
        assert zlib.decompress(shipped) == make_selftest.document(some)
    listed = json.loads(LIST.read_text())
    assert {one.name: one.expected for one in vectors(ALL)} == {name: row["verdict"] for name, row in listed.items()}


def test_all_are_judged_as_they_must_be() -> None:
    asked = vectors(ALL)
    found = run(asked)
    assert found.holds
    assert found.wrong == ()
    assert found.taken + sum(count for _, count in found.refused) == len(asked)


def test_the_small_set_has_one_of_each_code_and_runs_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = {one.expected for one in vectors(ALL)} - {selftest.GOOD}
    assert dict(own_selftest().refused) == dict.fromkeys(codes, 1)
    monkeypatch.setattr(selftest, "run", None)
    assert own_selftest().taken == 2


def takes_all(*_arguments: object, **_named: object) -> None:
    """A verifier that looks at nothing."""


def refuses_all(*_arguments: object, **_named: object) -> None:
    raise NotVerified("evidence.signature")


def falls_over(*_arguments: object, **_named: object) -> None:
    raise RecursionError


@pytest.mark.parametrize("verifier", [takes_all, refuses_all, falls_over])
def test_a_verifier_that_judges_wrongly_is_noticed(monkeypatch: pytest.MonkeyPatch, verifier: object) -> None:
    monkeypatch.setattr(selftest, "verify_bundle", verifier)
    assert not run(vectors(ALL)).holds
    with pytest.raises(CannotVerify, match=r"program\.selftest"):
        own_selftest()


def test_the_command_says_each_class_and_ends_with_five_where_one_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ended(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["whereof", "selftest", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), capsys.readouterr().out

    code, said = ended()
    assert code == 0
    assert all(f"refused with {one.expected}" in said for one in vectors(ALL) if one.expected != selftest.GOOD)
    assert json.loads(ended("--json")[1])["result"] == "pass"
    monkeypatch.setattr(selftest, "verify_bundle", takes_all)
    code, said = ended()
    assert code == 5
    assert "BAD" in said


@pytest.mark.parametrize("damage", ["gone", "garbage", "cut", "empty"])
def test_vectors_that_are_not_whole_are_no_passing_test(
    damage: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    held = (make_selftest.FOLDER / SMALL).read_bytes()
    made = {"garbage": b"\x00" * 64, "cut": held[:-500], "empty": zlib.compress(make_selftest.document(()))}
    if damage in made:
        (folder / SMALL).write_bytes(made[damage])
    monkeypatch.setattr(selftest, "_FOLDER", folder)
    with pytest.raises(CannotVerify, match=r"program\.selftest"):
        own_selftest()


def test_every_verdict_carries_the_result_and_there_is_none_without(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(home)
    oid = scene.repo.git("rev-parse", "HEAD")
    scene.leave(oid, scene.good(oid))
    found = verdict_json(scene.verify(oid))
    assert (found["verdict"], found["selftest"]) == ("pass", own_selftest().to_json())
    own_selftest.cache_clear()
    monkeypatch.setattr(selftest, "verify_bundle", takes_all)
    with pytest.raises(CannotVerify, match=r"program\.selftest"):
        scene.verify(oid)
