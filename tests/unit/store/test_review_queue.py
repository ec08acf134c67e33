"""What waits for review is the same on both databases: risk before age, and only a person's review of what is there ends it."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.git import Repository
from attest.model.review_predicate import QUESTIONS
from attest.model.scope import Scope
from attest.settings import Settings
from attest.store.review_queue import QueueAsked, queued
from attest.usecases.index_search import catch_up
from attest.usecases.instance import Instance
from attest.usecases.review import GivenAnswer, ReviewRequest, review
from attest.usecases.review_queue import FIRST, Waiting, review_queue
from tests.support.claude import Transcript as Story
from tests.support.recording import Clone, git, make_clone, record_file
from tests.unit.store.conftest import open_settings


@pytest.fixture
def queueing(settings: Settings, compiled: Path) -> Iterator[Instance]:
    """Give an instance that can record."""
    shutil.copytree(compiled, settings.home / "cache")
    made = open_settings(settings)
    yield made
    made.engine.dispose()


def _commit(clone: Clone, text: str) -> Clone:
    (clone.path / "pond.py").write_text(text)
    git(clone.path, "commit", "-q", "-a", "-m", text)
    return Clone(path=clone.path, oid=git(clone.path, "rev-parse", "HEAD"))


def _record(instance: Instance, clone: Clone, name: str, mode: str, *more: str) -> str:
    story = Story().prompt(f"Make room in the pond for {name}", permissionMode=mode)
    story.shell("pytest -q", "3 passed in 0.10s")
    for text in more:
        story.says(text)
    where = clone.path.parent / f"{name}.jsonl"
    where.write_bytes(b"".join(story.lines()).replace(b'"s1"', f'"session-{name}"'.encode()))
    return record_file(instance, where, clone if name != "nowhere" else None).session


def _review(instance: Instance, clone: Clone, capacity: str = "person") -> None:
    answers = tuple(GivenAnswer(question=name, answer="not-checked") for name in QUESTIONS)
    asked = ReviewRequest(
        repository=Repository.open(clone.path), revision=clone.oid, capacity=capacity, answers=answers
    )
    review(asked, instance)


def _waiting(instance: Instance, *, by_risk: bool = True) -> tuple[Waiting, ...]:
    catch_up(instance)
    return review_queue(instance, QueueAsked(by_risk=by_risk)).rows


def test_the_queue_of_reviews(queueing: Instance, tmp_path: Path) -> None:
    root = make_clone(tmp_path / "pond")
    calm, bold, whole = (_commit(root, f"ducks = {number}\n") for number in (5, 6, 7))
    names = {
        "calm": _record(queueing, calm, "calm", "default"),
        "bold": _record(queueing, bold, "bold", "bypassPermissions"),
        "whole": _record(queueing, whole, "whole", "default"),
    }
    _record(queueing, root, "nowhere", "default")
    by = {session: name for name, session in names.items()}

    def order(*, by_risk: bool = True) -> list[str]:
        return [by[one.session] for one in _waiting(queueing, by_risk=by_risk)]

    # Risk comes before age, and a session of no commit waits nowhere.
    assert order() == ["bold", "calm", "whole"]
    assert order(by_risk=False) == ["calm", "bold", "whole"]
    first = _waiting(queueing)[0]
    assert (first.why, first.commits) == (FIRST, (bold.oid,))
    assert "ran without being asked" in first.risks
    # The runner's own review ends nothing.
    _review(queueing, bold)
    assert order() == ["bold", "calm", "whole"]
    # Another person's does, another agent's does not.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(getpass, "getuser", lambda: "grace")
        _review(queueing, bold)
        _review(queueing, calm, "agent")
        assert order() == ["calm", "whole"]
        assert _waiting(queueing)[0].why == "no person reviewed it: signed as agent"
        _review(queueing, calm)
        assert order() == ["whole"]
    # What was captured since is not what was reviewed: it waits again.
    _record(queueing, bold, "bold", "bypassPermissions", "One more thing.")
    assert order() == ["bold", "whole"]
    found = review_queue(queueing, QueueAsked(limit=1))
    assert (len(found.rows), found.count, found.at_least, found.held) == (1, 2, False, 1)
    # Of another repository, or for whoever may not see this one: nothing, not even a number.
    assert review_queue(queueing, QueueAsked(repository="git+https://forge.example.test/other")).rows == ()
    elsewhere = Scope(tenant=queueing.scope.tenant, repositories=("git+https://forge.example.test/other",))
    page = queued(queueing.engine, elsewhere, queueing.log.name, QueueAsked())
    assert (page.waiting, page.reviewed, page.count) == ((), (), 0)
