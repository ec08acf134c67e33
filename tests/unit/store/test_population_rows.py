"""What populations are made of: the same rows below a tree size on both databases, each page read once, nothing of another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.model.scope import Scope
from attest.model.session_predicate import SESSION_V1
from attest.store import population_rows
from attest.store.log_reader import LogReader
from attest.store.population_rows import Ground, entries_of, spoken_commits, spoken_of
from attest.usecases.instance import Instance
from tests.support.many_sessions import commit_of, log_sessions


def _size(instance: Instance) -> int:
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    assert head is not None
    return head.tree_size


def test_rows_below_a_tree_size_are_the_same_after_the_log_has_grown(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Pages of three, so that five commits take two.
    monkeypatch.setattr(population_rows, "_PAGE", 3)
    place = (instance.engine, instance.scope)
    log_sessions(instance, range(5))
    then = Ground(tree_size=_size(instance))
    before, names = tuple(spoken_commits(*place, then)), tuple(entries_of(*place, then))
    log_sessions(instance, range(5, 7))
    assert tuple(spoken_commits(*place, then)) == before
    assert tuple(entries_of(*place, then)) == names
    assert [one.oid for one in before] == sorted(commit_of(number) for number in range(5))
    assert len(names) == 5
    now = replace(then, tree_size=_size(instance))
    assert len(tuple(spoken_commits(*place, now))) == 7
    assert len(tuple(entries_of(*place, replace(now, first=then.tree_size)))) == 2
    assert not tuple(entries_of(*place, replace(now, predicate_types=("https://example.test/other",))))
    assert len(tuple(entries_of(*place, replace(now, predicate_types=(SESSION_V1,))))) == 7
    wanted = [commit_of(1), commit_of(6), "f" * 40]
    assert [one.oid for one in spoken_of(*place, wanted, then.tree_size)] == [commit_of(1)]


def test_nothing_of_another_tenant_or_repository_is_read(instance: Instance) -> None:
    log_sessions(instance, range(2))
    ground = Ground(tree_size=_size(instance))
    strangers = (
        Scope("ten_other"),
        replace(instance.scope, repositories=("git+https://forge.example.test/other/repo",)),
    )
    for scope in strangers:
        assert not tuple(spoken_commits(instance.engine, scope, ground))
        assert not tuple(entries_of(instance.engine, scope, ground))
        assert not tuple(spoken_of(instance.engine, scope, [commit_of(0)], ground.tree_size))
