"""Promise: the gate's exit codes, forms and refusals hold for a pipeline that calls the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from attest.usecases.instance import Instance
from tests.e2e.test_light_imports import FORBIDDEN, loaded
from tests.support.command import whereof
from tests.support.recording import Clone, record_file, story, write_story
from tests.support.repository import GitRepository

POLICY = """version: 1
mode: MODE
defaults: {tier: standard, unattributed: session}
tiers:
  - {id: minimal, unattributed: report, require: {}}
  - {id: standard, require: {}}
rules:
  - {id: docs, tier: minimal, when: {paths_only: ["docs/**"]}}
"""


def gate(repo: GitRepository, home: Path, *arguments: str) -> tuple[int, str, str]:
    done = whereof(*arguments, home=home, cwd=repo.path)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def parsed(repo: GitRepository, home: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    code, out, _ = gate(repo, home, *arguments, "--json")
    return code, json.loads(out)


@pytest.fixture
def repo(home: Path) -> GitRepository:
    made = GitRepository.make(home / "clone")
    made.write(".attest/policy.yaml", POLICY.replace("MODE", "enforce").encode())
    made.write(".attest/tests/tiers.yaml", b"trials:\n  - {name: docs, paths: [docs/a], tier: minimal}\n")
    made.commit("policy")
    made.write("docs/a|b<x>.md", b"1")
    made.commit("docs")
    made.write("src/a", b"1")
    made.commit("code")
    return made


def test_range_says_state_verdict_and_fix_of_every_commit(repo: GitRepository, tmp_path: Path) -> None:
    code, out = parsed(repo, tmp_path, "verify", "HEAD~2..HEAD")
    assert (code, out["verdict"], out["exit_code"]) == (4, "absent", 4)
    assert out["states"] == dict.fromkeys(("covered", "declared", "marked", "before-start"), 0) | {
        "exempt": 1,
        "unmarked": 1,
    }
    assert [one["verdict"] for one in out["commits"]] == ["absent", "pass"]
    code, text, _ = gate(repo, tmp_path, "verify", "HEAD~2..HEAD")
    assert code == 4
    assert f"fix: whereof record --commit {repo.git('rev-parse', 'HEAD')[:12]}" in text


def test_documentation_alone_passes_and_observe_stops_nothing(repo: GitRepository, tmp_path: Path) -> None:
    assert gate(repo, tmp_path, "verify", "HEAD~2..HEAD~1")[0] == 0
    repo.write(".attest/policy.yaml", POLICY.replace("MODE", "observe").encode())
    repo.commit("observe")
    repo.write("src/b", b"1")
    repo.commit("code")
    code, out = parsed(repo, tmp_path, "verify", "HEAD~1..HEAD")
    assert (code, out["verdict"], out["policy"]["mode"]) == (0, "absent", "observe")


@pytest.mark.parametrize("revision", ["HEAD..HEAD", "HEAD...HEAD~1", "none..HEAD"])
def test_empty_and_unknown_ranges_are_usage(repo: GitRepository, tmp_path: Path, revision: str) -> None:
    assert gate(repo, tmp_path, "verify", revision)[0] == 2


def test_unreadable_policy_is_indeterminate(repo: GitRepository, tmp_path: Path) -> None:
    repo.write(".attest/policy.yaml", b"a: &x 1\nb: *x\n")
    repo.commit("broken")
    repo.write("docs/c", b"1")
    repo.commit("docs")
    code, out = parsed(repo, tmp_path, "verify", "HEAD~1..HEAD")
    assert (code, out["verdict"]) == (5, "indeterminate")
    assert ".attest/policy.yaml line 1" in out["stopped"]


def test_markdown_tells_the_states_and_takes_no_words_as_markup(repo: GitRepository, tmp_path: Path) -> None:
    code, out, _ = gate(repo, tmp_path, "verify", "HEAD~2..HEAD", "--format", "markdown")
    assert code == 4
    assert "| unmarked | 1 |" in out
    assert "<" not in out.replace("\\<", "")
    code, out, _ = gate(repo, tmp_path, "verify", "HEAD", "--format", "markdown")
    assert "| 2 | attributed | absent |" in out
    assert gate(repo, tmp_path, "verify", "HEAD", "--format", "pdf")[0] == 2


def test_sarif_and_junit_hold_every_commit_that_fails(repo: GitRepository, tmp_path: Path) -> None:
    code, out, _ = gate(repo, tmp_path, "verify", "HEAD~2..HEAD", "--format", "sarif")
    (result,) = json.loads(out)["runs"][0]["results"]
    assert (code, result["ruleId"], result["level"]) == (4, "absent", "error")
    assert result["properties"]["commit"] == repo.git("rev-parse", "HEAD")
    code, out, _ = gate(repo, tmp_path, "verify", "HEAD~2..HEAD", "--format", "junit")
    suite = ET.fromstring(out)
    assert (code, suite.get("tests"), suite.get("failures")) == (4, "2", "1")
    assert [len(case.findall("failure")) for case in suite] == [1, 0]


def test_policy_explains_a_commit_and_runs_its_trials(repo: GitRepository, tmp_path: Path) -> None:
    code, out = parsed(repo, tmp_path, "policy", "explain", "HEAD~1")
    (one,) = out["policies"]
    assert (code, one["tier"], one["rule"], one["asks"]) == (0, "minimal", "docs", [])
    assert "unattributed: session" in gate(repo, tmp_path, "policy", "explain", "HEAD")[1]
    assert gate(repo, tmp_path, "policy", "test")[0] == 0
    repo.write(".attest/tests/more.yaml", b"trials:\n  - {name: code, paths: [src/a], tier: minimal}\n")
    code, out = parsed(repo, tmp_path, "policy", "test")
    assert (code, out["failed"]) == (1, 1)
    repo.write(".attest/policy.yaml", b"version: 1\nmood: x\n")
    code, _, err = gate(repo, tmp_path, "policy", "test")
    assert (code, ".attest/policy.yaml line 2" in err) == (2, True)


def test_gate_stays_light_and_reads_yaml_only_where_a_policy_is(
    instance: Instance, data: Path, clone: Clone, repo: GitRepository, tmp_path: Path
) -> None:
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), clone)
    names = [*FORBIDDEN, "yaml"]
    assert loaded(names, "verify", "HEAD", home=data, cwd=clone.path) == (0, set())
    assert loaded(names, "verify", "HEAD~2..HEAD", home=data, cwd=repo.path) == (4, {"yaml"})
