"""Promise: the base that decides which policy applies is never one that the change can choose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.errors import AttestError
from attest.git import Repository
from attest.usecases.pipeline_range import MAX_EVENT_BYTES, pipeline_range
from tests.support.repository import GitRepository

ZERO = "0" * 40


@pytest.fixture
def repo(home: Path) -> GitRepository:
    """Three commits on `main`; the remote's `main` is at the second, and HEAD at the third."""
    made = GitRepository.make(home / "clone")
    for number in range(3):
        made.write("f", str(number).encode())
        made.commit(f"Change {number}")
        made.git("tag", f"c{number}")
    made.git("update-ref", "refs/remotes/origin/main", "c1")
    return made


def told(repo: GitRepository, event: object = None, *, named: str = "", **env: str) -> tuple[str, str, str]:
    path = repo.path / "event.json"
    path.write_text(json.dumps(event))
    names = {repo.git("rev-parse", f"c{number}"): f"c{number}" for number in range(3)}
    given = {"GITHUB_EVENT_PATH": str(path)} if event is not None else {}
    found = pipeline_range(given | env, Repository.open(repo.path), named)
    return found.server, names[found.base] if found.base else "", names[found.tip]


def code(repo: GitRepository, event: object = None, *, named: str = "", **env: str) -> str:
    with pytest.raises(AttestError) as caught:
        told(repo, event, named=named, **env)
    return f"{caught.value.family} {caught.value.code}"


def oid(repo: GitRepository, name: str) -> str:
    return repo.git("rev-parse", name)


def pull(repo: GitRepository, *, base: str = "main", sha: str = "c0", head: str = "c2") -> dict[str, object]:
    return {"pull_request": {"base": {"ref": base, "sha": oid(repo, sha)}, "head": {"sha": oid(repo, head)}}}


def push(repo: GitRepository, before: str, **changed: object) -> dict[str, object]:
    event = {"ref": "refs/heads/main", "before": before, "after": oid(repo, "c2")}
    return event | {"repository": {"default_branch": "main"}} | changed


def test_github(repo: GitRepository) -> None:
    def asked(kind: str, event: object) -> tuple[str, str, str]:
        return told(repo, event, GITHUB_ACTIONS="true", GITHUB_EVENT_NAME=kind)

    assert asked("pull_request", pull(repo)) == ("github", "c1", "c2"), "the branch as it stands now"
    assert asked("pull_request", pull(repo, base="release")) == ("github", "c0", "c2"), "else as the event says"
    assert asked("push", push(repo, oid(repo, "c0"))) == ("github", "c0", "c2")
    assert asked("push", push(repo, ZERO)) == ("github", "", "c2")
    assert asked("push", push(repo, oid(repo, "c0"), ref="refs/heads/topic")) == ("github", "c1", "c2")
    assert asked("push", push(repo, ZERO, ref="refs/heads/topic")) == ("github", "c1", "c2")
    queue = {"merge_group": {"base_sha": oid(repo, "c0"), "head_sha": oid(repo, "c2")}}
    assert asked("merge_group", queue) == ("github", "c0", "c2")


def test_github_that_says_no_range_or_nonsense(repo: GitRepository) -> None:
    def asked(kind: str, event: object) -> str:
        return code(repo, event, GITHUB_ACTIONS="true", GITHUB_EVENT_NAME=kind)

    usage, malformed = "input input.usage", "input input.malformed"
    assert asked("schedule", {}) == usage
    assert asked("push", push(repo, ZERO, ref="refs/tags/v1")) == usage
    for event in (
        [],
        {},
        {"pull_request": 1},
        pull(repo, base="-x"),
        pull(repo, base="a..b"),
        pull(repo, base="a@{1}"),
    ):
        assert asked("pull_request", event) == malformed
    for before in ("HEAD", "--all", "$(x)", None, ["a"], "c" * 39):
        assert asked("push", push(repo, before)) == malformed  # type: ignore[arg-type]
    assert asked("push", push(repo, "d" * 40)) == "indeterminate git.shallow"
    assert code(repo, GITHUB_ACTIONS="true", GITHUB_EVENT_NAME="push", GITHUB_EVENT_PATH="/nowhere") == malformed


def test_event_that_is_too_large_is_refused_unread(repo: GitRepository) -> None:
    path = repo.path / "large.json"
    with path.open("wb") as file:
        file.truncate(MAX_EVENT_BYTES + 1)
    found = code(repo, GITHUB_ACTIONS="true", GITHUB_EVENT_NAME="push", GITHUB_EVENT_PATH=str(path))
    assert found == "input input.too-large"


def test_gitlab(repo: GitRepository) -> None:
    tip = {"GITLAB_CI": "true", "CI_COMMIT_SHA": oid(repo, "c2"), "CI_DEFAULT_BRANCH": "main"}
    main = tip | {"CI_COMMIT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"}
    assert told(repo, **tip, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main") == ("gitlab", "c1", "c2")
    assert told(repo, **tip, CI_COMMIT_BRANCH="topic") == ("gitlab", "c1", "c2")
    assert told(repo, **main, CI_COMMIT_BEFORE_SHA=oid(repo, "c0")) == ("gitlab", "c0", "c2")
    assert told(repo, **main, CI_COMMIT_BEFORE_SHA=ZERO) == ("gitlab", "", "c2")
    scheduled = main | {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BEFORE_SHA": ZERO}
    assert code(repo, **scheduled) == "input input.usage", "zeros say nothing where no push was"
    assert code(repo, **tip, CI_COMMIT_TAG="v1") == "input input.usage"
    assert code(repo, **tip, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="gone") == "indeterminate git.shallow"
    assert code(repo, **tip, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="-x") == "input input.malformed"


def test_jenkins(repo: GitRepository) -> None:
    here = {"JENKINS_URL": "x"}
    assert told(repo, **here, CHANGE_TARGET="main") == ("jenkins", "c1", "c2")
    before = {"GIT_PREVIOUS_SUCCESSFUL_COMMIT": oid(repo, "c0")}
    assert told(repo, **here, **before, BRANCH_IS_PRIMARY="true") == ("jenkins", "c0", "c2")
    assert code(repo, **here, **before) == "input input.usage", "a branch's last good build may lie on the branch"
    assert code(repo, **here, CHANGE_TARGET="gone") == "indeterminate git.shallow"


def test_named_range_wins_and_nothing_known_is_usage(repo: GitRepository) -> None:
    assert told(repo, named="c0..c1", GITLAB_CI="true") == ("named", "c0", "c1")
    assert told(repo, named="c0..") == ("named", "c0", "c2")
    for wrong in ("c0", "..c1", "c0...c1", "--all..c1"):
        assert code(repo, named=wrong).startswith("input")
    assert code(repo) == "input input.usage"
