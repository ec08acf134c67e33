"""Promise: one short workflow file gives a repository its coverage table, and later its verdict, on any event."""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from tests.support.history import make_history
from tests.support.recording import MAIN, ROOT
from tests.support.repository import GitRepository
from tests.support.workflow import Job, Runner

WORKFLOW = ROOT / "examples/ci/github/whereof.yml"
ZERO = "0" * 40
POLICY = b"version: 1\nmode: enforce\ndefaults: {tier: all}\ntiers: [{id: all, unattributed: session, require: {}}]\n"
HOSTILE = "::error::owned ##[add-mask]x | `b` <img src=x> @ada \u202e\x1b[31m $(touch owned) `touch owned`"


def stand_in(folder: Path) -> str:
    """Make a wheel whose `whereof` runs this checkout's; gives its line of a hash file."""
    folder.mkdir()
    place, info = folder / "whereof-0.1.0-py3-none-any.whl", "whereof-0.1.0.dist-info"
    run = f"import os, sys\nos.environ['PYTHONPATH'] = {str(ROOT)!r}\n"
    run += f"def main():\n    os.execv({sys.executable!r}, [{sys.executable!r}, '-c', {MAIN!r}, *sys.argv[1:]])\n"
    with zipfile.ZipFile(place, "w") as wheel:
        wheel.writestr("stand_in.py", run)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: whereof\nVersion: 0.1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\nwhereof = stand_in:main\n")
        wheel.writestr(f"{info}/RECORD", "")
    return f"whereof==0.1.0 --hash=sha256:{sha256(place.read_bytes()).hexdigest()}\n"


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, require: Callable[..., None]) -> tuple[Path, dict[str, str]]:
    """Give the action as a release holds it, and pip's settings that let it reach no index."""
    require("bash")
    folder = tmp_path_factory.mktemp("release")
    line = stand_in(folder / "wheels")
    action = folder / "action"
    shutil.copytree(ROOT / "deploy/ci", action / "deploy/ci")
    shutil.copy(ROOT / "action.yml", action)
    (action / "requirements").mkdir()
    (action / "requirements/gate.txt").write_text(line)
    (action / "requirements/gate-wheel.txt").write_text(line)
    return action, {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder / "wheels"),
        "PIP_CONFIG_FILE": "/dev/null",
        "WHEREOF_PYTHON": sys.executable,
    }


@pytest.fixture
def runner(home: Path, released: tuple[Path, dict[str, str]], tmp_path: Path) -> Callable[..., Runner]:
    def make(name: str = "runner") -> Runner:
        (tmp_path / name).mkdir()
        return Runner(folder=tmp_path / name, action=released[0], env=released[1])

    return make


@pytest.fixture
def quick(runner: Callable[..., Runner], released: tuple[Path, dict[str, str]]) -> Callable[..., Runner]:
    """As `runner`, where an earlier job has installed already."""

    def make(name: str = "runner") -> Runner:
        made = runner(name)
        action = made.folder / "action"
        shutil.copytree(made.action, action)
        commands = made.folder / "temp/whereof/bin"
        commands.mkdir(parents=True)
        (commands / "whereof").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -c "{MAIN}" "$@"\n')
        (commands / "whereof").chmod(0o755)
        text = (action / "action.yml").read_text()
        assert text.count('case "$REQUIREMENTS" in') == 1
        (action / "action.yml").write_text(text.replace('case "$REQUIREMENTS" in', "case none in"))
        return Runner(folder=made.folder, action=action, env=made.env)

    return make


def push(repo: GitRepository, before: str, *, branch: str = "main") -> dict[str, object]:
    after = repo.git("rev-parse", branch)
    return {"ref": f"refs/heads/{branch}", "before": before, "after": after, "repository": {"default_branch": "main"}}


def request(repo: GitRepository, *, base: str = "main", head: str = "topic") -> dict[str, object]:
    """Give the event of a pull request, and the merge commit that the server makes of it."""
    tree = repo.git("merge-tree", "--write-tree", base, head)
    merged = repo.git("commit-tree", tree, "-p", base, "-p", head, "-m", "merge")
    repo.git("update-ref", "refs/pull/1/merge", merged)
    # As for a fork: the head is no branch of this repository.
    oid = repo.git("rev-parse", head)
    return {"pull_request": {"base": {"ref": base, "sha": repo.git("rev-parse", base)}, "head": {"sha": oid}}}


