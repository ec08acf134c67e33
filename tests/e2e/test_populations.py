"""The commands of those who test: populations, samples, reconciliation, control operation, re-verification."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from attest.cli.main import main
from attest.usecases.instance import Instance
from tests.support.recording import ROOT, Clone, git, record_file, story, write_story

SEED = "11" * 32


@pytest.fixture
def run(data: Path, clone: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("WHEREOF_HOME", str(data))
    monkeypatch.chdir(clone.path)

    def call(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["whereof", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert (ended.value.code or 0) == code, captured.err + captured.out
        return captured.out

    return call


@pytest.fixture
def recorded(instance: Instance, clone: Clone, tmp_path: Path) -> Clone:
    for number in range(5):
        (clone.path / "pond.py").write_text(f"ducks = {number + 10}\n")
        git(clone.path, "commit", "-q", "-a", "-m", f"Ducks {number}\n\nTicket: POND-{number}")
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), clone)
    return clone


def test_an_exported_sample_is_drawn_again_by_the_script_of_the_documentation(run, recorded, tmp_path: Path) -> None:
    base = git(recorded.path, "rev-list", "--max-parents=0", "HEAD")
    commitment = hashlib.sha256(bytes.fromhex(SEED)).hexdigest()
    made = json.loads(
        run("population", "create", f"{base}..HEAD", "--measure", "--seed-commitment", commitment, "--json")
    )
    stated = made["population"]
    assert stated["rows"]["count"] == 6
    (tie,) = stated["tieOut"]
    assert (tie["source"], tie["both"], tie["onlyHere"], tie["onlyThere"]) == ("log", 1, 5, 0)
    sample = json.loads(run("population", "sample", made["id"], "--size", "3", "--seed", SEED, "--json"))
    assert sample["population"]["sample"]["seedCommitted"] == "before"
    rows = tmp_path / "rows.jsonl"
    run("population", "export", made["id"], "-o", str(rows))
    assert hashlib.sha256(rows.read_bytes()).hexdigest() == stated["rows"]["sha256"]
    page = (ROOT / "docs/spec/population.md").read_text()
    script, by_weight = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert max(len(one.strip().splitlines()) for one in (script, by_weight)) <= 15
    drawn = subprocess.run(
        [sys.executable, "-I", "-c", script, str(rows), SEED, "3"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert drawn[:2] == [f"rows {stated['rows']['sha256']}", f"seed {commitment}"]
    assert sorted(drawn[2:]) == [row["id"] for row in sample["rows"]]
    assert "the same rows" in run("population", "rerun", sample["id"])
    run("population", "sample", made["id"], "--seed", "22" * 32, code=2)
    drawn = ("population", "sample", made["id"], "--method", "monetary-unit", "--seed", SEED)
    run(*drawn, "--by", "state", code=2)
    weighed = json.loads(run(*drawn, "--by", "lines", "--interval", "3", "--json"))
    assert weighed["population"]["sample"]["weighed"] == {
        "interval": 3, "total": 12, "certain": 0, "zero": 0, "unknown": 0,
    }  # fmt: skip
    again = [sys.executable, "-I", "-c", by_weight, str(rows), SEED, "lines", "3"]
    found = subprocess.run(again, capture_output=True, text=True, check=True).stdout.split()
    assert sorted(found) == [row["id"] for row in weighed["rows"]]
    assert "the same rows" in run("population", "rerun", weighed["id"])
    assert "one in 3 of 12 lines" in run("population", "show", weighed["id"])


def test_sources_that_part_are_told_with_why_and_what_would_settle_it(run, recorded) -> None:
    base = git(recorded.path, "rev-list", "--max-parents=0", "HEAD")
    out = run("population", "reconcile", f"{base}..HEAD", code=1)
    assert "in git, not in log: no session or declaration is recorded" in out
    assert "to settle it:" in out
    assert "not compared: releases" in out
    git(recorded.path, "commit", "-q", "--amend", "--allow-empty", "-m", "Other")
    git(recorded.path, "reset", "-q", "--hard", base)
    (recorded.path / "pond.py").write_text("geese = 1\n")
    git(recorded.path, "commit", "-q", "-a", "-m", "Geese")
    found = json.loads(run("population", "reconcile", f"{base}..HEAD", "--json", code=1))
    assert {(one["named_by"], one["id"]) for one in found["differences"]} == {
        ("git", git(recorded.path, "rev-parse", "HEAD")),
        ("log", recorded.oid),
    }
    assert all(one["why"] and one["settle"] for one in found["differences"])


def test_a_control_is_followed_over_a_period(run, recorded) -> None:
    path = recorded.path
    git(path, "checkout", "-q", "-b", "work")
    (path / "new.py").write_text("x = 1\n")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "Work")
    judged = git(path, "rev-parse", "HEAD")
    run("verify", "main..work", "--coverage", str(path / ".git" / "c.json"), code=4)
    git(path, "checkout", "-q", "main")
    subprocess.run(
        ["git", "merge", "-q", "--no-ff", "-m", "Merge work", "work"],
        cwd=path,
        check=True,
        env=_later(),
    )
    merge = git(path, "rev-parse", "HEAD")
    period = ("--from", "2000-01-01", "--to", "2200-01-01")
    found = json.loads(run("controls", "operation", *period, "--json"))
    by = {one["change"]: one for one in found["changes"]}
    assert (by[merge]["outcome"], by[merge]["verdict"], by[merge]["commits"]) == ("against-verdict", "absent", [judged])
    assert by[merge]["enforced"] is False
    assert found["counts"]["changes"] == 8
    recorded_one = by[recorded.oid]
    assert recorded_one["outcome"] == "without-verdict"
    assert recorded_one["fields"]["reason"]["links"][0].startswith("att_")
    assert recorded_one["fields"]["back-out"]["missing"] is True
    ticketed = [one for one in by.values() if not one["fields"]["requested-by"]["missing"]]
    assert len(ticketed) == 5
    rows = list(csv.reader(io.StringIO(run("controls", "operation", *period, "--format", "csv"))))
    assert len(rows) == 9
    early = json.loads(run("controls", "operation", *period, "--as-of", "2", "--json"))
    assert early["counts"]["against-verdict"] == 0
    run("controls", "operation", "--from", "2026-02-01", "--to", "2026-01-01", code=2)
    assert "not shown:" in run("controls", "operation", *period)


def test_everything_is_checked_again_and_compared_with_the_last_report(run, recorded, data: Path) -> None:
    first = json.loads(run("reverify", "--json"))
    assert (first["report"]["result"], first["since"]) == ("PASSED", None)
    second = json.loads(run("reverify", "HEAD~1..HEAD", "--since-last", "--json", code=4))
    assert second["since"]["attestation"] == first["attestation"]
    assert second["since"]["worse"] == second["report"]["failedTests"]
    assert second["report"]["failedTests"][0].startswith("commit/")
    assert "log/extends-last-report" in second["report"]["passedTests"]
    third = json.loads(run("reverify", "--json"))
    assert third["since"]["better"] == second["report"]["failedTests"]
    with closing(sqlite3.connect(data / "whereof.db")) as database:
        database.execute("DELETE FROM subject WHERE kind = 'git-commit'")
        database.commit()
    assert json.loads(run("reverify", "--json", code=3))["report"]["result"] == "FAILED"


def _later() -> dict[str, str]:

    return {**os.environ, "GIT_COMMITTER_DATE": "2090-01-01T00:00:00Z", "GIT_AUTHOR_DATE": "2090-01-01T00:00:00Z"}
