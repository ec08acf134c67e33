"""Promise: a commit that git can hold and no person would make breaks no command: each gives an answer or names the fault."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from attest.errors import InvalidInput
from attest.git import Repository
from attest.model.times import moment_at
from attest.usecases.instance import Instance
from tests.support.command import whereof
from tests.support.recording import Clone, record_file, story, write_story
from tests.support.repository import GitRepository

BEYOND = {"past every calendar": "99999999999999", "past 64 bits": "9" * 30, "before the epoch": "-86400"}
MESSAGE = b"Dig \x1b[31m\xff\xfe\n\nEntire-Checkpoint: \xe2\x80\xae0123456789ab\n"


def commit(repo: GitRepository, when: str) -> tuple[str, str]:
    """Make two commits, the second at that time; gives both."""
    repo.write("pond.py", b"ducks = 2\n")
    base = repo.commit("Begin")
    repo.write("file.txt", b"1\n")
    repo.git("add", "-A")
    person = f"Ada\u202e <ada@example.test> {when} +0000"
    head = f"tree {repo.git('write-tree')}\nparent {base}\nauthor {person}\ncommitter {person}\n\n"
    oid = repo.commit_object(head.encode() + MESSAGE)
    repo.git("update-ref", "HEAD", oid)
    return base, oid


@pytest.mark.parametrize("when", BEYOND.values(), ids=BEYOND)
def test_a_time_that_no_calendar_holds_fails_no_command(
    instance: Instance, data: Path, tmp_path: Path, when: str
) -> None:
    repo = GitRepository.make(tmp_path / "work")
    base, oid = commit(repo, when)
    span = f"{base}..{oid}"
    for arguments in (
        ("gaps", span),
        ("verify", span),
        ("survey", span),
        ("show", oid),
        ("report", span, "-o", "r.md"),
    ):
        done = whereof(*arguments, home=data, cwd=repo.path)
        assert "program.failed" not in done.stderr, (arguments, done.stderr)
        assert "\x1b" not in done.stdout + done.stderr
        assert "\u202e" not in done.stdout + done.stderr
    story_file = write_story(tmp_path / "t.jsonl", story())
    if len(when) > 20:
        with pytest.raises(InvalidInput, match="not a commit object"):
            record_file(instance, story_file, Clone(path=repo.path, oid=oid))
    else:
        record_file(instance, story_file, Clone(path=repo.path, oid=oid))
        assert "1 session recorded" in whereof("show", oid, home=data, cwd=repo.path).stdout
        assert Repository.open(repo.path).commit_facts(oid).committed_at == int(when)


def test_days_can_be_counted_from_the_time_of_every_commit() -> None:
    for seconds in (10**14, 10**40, -(10**14), 0):
        for days in (-7, 7):
            assert 1 <= (moment_at(seconds) + timedelta(days=days)).year <= 9999
