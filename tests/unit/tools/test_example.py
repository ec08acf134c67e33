from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.example import STORY, Example, build_example
from tools.example_secrets import planted_secrets


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Example:
    return build_example(tmp_path_factory.mktemp("example"), seed=7)


def _git(example: Example, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=example.repo, capture_output=True, text=True, check=True).stdout


def _records(example: Example) -> list[dict]:
    return [json.loads(line) for line in example.transcript.read_text().splitlines()]


def _results(example: Example) -> list[tuple[dict, dict, object]]:
    """Give (call block, result block, detail) of every call."""
    calls, found = {}, []
    for record in _records(example):
        for block in record.get("message", {}).get("content", []):
            if isinstance(block, dict) and block["type"] == "tool_use":
                calls[block["id"]] = block
            elif isinstance(block, dict) and block["type"] == "tool_result":
                found.append((calls[block["tool_use_id"]], block, record["toolUseResult"]))
    return found


def _pytest(repo: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"],
        cwd=repo,
        capture_output=True,
        text=True,
        check=False,
    )


def test_history_is_base_then_session_then_a_commit_without_session(example):
    assert _git(example, "log", "--format=%s", "--reverse").splitlines() == [
        "Payments service",
        "Add transaction validation logic",
        "Say where to ask",
    ]
    assert _git(example, "rev-parse", "HEAD~1", "HEAD").split() == [
        example.commit_with_session,
        example.commit_without_session,
    ]


def test_same_seed_gives_the_same_transcript_and_commits_and_another_seed_does_not(example, tmp_path):
    again = build_example(tmp_path / "a", seed=7)
    other = build_example(tmp_path / "b", seed=8)
    assert again.commit_without_session == example.commit_without_session
    moved = again.transcript.read_text().replace(str(again.repo), str(example.repo))
    assert moved == example.transcript.read_text()
    assert not {value for _, value in again.planted} & {value for _, value in other.planted}


def test_every_line_of_the_commit_is_in_the_session_but_for_one_edited_outside(example):
    added = [
        line[1:]
        for line in _git(example, "diff", "-U0", "HEAD~2", "HEAD~1").splitlines()
        if line.startswith("+") and not line.startswith("+++")
    ]
    written = "\n".join(
        str(call["input"].get("content") or call["input"].get("new_string") or "")
        for call, result, _ in _results(example)
        if call["name"] in {"Write", "Edit"} and not result["is_error"]
    ).splitlines()
    assert [line for line in added if line not in written] == [
        '    log.info("posted %s as entry %d", transaction.reference, entry)'
    ]


def test_constraints_are_kept_and_the_rejected_path_left_nothing(example):
    changed = _git(example, "diff", "--name-only", "HEAD~2", "HEAD~1").split()
    assert changed == ["src/payments/handlers.py", "src/payments/validation.py", "tests/test_validation.py"]


def test_the_commit_is_reported_as_git_reported_it(example):
    (detail,) = [detail for _, _, detail in _results(example) if isinstance(detail, dict) and "gitOperation" in detail]
    short = detail["gitOperation"]["commit"]["sha"]
    assert example.commit_with_session.startswith(short)
    assert detail["stdout"].startswith(f"[main {short}] Add transaction validation logic")


def test_every_planted_value_is_in_the_transcript_and_none_is_in_history_or_in_this_project(example):
    text = example.transcript.read_text()
    history = _git(example, "log", "-p", "--all")
    sources = "".join(path.read_text() for path in STORY.rglob("*") if path.is_file() and path.suffix != ".pyc")
    for kind, value in example.planted:
        assert value in text, kind
        assert value not in history, kind
        assert value not in sources, kind


def test_planted_secrets_have_the_form_of_real_ones():
    values = dict(planted_secrets(1))
    assert len(values["github_token"]) == 40
    assert len(values["aws_access_key"]) == 20
    assert values["database_url"].startswith("postgres://payments:")


def test_the_recorded_test_runs_are_true(example, tmp_path):
    repo = tmp_path / "payments"
    _git(example, "worktree", "add", "--detach", str(repo), example.commit_with_session)
    assert "6 passed" in _pytest(repo).stdout
    module = repo / "src/payments/validation.py"
    module.write_text(module.read_text().replace("amount_minor <= 0", "amount_minor < 0"))
    assert "1 failed, 5 passed" in _pytest(repo).stdout
    _git(example, "worktree", "remove", "--force", str(repo))


def test_the_override_and_both_modes_are_told(example):
    rejected = [result["content"] for _, result, _ in _results(example) if "rejected (eg." in result["content"]]
    assert len(rejected) == 1
    assert rejected[0].endswith("No. Fail closed. A transaction we cannot price must be rejected.")
    modes = [record["permissionMode"] for record in _records(example) if record["type"] == "permission-mode"]
    assert modes == ["default", "acceptEdits"]


def test_a_folder_that_is_taken_is_refused(example):
    with pytest.raises(FileExistsError):
        build_example(example.repo.parent, seed=7)
