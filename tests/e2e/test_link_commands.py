"""The commands about links, as a person types them: text that can be read, JSON that can be parsed, exit codes that hold."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from attest.cli.main import main
from tests.support.claude import Transcript as Story
from tests.support.entire import Checkpoints, StoredSession
from tests.support.recording import Clone, git, make_clone, write_story
from tests.support.repository import GitRepository

CODE = "".join(f"room_{i} = 'a place for duck number {i}'\n" for i in range(6))
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give `run(*words)`: exit code, output and errors of the command line in this process."""
    monkeypatch.setenv("WHEREOF_HOME", str(data))

    def call(*words: str | Path, stdin: bytes = b"") -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["whereof", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return call


@pytest.fixture
def recorded(run: Run, tmp_path: Path) -> Clone:
    made = make_clone(tmp_path / "pond", text=CODE)
    tale = Story()
    tale.prompt("Make room for six ducks in the pond.")
    tale.edit("/home/ada/pond/pond.py", "ducks = 2\n", CODE)
    code, _, err = run(
        "record", "--transcript", write_story(tmp_path / "s.jsonl", tale), "--commit", "HEAD", "--repo", made.path
    )
    assert code == 0, err
    return made


def test_links_carry_why_and_link_speak_of_one_session(run: Run, recorded: Clone) -> None:
    git(recorded.path, "branch", "before")
    git(recorded.path, "commit", "-q", "--amend", "-m", "Make room")
    new = git(recorded.path, "rev-parse", "HEAD")
    code, out, _ = run("carry", "--pairs", "-", "--repo", recorded.path, stdin=f"{recorded.oid} {new}\n".encode())
    assert code == 0
    assert f"{recorded.oid[:12]} -> {new[:12]}  post-rewrite@1  strong" in out
    code, out, _ = run(
        "carry", "--onto", "HEAD", "--from", f"{recorded.oid}~1..before", "--repo", recorded.path, "--json"
    )
    assert code == 0
    assert json.loads(out)["rewrites"][0]["method"] == "patch-id@1"
    code, out, _ = run("links", "HEAD", "--repo", recorded.path)
    assert code == 0
    assert "rewritten" in out
    assert "1 of 1 commits are linked" in out
    session = json.loads(run("links", "HEAD", "--repo", recorded.path, "--json")[1])["data"][0]["links"][0]["session"]
    code, out, _ = run("why", "pond.py:2", "--repo", recorded.path)
    assert code == 0
    assert session in out
    assert "asked     [" in out
    assert "approved  not known" in out
    assert json.loads(run("why", "pond.py:2", "--repo", recorded.path, "--json")[1])["sessions"][0]["event"] is not None
    code, out, _ = run("link", "HEAD", session, "--repo", recorded.path)
    assert code == 0
    assert "100% of its lines were written in the session" in out
    code, out, _ = run("show", "HEAD", "--repo", recorded.path)
    assert code == 0
    assert f"rewritten from {recorded.oid[:12]}" in out.replace("\n", " ").replace("  ", " ")


def test_wrong_usage_is_two_and_what_is_not_there_is_said(run: Run, recorded: Clone) -> None:
    assert run("why", "pond.py", "--repo", recorded.path)[0] == 2
    assert run("why", "pond.py:999", "--repo", recorded.path)[0] == 2
    assert run("links", "nowhere", "--repo", recorded.path)[0] == 2
    assert run("links", "--output=x", "--repo", recorded.path)[0] == 2
    assert run("carry", "--pairs", "-", "--repo", recorded.path, stdin=b"one two\n")[0] == 2
    assert run("carry", "--pairs", recorded.path / "none", "--repo", recorded.path)[0] == 2
    assert run("link", "HEAD", "ses_01JZZZZZZZZZZZZZZZZZZZZZZZ", "--repo", recorded.path)[0] == 4
    assert run("import", "entire", "--since", "lately", "--repo", recorded.path)[0] == 2


def test_reading_links_makes_no_instance(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_clone(tmp_path / "plain")
    empty = tmp_path / "empty"
    monkeypatch.setenv("WHEREOF_HOME", str(empty))
    for words in (("links", "HEAD"), ("why", "pond.py:1")):
        assert run(*words, "--repo", made.path)[0] == 0
    assert not empty.exists()


def test_imports_say_what_they_took_and_what_they_left(run: Run, home: Path, tmp_path: Path) -> None:
    repo = GitRepository.make(tmp_path / "repo")
    store = Checkpoints()
    lines = [f"the pond keeps the value number {i}" for i in range(8)]
    store.add("0a1b2c3d4e5f", StoredSession("good-session", {"pond.py": lines}, 1_750_000_000))
    store.add("ffeeddccbbaa", StoredSession("no-transcript", {}, 1_750_000_000, transcript=b"", files=[]))
    store.write_branch(repo)
    repo.write("pond.py", ("\n".join(lines) + "\n").encode())
    repo.commit("Work\n\nEntire-Checkpoint: 0a1b2c3d4e5f\n")
    code, out, err = run("import", "entire", "--repo", repo.path)
    assert code == 0, err
    assert "1 sessions recorded, source imported" in out
    assert "not recorded  no-transcript  of ffeeddccbbaa: not-stored" in out
    assert "1 links, 0 of them logged before" in out
    printed = json.loads(run("import", "notes", "--repo", repo.path, "--json")[1])
    assert printed["links"] == []