def pulled(runner: Runner, repo: GitRepository, event: dict[str, object]) -> Job:
    repo.git("update-ref", "-d", "refs/heads/topic")
    return runner.run(WORKFLOW, origin=repo.path, ref="refs/pull/1/merge", name="pull_request", event=event)


def topic(repo: GitRepository, message: str = "Change") -> str:
    repo.git("checkout", "-q", "-b", "topic")
    repo.write("src/a", message.encode())
    oid = repo.commit(message)
    repo.git("checkout", "-q", "main")
    return oid


def test_the_workflow_is_short_and_asks_for_reading_only() -> None:
    lines = WORKFLOW.read_text().splitlines()
    assert len(lines) <= 20
    workflow = yaml.safe_load(WORKFLOW.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert set(workflow[True]) == {"pull_request", "push"}
    assert "secrets" not in WORKFLOW.read_text()


def test_repository_without_a_record_gets_its_table_from_files_that_match_their_hashes(
    runner: Callable[..., Runner], tmp_path: Path
) -> None:
    repo = make_history(tmp_path / "origin", 500)
    before = repo.git("rev-parse", "main")
    repo.write(".github/workflows/whereof.yml", WORKFLOW.read_bytes())
    repo.commit("Add the workflow")
    asked = {"origin": repo.path, "ref": "refs/heads/main", "name": "push", "event": push(repo, before)}
    good = runner("good")
    other = Runner(folder=tmp_path / "other", action=tmp_path / "other/action", env=good.env)
    shutil.copytree(good.action, other.action)
    for listed in (other.action / "requirements").iterdir():
        listed.write_text(listed.read_text().split("sha256:")[0] + "sha256:" + "0" * 64 + "\n")
    job = other.run(WORKFLOW, **asked)  # type: ignore[arg-type]
    assert (job.code, job.outputs["verdict"]) == (1, ""), job.log
    assert "DO NOT MATCH THE HASHES" in job.log
    assert not list((other.folder / "temp").rglob("stand_in.py"))
    (other.folder / "temp").rename(good.folder / "temp")
    job = good.run(WORKFLOW, **asked)  # type: ignore[arg-type]
    assert (job.code, job.outputs) == (0, {"verdict": "survey", "exit-code": "0", "mode": "survey"}), job.log
    assert "| marked | 0 | 167 |" in job.summary
    assert "| unmarked | 1 | 334 |" in job.summary
    assert "| all | 1 | 501 |" in job.summary


def test_pull_request_of_a_fork_is_judged_by_the_policy_of_the_base(
    quick: Callable[..., Runner], tmp_path: Path
) -> None:
    repo = make_history(tmp_path / "origin", 3)
    repo.write(".attest/policy.yaml", POLICY)
    repo.commit("Policy")
    oid = topic(repo)
    job = pulled(quick(), repo, request(repo))
    assert (job.code, job.outputs["verdict"], job.outputs["mode"]) == (4, "absent", "enforce"), job.log
    assert f"fix: whereof record --commit {oid[:12]}" in job.log
    assert f"whereof record --commit {oid[:12]}" in job.summary


def test_change_that_begins_before_the_policy_is_judged_by_it_all_the_same(
    quick: Callable[..., Runner], tmp_path: Path
) -> None:
    repo = make_history(tmp_path / "origin", 3)
    topic(repo)
    repo.write(".attest/policy.yaml", POLICY)
    repo.commit("Policy")
    assert pulled(quick(), repo, request(repo)).code == 4


def test_policy_that_the_change_itself_brings_or_drops_decides_nothing(
    quick: Callable[..., Runner], tmp_path: Path
) -> None:
    repo = make_history(tmp_path / "origin", 3)
    repo.write(".attest/policy.yaml", POLICY)
    repo.commit("Policy")
    repo.git("checkout", "-q", "-b", "topic")
    repo.git("rm", "-q", ".attest/policy.yaml")
    repo.commit("Drop it")
    repo.git("checkout", "-q", "main")
    assert pulled(quick(), repo, request(repo)).code == 4


def test_push_to_another_branch_is_judged_against_the_default_branch(
    quick: Callable[..., Runner], tmp_path: Path
) -> None:
    repo = make_history(tmp_path / "origin", 3)
    repo.write(".attest/policy.yaml", POLICY)
    repo.commit("Policy")
    topic(repo)
    workflow = tmp_path / "every.yml"
    workflow.write_text(WORKFLOW.read_text().replace("    branches: [main]\n", ""))
    for name, before in (("new", ZERO), ("known", repo.git("rev-parse", "topic~1"))):
        event = push(repo, before, branch="topic")
        job = quick(name).run(workflow, origin=repo.path, ref="refs/heads/topic", name="push", event=event)
        assert (job.code, job.outputs["verdict"]) == (4, "absent"), job.log


def test_history_that_was_rewritten_is_not_taken_for_one_without_a_policy(
    quick: Callable[..., Runner], tmp_path: Path
) -> None:
    repo = make_history(tmp_path / "origin", 3)
    event = push(repo, "d" * 40)
    job = quick().run(WORKFLOW, origin=repo.path, ref="refs/heads/main", name="push", event=event)
    assert job.code == 5
    assert "not in this clone" in job.log
    assert "**not judged**" in job.summary


def test_shallow_checkout_says_what_to_set(quick: Callable[..., Runner], tmp_path: Path) -> None:
    repo = make_history(tmp_path / "origin", 5)
    workflow = tmp_path / "shallow.yml"
    workflow.write_text(WORKFLOW.read_text().replace("fetch-depth: 0", "fetch-depth: 1"))
    event = push(repo, repo.git("rev-parse", "main~2"))
    job = quick().run(workflow, origin=repo.path, ref="refs/heads/main", name="push", event=event)
    assert job.code == 5
    assert "set `fetch-depth: 0` on actions/checkout" in job.log
    assert "fetch-depth: 0" in job.summary


def test_first_push_of_a_repository_is_surveyed_whole(quick: Callable[..., Runner], tmp_path: Path) -> None:
    repo = make_history(tmp_path / "origin", 4)
    job = quick().run(WORKFLOW, origin=repo.path, ref="refs/heads/main", name="push", event=push(repo, ZERO))
    assert (job.code, "| all | 4 |" in job.summary) == (0, True), job.log


def test_words_of_an_event_are_never_a_command_or_an_option(quick: Callable[..., Runner], tmp_path: Path) -> None:
    repo = make_history(tmp_path / "origin", 3)
    event = request(repo, head="main~0")
    event["pull_request"]["base"]["ref"] = "--upload-pack=touch owned"  # type: ignore[index]
    job = quick().run(WORKFLOW, origin=repo.path, ref="refs/pull/1/merge", name="pull_request", event=event)
    assert (job.code, "not a branch name" in job.log) == (2, True), job.log
    assert not list(tmp_path.rglob("owned"))


def test_words_of_commits_are_nothing_but_words(quick: Callable[..., Runner], tmp_path: Path) -> None:
    repo = make_history(tmp_path / "origin", 3)
    before = repo.git("rev-parse", "main")
    repo.write("src/##[group]::x|`<b>.py", b"1")
    repo.commit(f"{HOSTILE}\n\nCo-Authored-By: Claude <noreply@anthropic.com>")
    made = quick()
    job = made.run(WORKFLOW, origin=repo.path, ref="refs/heads/main", name="push", event=push(repo, before))
    assert job.code == 0
    for line in job.log.splitlines():
        assert not line.lstrip().startswith("::")
    assert "##[" not in job.log
    (row,) = [line for line in job.summary.splitlines() if "owned" in line]
    assert "``" in row  # a longer fence than any in the subject
    assert "\x1b" not in job.summary
    assert "\u202e" not in job.summary
    assert not list(made.folder.rglob("owned"))


def test_evidence_that_could_not_be_fetched_is_not_absent(quick: Callable[..., Runner], tmp_path: Path) -> None:
    repo = make_history(tmp_path / "origin", 3)
    repo.write(".attest/policy.yaml", POLICY)
    before = repo.commit("Policy")
    repo.write("a", b"1")
    repo.commit()
    made = quick()
    # Between checkout and gate the server goes away.
    (made.action / "action.yml").write_text(
        (made.action / "action.yml").read_text().replace("asked=()", "asked=(); git remote set-url origin /nowhere")
    )
    job = made.run(WORKFLOW, origin=repo.path, ref="refs/heads/main", name="push", event=push(repo, before))
    assert (job.code, job.outputs["verdict"]) == (5, "indeterminate"), job.log
