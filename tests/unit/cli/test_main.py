from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import attest
from attest.cli import main as module
from attest.cli.main import exit_code, main
from attest.cli.output import print_error, print_line
from attest.errors import (
    CATALOGUE,
    Absent,
    AttestError,
    CannotVerify,
    Conflict,
    InvalidInput,
    NotVerified,
    Quarantined,
    Refused,
)
from tests.support.claude import Transcript
from tests.support.evidence import Scene, make_scene


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(home)

    def call(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["whereof", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Done(int(caught.value.code or 0), out, err)

    return call


@pytest.fixture
def scene(home: Path) -> Scene:
    return make_scene(home)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Quarantined, 1),
        (InvalidInput, 2),
        (NotVerified, 3),
        (Absent, 4),
        (CannotVerify, 5),
        (Conflict, 5),
        (Refused, 5),
    ],
)
def test_every_family_of_errors_has_its_exit_code(kind: type[AttestError], code: int) -> None:
    assert exit_code(kind("input.malformed")) == code
    assert {k.__name__ for k in AttestError.__subclasses__()} == {
        "Quarantined", "InvalidInput", "NotVerified", "Absent", "CannotVerify", "Conflict", "Refused",
    }  # fmt: skip


def test_error_says_what_expected_got_where_and_next(capsys: pytest.CaptureFixture[str]) -> None:
    err = NotVerified("evidence.subject", "the what", expected="an \x1b[31mE", got="a\nG", where="the place")
    print_error(err, as_json=False)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "whereof: the what [evidence.subject]",
        "  expected an <U+001B>[31mE",
        "  got      a G",
        "  where    the place",
        f"  next     {CATALOGUE['evidence.subject'].remedy}",
    ]
    print_error(err, as_json=True)
    members = json.loads(capsys.readouterr().err)["error"]
    assert members["got"] == "a\nG"
    assert set(members) == {"code", "title", "what", "expected", "got", "where", "hint"}


def test_hostile_text_cannot_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_line("a\x1b]0;evil\x07b\u202ec\ud800")
    out = capsys.readouterr().out
    assert out == "a<U+001B>]0;evil<U+0007>b<U+202E>c<U+D800>\n"


