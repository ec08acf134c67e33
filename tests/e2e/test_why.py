"""From a line to the words that led to it, with what each step rests on; what is not known says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.errors import InvalidInput
from attest.usecases.carry import CarryRequest, carry
from attest.usecases.instance import Instance
from attest.usecases.why import Why, why_line
from tests.support.claude import Transcript as Story
from tests.support.recording import Clone, git, make_clone, record_file, write_story

CODE = "".join(f"room_{i} = 'a place for duck number {i}'\n" for i in range(6))


@pytest.fixture
def clone(instance: Instance, tmp_path: Path) -> Clone:
    made = make_clone(tmp_path / "pond", text=CODE)
    tale = Story()
    tale.prompt("Make room for six ducks in the pond.")
    tale.says("Let me look first.")
    tale.prompt("Count them from nought.")
    tale.edit("/home/ada/pond/pond.py", "ducks = 2\n", CODE)
    tale.prompt("Now something else.")
    record_file(instance, write_story(tmp_path / "story.jsonl", tale), made)
    return made


def ask(clone: Clone, instance: Instance | None, path: str = "pond.py", line: int = 3) -> Why:
    return why_line(clone.repository, instance, path=path, line=line)


def test_line_leads_to_its_session_event_and_prompts(instance: Instance, clone: Clone) -> None:
    found = ask(clone, instance)
    (session,) = found.sessions
    assert found.blamed.oid == clone.oid
    assert session.event is not None
    assert session.event_basis == "the edit wrote this line into this file"
    assert [prompt.text for prompt in session.prompts] == [
        "Make room for six ducks in the pond.", "Count them from nought.",
    ]  # fmt: skip
    assert session.approver.startswith("not known")


def test_line_of_a_rewritten_commit_is_followed_back(instance: Instance, clone: Clone) -> None:
    git(clone.path, "branch", "before")
    git(clone.path, "commit", "-q", "--amend", "-m", "Make room")
    carry(CarryRequest(repository=clone.repository, new="HEAD"), instance)
    git(clone.path, "branch", "-D", "before")
    (session,) = ask(clone, instance).sessions
    assert (session.link.kind.value, session.link.derived_from) == ("rewritten", (clone.oid,))
    assert session.event is not None


def test_reformatting_that_the_repository_passes_over_is_passed_over(instance: Instance, clone: Clone) -> None:
    (clone.path / "pond.py").write_text(CODE.replace("'", '"'))
    git(clone.path, "commit", "-q", "-a", "-m", "Other quotes")
    formatted = git(clone.path, "rev-parse", "HEAD")
    assert ask(clone, instance).blamed.oid == formatted
    (clone.path / ".git-blame-ignore-revs").write_text(f"# quotes\n{formatted}\n{'0' * 40}\n")
    git(clone.path, "add", "-A")
    git(clone.path, "commit", "-q", "-m", "Pass it over")
    found = ask(clone, instance)
    assert (found.blamed.oid, found.ignore_revs) == (clone.oid, True)


def test_line_that_no_session_wrote_says_so(instance: Instance, clone: Clone) -> None:
    (clone.path / "other.py").write_text("written by nobody that is known\n")
    git(clone.path, "add", "-A")
    git(clone.path, "commit", "-q", "-m", "Other")
    assert ask(clone, instance, "other.py", 1).sessions == ()
    assert ask(clone, None).sessions == ()


def test_commit_of_a_session_may_hold_lines_that_it_did_not_write(instance: Instance, tmp_path: Path) -> None:
    made = make_clone(tmp_path / "mixed", text=CODE + "".join(f"own_{i} = 'typed by hand {i}'\n" for i in range(9)))
    tale = Story()
    tale.prompt("Make room for six ducks in the pond.")
    tale.edit("/home/ada/pond/other.py", "x", CODE)
    record_file(instance, write_story(tmp_path / "story.jsonl", tale), made)
    (session,) = ask(made, instance, line=12).sessions
    assert (session.event, session.event_basis) == (None, "no edit of the session names this file")


def test_file_or_line_that_is_not_there_is_wrong_usage(instance: Instance, clone: Clone) -> None:
    for path, line in (("nothing.py", 1), ("pond.py", 999), ("pond.py", 0), ("--contents", 1)):
        with pytest.raises(InvalidInput):
            ask(clone, instance, path, line)
