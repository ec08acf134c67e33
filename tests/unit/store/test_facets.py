"""Promise: recordings are counted by what they have in common, exactly, as of a state of the log, in one's scope, on both databases."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from attest.model.recording_facets import FACETS, Chosen
from attest.model.scope import AsOf, Scope
from attest.store import facet_find
from attest.store.attestation_lists import MAX_COUNTED
from attest.store.database import reading
from attest.store.facet_find import MAX_SHOWN, facet_counts, listed_chosen
from attest.store.facet_rows import RecordingFacets, clear_facets, facets_to, write_facets
from attest.usecases.index_facets import catch_up_facets
from attest.usecases.instance import Instance
from tests.support.many_sessions import log_sessions

PONDS = ("git+https://forge.example.test/one", "git+https://forge.example.test/two")
BEGIN = int(datetime(2026, 1, 30, tzinfo=UTC).timestamp())
ROWS = 300


def _recordings() -> list[RecordingFacets]:
    drawn = random.Random(5)
    every: dict[str, list[tuple[str, ...]]] = {
        "agent": [("claude-code",), ("codex",)],
        "model": [("model-a",), ("model-b",), ("model-a", "model-b")],
        "mode": [("plan",), ("unknown",)],
        "source": [("hook",), ("named",)],
        "check": [("failed", "passed"), ("none",)],
        "reached": [("network", "secret"), ("none",)],
        "repository": [PONDS[:1], PONDS[1:], PONDS, ("unknown",)],
    }
    return [
        RecordingFacets(
            index=3 * number,
            recorded_at=BEGIN + number * 3600,
            values={name: drawn.choice(of) for name, of in every.items()},
        )
        for number in range(ROWS)
    ]


@pytest.fixture
def counted(instance: Instance) -> tuple[Instance, list[RecordingFacets]]:
    rows = _recordings()
    place = (instance.engine, instance.scope, instance.log.name)
    assert write_facets(*place, rows[:200], span=(0, 600))
    assert not write_facets(*place, rows[:200], span=(0, 600)), "somebody else was there before"
    assert write_facets(*place, rows[200:], span=(600, 3 * ROWS))
    return instance, rows


def _as_of(instance: Instance, size: int) -> AsOf:
    return AsOf(log=instance.services.log.origin, tree_size=size, root=bytes(32))


def _held(one: RecordingFacets, chosen: Chosen) -> bool:
    since, until = chosen.since or 0, chosen.until or 2**62
    return since <= one.recorded_at < until and all(value in one.values[name] for name, value in chosen.values)


QUESTIONS = (
    Chosen(),
    Chosen(values=(("agent", "codex"),)),
    Chosen(values=(("model", "model-b"), ("repository", PONDS[0]))),
    Chosen(since=BEGIN + 100 * 3600, until=BEGIN + 220 * 3600),
    Chosen(values=(("reached", "secret"), ("source", "hook")), since=BEGIN + 40 * 3600),
    Chosen(values=(("agent", "nobody"),)),
)


def test_counts_are_those_of_the_rows(counted: tuple[Instance, list[RecordingFacets]]) -> None:
    instance, rows = counted
    scopes = (None, PONDS[:1], ())
    for chosen, size, repositories in itertools.product(QUESTIONS, (3 * ROWS, 451), scopes):
        found = facet_counts(
            instance.engine,
            Scope(instance.scope.tenant, repositories),
            instance.log.name,
            chosen=chosen,
            as_of=_as_of(instance, size),
        )
        seen = [one for one in rows if one.index < size and _held(one, chosen)]
        if repositories is not None:
            seen = [one for one in seen if set(one.values["repository"]) <= set(repositories)]
        assert found.total == len(seen)
        for name in FACETS:
            expected = Counter(value for one in seen for value in one.values[name])
            assert {one.value: one.count for one in found.facets[name]} == expected
            counts = [one.count for one in found.facets[name]]
            assert counts == sorted(counts, reverse=True)
        months = Counter(datetime.fromtimestamp(one.recorded_at, UTC).strftime("%Y-%m") for one in seen)
        assert dict(found.months) == months
        assert list(found.months) == sorted(found.months, reverse=True)
        assert found.indexed_to == size


def test_nothing_of_another_tenant_or_log_is_counted(counted: tuple[Instance, list[RecordingFacets]]) -> None:
    instance, _ = counted
    for scope, log in ((Scope("ten_other"), instance.log.name), (instance.scope, "other")):
        found = facet_counts(instance.engine, scope, log, chosen=Chosen(), as_of=_as_of(instance, 900))
        assert found.total == 0
        assert not any(found.facets.values())


@pytest.mark.parametrize("bound", ["MAX_RECORDINGS", "MAX_COMBINATIONS"])
def test_too_many_are_not_counted(
    counted: tuple[Instance, list[RecordingFacets]], monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    instance, _ = counted
    monkeypatch.setattr(facet_find, bound, 10)
    found = facet_counts(
        instance.engine, instance.scope, instance.log.name, chosen=Chosen(), as_of=_as_of(instance, 900)
    )
    assert (found.total, found.facets, found.months) == (None, {}, ())


def test_values_that_are_not_shown_are_counted(instance: Instance) -> None:
    many = tuple(f"model-{number:02}" for number in range(MAX_SHOWN + 5))
    row = replace(_recordings()[0], values={**_recordings()[0].values, "model": many})
    assert write_facets(instance.engine, instance.scope, instance.log.name, [row], span=(0, 1))
    found = facet_counts(instance.engine, instance.scope, instance.log.name, chosen=Chosen(), as_of=_as_of(instance, 1))
    assert [one.value for one in found.facets["model"]] == list(many[:MAX_SHOWN])
    assert found.more["model"] == 5


def test_what_was_logged_is_counted_and_listed_and_made_again(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_sessions(instance, range(5), text_bytes=10)
    place = (instance.engine, instance.scope, instance.log.name)
    before = facet_counts(*place, chosen=Chosen(), as_of=None)
    assert (before.total, before.indexed_to) == (0, 0)
    size = catch_up_facets(instance)
    found = facet_counts(*place, chosen=Chosen(values=(("agent", "claude-code"),)), as_of=None)
    assert (found.total, found.indexed_to, found.as_of.tree_size) == (5, size, size)
    assert [one.value for one in found.facets["repository"]] == ["git+https://git.example/pond"]
    clear_facets(instance.engine, instance.scope)
    with reading(instance.engine) as session:
        assert facets_to(session, instance.scope, instance.log.name) == 0
    assert catch_up_facets(instance) == size
    for most in (MAX_COUNTED, 2):  # by their combinations, and along the log
        monkeypatch.setattr(facet_find, "MAX_COUNTED", most)
        chosen = Chosen(values=(("agent", "claude-code"), ("mode", "unknown")))
        first, reached = listed_chosen(*place, chosen=chosen, as_of=None, before=None, limit=3)
        places = [one.receipt.index for one in first.rows]
        assert (len(places), first.more, first.count, reached) == (3, True, min(5, most + 1), size)
        rest, _ = listed_chosen(*place, chosen=chosen, as_of=first.as_of, before=places[-1], limit=3)
        places += [one.receipt.index for one in rest.rows]
        assert len(places) == 5
        assert not rest.more
        assert places == sorted(places, reverse=True)
        other = Chosen(values=(("agent", "codex"),))
        assert not listed_chosen(*place, chosen=other, as_of=None, before=None, limit=3)[0].rows