@pytest.mark.parametrize(
    "arguments",
    [("nothing",), ("verify", "--unknown"), ("record",), ("verify-bundle", "x"), ("verify", "nothing"), ("verify", "--all"),
     ("verify", "HEAD..HEAD"), ("record", "--transcript", "none"), ("redact", "none"), ("verify", "--bundle", "none")],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(run: Run, scene: Scene, arguments: tuple[str, ...]) -> None:
    repo = ("--repo", str(scene.repo.path)) if arguments[0] in {"verify", "record"} else ()
    assert run(*arguments, *repo).code == 2


def test_unforeseen_failure_is_no_verdict_and_shows_no_words(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError("hunter2")

    monkeypatch.setattr(module, "_app", lambda _: fail)
    done = run("verify", "--json")
    assert done.code == 5
    assert json.loads(done.err)["error"]["code"] == "program.failed"
    assert "hunter2" not in done.err
    monkeypatch.setenv("WHEREOF_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        main()


def test_store_that_is_no_database_is_no_verdict(run: Run, home: Path) -> None:
    (home / "whereof").mkdir()
    (home / "whereof/whereof.db").write_bytes(b"not a database at all" * 100)
    assert run("status").code == 5


def test_interrupted_run_is_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_app", lambda _: stop)
    assert run("status").code == 130


def test_verify_tells_pass_absent_invalid_and_indeterminate_apart(run: Run, scene: Scene, tmp_path: Path) -> None:
    oid = scene.repo.git("rev-parse", "HEAD")
    base = ("verify", "HEAD", "--repo", str(scene.repo.path), "--trust", str(scene.trust))
    assert (run(*base).code, run(*base, "--json").json["verdict"]) == (4, "absent")
    good, bad, strange = tmp_path / "good", tmp_path / "bad", tmp_path / "strange"
    good.write_bytes(scene.good(oid))
    bad.write_bytes(scene.bundle(scene.statement(oid, git_tree="e" * 40)))
    strange.write_bytes(Scene(repo=scene.repo, home=tmp_path).good(oid))
    for path, code, word in ((good, 0, "pass"), (bad, 3, "invalid"), (strange, 5, "indeterminate")):
        done = run(*base, "--bundle", str(path), "-v")
        assert done.code == code
        assert f"\n{word}: " in done.out
        assert "not checked:" in done.out
        verdict = run(*base, "--bundle", str(path), "--json")
        assert (verdict.code, verdict.json["exit_code"], verdict.json["verdict"]) == (code, code, word)
        assert verdict.json["policy"]["mode"] == "enforce"  # type: ignore[index]


def test_verify_works_from_a_folder_below_the_top(run: Run, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.repo.write(".attest/trust/root.json", scene.trust.read_bytes())
    scene.repo.write("src/deep/f", b"1")
    scene.repo.commit("pin")
    scene.repo.write("f", b"4")
    oid = scene.repo.commit("after")
    path = scene.leave(oid, scene.good(oid))
    monkeypatch.chdir(scene.repo.path / "src/deep")
    assert run("verify", "--bundle", str(path)).code == 0


def test_every_command_speaks_json(run: Run, scene: Scene, home: Path, compiled: Path) -> None:
    shutil.copytree(compiled, home / "whereof" / "cache")
    tale = Transcript().prompt("Make room in the pond").edit("pond.py", "a = 1", "b = 2").raw(b'{"no": "type"}')
    tale.add("odd kind of record\x1b")
    (home / "t.jsonl").write_bytes(b"".join(tale.lines()))
    repo = ("--repo", str(scene.repo.path))
    recorded = run("record", "--transcript", "t.jsonl", "--commit", "HEAD", *repo, "--json")
    assert recorded.code == 0, recorded.err
    receipt = recorded.json
    assert run("record", "--transcript", "t.jsonl", "--commit", "HEAD", *repo, "--json").json == receipt
    oid = scene.repo.git("rev-parse", "HEAD")
    assert receipt["commits"] == [oid]
    assert run("show", "HEAD", *repo, "--json").code == 0
    assert run("show", str(receipt["attestation"]), "--json").json["data"] == [receipt]
    bundle = run("show", oid[:9], *repo, "--bundle").out
    predicate = json.loads(bundle)["dsseEnvelope"]
    assert predicate["payloadType"] == "application/vnd.in-toto+json"
    (home / "b.json").write_text(bundle)
    assert run("verify", *repo, "--json").json["verdict"] == "pass"
    assert run("status", "--json").json["attestations"] == 1
    assert run("fsck", "--json").code == 0
    assert "trusted_root.json" in run("export", "trust", "-o", "trust", "--json").out
    assert run("survey", *repo, "--json").json["commits"] == 2
    verdict = json.loads(run("verify", *repo, "--json").out)["evidence"][0]
    done = run(
        "verify-bundle", "--bundle", "b.json", "--trusted-root", "trust/trusted_root.json", "--identity",
        verdict["identity"], "--issuer", verdict["issuer"], "--json", f"sha256:{commit_digest(scene, oid)}",
    )  # fmt: skip
    assert (done.code, done.json["verdict"]) == (0, "pass")
    wrong = run(
        "verify-bundle", "--bundle", "b.json", "--trusted-root", "trust/trusted_root.json", "--identity", "x",
        "--issuer", verdict["issuer"], "--json", "sha256:" + "a" * 5000,
    )  # fmt: skip
    assert wrong.code in {2, 3}
    assert json.loads(wrong.err)["error"]["code"]
    assert run("show", "att_" + "0" * 64, "--json").code == 4


def commit_digest(scene: Scene, oid: str) -> str:
    return scene.repository.commit_facts(oid).object_sha256.hex()


def test_the_version_names_program_python_and_vectors_and_ends_with_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["whereof", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert f"whereof {attest.__version__}\n" in told
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}." in told
    assert re.search(r"ships [1-9]\d* vectors for `whereof selftest`: [1-9]\d* good, [1-9]\d* bad", told)
