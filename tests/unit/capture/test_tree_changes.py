"""Which commands change the work tree, so that what was checked before says nothing of it any more."""

from __future__ import annotations

import pytest

from attest.capture.shell import split_command
from attest.capture.tree_changes import changes_the_tree
from tests.support.claude import Transcript
from tests.support.codex import Rollout

GREEN = "12 passed in 0.31s"


def changes(command: str) -> bool:
    return any(changes_the_tree(one, "/tmp/work") for one in split_command(command))


@pytest.mark.parametrize(
    "command",
    [
        "go get example.test/pond@v2",
        "go mod tidy 2>&1 | tail",
        "cargo add pond && cargo build",
        "npm install pond",
        "uv add pond",
        "sed -i '' s/a/b/ src/a.py",
        "perl -pi -e s/a/b/ a.py",
        "mv a.py b.py",
        "rm src/a.py",
        "cp /tmp/a.py src/a.py",
        "cat > src/a.py <<'EOF'\nx\nEOF",
        "echo x >> README.md",
        "gofmt -w .",
        "black src",
        "ruff check --fix .",
        "ruff format",
        "prettier --write src",
        "cargo fmt",
        "npm run format",
        "make generate",
        "mise run fmt",
        "git checkout main",
        "git restore a.py",
        "git stash pop",
        "git reset --hard",
        "git pull --rebase",
        "git apply fix.patch",
        "uv run black src",
    ],
)
def test_a_command_that_rewrites_files_changes_the_tree(command: str) -> None:
    assert changes(command)


@pytest.mark.parametrize(
    "command",
    [
        "pytest > test.log 2>&1",
        "cat src/a.py",
        "sed -n 1,20p src/a.py",
        "rm -f /tmp/pond",
        "cp go.mod /tmp/go.mod",
        "black --check src",
        "cargo fmt --check",
        "ruff format --check",
        "npm run format:check",
        "prettier --check src",
        "gofmt -l .",
        "git status && git diff",
        "git checkout -b deeper",
        "git stash list",
        "git commit -m fix",
        "git push",
        "go build ./...",
        "terraform fmt -check",
        "npm test",
        "ls > /dev/null",
    ],
)
def test_a_command_that_only_looks_or_commits_does_not(command: str) -> None:
    assert not changes(command)


def test_a_check_before_such_a_command_is_stale_and_one_after_it_is_not() -> None:
    log = Transcript().prompt("Go").shell("pytest", GREEN).shell("go mod tidy").shell("gofmt -w . && pytest", GREEN)
    assert [one.stale_after for one in log.session().checks] == [2, 0]
    rollout = Rollout().meta().turn().prompt("Go").shell("pytest", GREEN).shell("go mod tidy").shell("pytest", GREEN)
    assert [one.stale_after for one in rollout.session().checks] == [1, 0]
