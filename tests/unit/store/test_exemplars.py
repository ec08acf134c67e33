"""Promise: a consent to share is in the log and in its row together, ends at once, and belongs to one tenant and one runner."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from attest.capture.transcript import Transcript as File
from attest.errors import Absent, Conflict, InvalidInput, Refused
from attest.model.erasure_predicate import ErasureBasis
from attest.model.exemplar import Collection, ExemplarAction, Reach
from attest.model.scope import Scope
from attest.settings import Settings
from attest.store.database import writing
from attest.store.exemplars import consenting, exemplar, standing_exemplars
from attest.usecases.administer import By
from attest.usecases.erasures import request_erasure, run_erasure, words_of
from attest.usecases.exemplars import collect, consent, readable, standing, take_out, why_of, withdraw
from attest.usecases.holds import add_hold, admin_statements
from attest.usecases.instance import Instance
from attest.usecases.record import RecordRequest, record
from attest.usecases.shared_view import shared_view
from attest.usecases.sign import actor_of
from tests.support.claude import Transcript

pytestmark = pytest.mark.loopback
NINA = By(name="nina")
WHY = (Collection.PLANNING, "Says what is wanted before anything is changed.")


def recorded(instance: Instance, folder: Path, name: str = "s1") -> str:
    story = (
        Transcript(cwd="/work")
        .prompt("Please widen the pond. Mail ursula@example.test when it is done.")
        .call("ExitPlanMode", plan="1. Measure\n2. Dig")
        .refused("Measure twice, says Ursula Weber")
        .shell("pytest -q", "3 passed in 0.10s")
    )
    path = folder / f"{name}.jsonl"
    path.write_bytes(b"".join(story.lines()).replace(b'"s1"', json.dumps(name).encode()))
    request = RecordRequest(transcript=File.open(path), repository=None, commits=(), agent=None)
    return record(request, instance, on_step=lambda _: None).session


@pytest.fixture(autouse=True)
def rules(settings: Settings, compiled: Path) -> None:
    """Put compiled rules into the data directory, before the instance is opened."""
    shutil.copytree(compiled, settings.home / "cache")


def runner_of(instance: Instance) -> By:
    return By(name=actor_of(instance))


def said(instance: Instance) -> list[str]:
    return [str(one["action"]) for one in admin_statements(instance, *ExemplarAction)]


def listed(instance: Instance) -> list[str]:
    return [one.id for one in standing(instance)]


def test_a_consent_is_its_runners_and_ends_at_once_while_the_log_keeps_what_was_said(
    instance: Instance, tmp_path: Path
) -> None:
    session, runner = recorded(instance, tmp_path), runner_of(instance)
    with pytest.raises(Absent, match="not-found"):
        consent(instance, session, Reach.INSTANCE, NINA)
    assert said(instance) == []
    made = consent(instance, session, Reach.INSTANCE, runner)
    assert consent(instance, session, Reach.INSTANCE, runner) == made
    with pytest.raises(Refused, match="kept-apart"):
        collect(instance, made, WHY, runner)
    for sentence in ("short", "Ask ursula@example.test about it.", "two lines\nof it, long enough"):
        with pytest.raises(InvalidInput):
            collect(instance, made, (Collection.PLANNING, sentence), NINA)
    collect(instance, made, WHY, NINA)
    found = readable(instance, made.id)
    assert (found.collection, why_of(instance, found)) == WHY
    shared, why = shared_view(instance, found, unnamed=True)
    words = repr(shared) + why
    assert "widen the pond" in words
    assert "Measure" in words
    assert shared.checks[0].tool == "pytest"
    assert "rsula" not in words
    take_out(instance, found, NINA)
    assert (readable(instance, made.id).collection, listed(instance)) == (None, [made.id])
    with pytest.raises(Absent, match="not-found"):
        withdraw(instance, made.id, NINA)
    withdraw(instance, made.id, runner)
    withdraw(instance, made.id, runner)
    assert listed(instance) == []
    with pytest.raises(Absent, match="not-found"):
        readable(instance, made.id)
    assert said(instance) == ["exemplar-consented", "exemplar-added", "exemplar-removed", "exemplar-withdrawn"]
    assert set(said(instance)) == {one.value for one in ExemplarAction}
    told = str(list(admin_statements(instance, *ExemplarAction)))
    assert runner.name not in told
    assert "nina" not in told
    assert WHY[1] not in told


def test_another_reach_takes_the_place_of_the_first_and_two_at_once_do_not_stand(
    instance: Instance, tmp_path: Path
) -> None:
    session, runner = recorded(instance, tmp_path), runner_of(instance)
    first = consent(instance, session, Reach.INSTANCE, runner)
    second = consent(instance, session, Reach.REPOSITORY, runner)
    assert listed(instance) == [second.id]
    assert said(instance) == ["exemplar-consented", "exemplar-withdrawn", "exemplar-consented"]
    with pytest.raises(Conflict), writing(instance.engine) as rows:
        consenting(instance.scope, replace(first, id="exm_01J00000000000000000000000"))(rows)
    other = Scope("ten_other")
    assert exemplar(instance.engine, other, second.id) is None
    assert list(standing_exemplars(instance.engine, other)) == []


def test_nothing_is_shared_of_what_is_erased_or_held(instance: Instance, tmp_path: Path) -> None:
    runner = runner_of(instance)
    made = [consent(instance, recorded(instance, tmp_path, name), Reach.INSTANCE, runner) for name in ("s1", "s2")]
    assert listed(instance) == [made[1].id, made[0].id]
    asked = request_erasure(instance, (made[0].session,), ErasureBasis.REQUEST)
    run_erasure(instance, asked.request.id, typed=words_of(asked.request.id))
    assert listed(instance) == [made[1].id]
    with pytest.raises(Absent, match="erased"):
        consent(instance, made[0].session, Reach.INSTANCE, runner)
    add_hold(instance, "INC-7", sessions=(made[1].session,))
    assert listed(instance) == []
    with pytest.raises(Conflict, match="held"):
        consent(instance, made[1].session, Reach.REPOSITORY, runner)
    withdraw(instance, made[1].id, runner)  # at any time
    assert exemplar(instance.engine, instance.scope, made[1].id).withdrawn_at is not None
