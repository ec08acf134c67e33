"""Promise: a consent to share is in the log and in its row together, ends at once, and belongs to one tenant and one runner."""

from __future__ import annotations

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
from attest.store.exemplar_tables import ExemplarRow
from attest.store.exemplars import consenting, exemplar, standing_exemplars
from attest.usecases.administer import By
from attest.usecases.erasures import request_erasure, run_erasure, words_of
from attest.usecases.exemplars import collect, consent, readable, standing, take_out, why_of, withdraw
from attest.usecases.holds import add_hold, admin_statements, release_hold
from attest.usecases.instance import Instance
from attest.usecases.record import RecordRequest, record
from attest.usecases.shared_view import shared_view
from attest.usecases.sign import actor_of
from attest.usecases.subject_access import export_subject
from tests.support.claude import Transcript

pytestmark = pytest.mark.loopback
NINA = By(name="nina")
WHY = (Collection.PLANNING, "Says what is wanted before anything is changed.")


def recorded(instance: Instance, folder: Path) -> str:
    story = (
        Transcript(cwd="/work")
        .prompt("Please widen the pond. Mail ursula@example.test when it is done.")
        .call("ExitPlanMode", plan="1. Measure\n2. Dig")
        .refused("Measure twice, says Ursula Weber")
        .shell("pytest -q", "3 passed in 0.10s")
    )
    path = folder / "session.jsonl"
    path.write_bytes(b"".join(story.lines()))
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
    (told,) = (one for one in export_subject(instance, runner.name, by="x") if one["kind"] == "exemplar")
    assert (told["sentence"], told["reach"], told["withdrawn_at"]) == (WHY[1], "instance", None)
    shared, why = shared_view(instance, found, unnamed=True)
    words = repr(shared) + why
    assert "widen the pond" in words
    assert "Measure" in words
    assert shared.checks[0].tool == "pytest"
    assert "rsula" not in words
    with pytest.raises(Conflict), writing(instance.engine) as rows:  # two at once: one withdrawal ends all there is
        consenting(instance.scope, replace(made, id="exm_01J00000000000000000000000"))(rows)
    other = Scope("ten_other")
    assert exemplar(instance.engine, other, made.id) is None
    assert list(standing_exemplars(instance.engine, other)) == []
    with writing(instance.engine) as rows:  # what a row says and the log does not is no consent
        rows.get_one(ExemplarRow, (instance.scope.tenant, made.id)).reach = Reach.REPOSITORY.value
    assert listed(instance) == []
    with writing(instance.engine) as rows:
        rows.get_one(ExemplarRow, (instance.scope.tenant, made.id)).reach = Reach.INSTANCE.value
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


def test_another_reach_takes_the_place_and_nothing_is_shared_of_what_is_held_or_erased(
    instance: Instance, tmp_path: Path
) -> None:
    session, runner = recorded(instance, tmp_path), runner_of(instance)
    first = consent(instance, session, Reach.INSTANCE, runner)
    second = consent(instance, session, Reach.REPOSITORY, runner)
    assert exemplar(instance.engine, instance.scope, first.id).withdrawn_at is not None
    assert listed(instance) == [second.id]
    assert said(instance) == ["exemplar-consented", "exemplar-withdrawn", "exemplar-consented"]
    hold = add_hold(instance, "INC-7", sessions=(session,))
    assert listed(instance) == []
    with pytest.raises(Conflict, match="held"):
        consent(instance, session, Reach.INSTANCE, runner)
    release_hold(instance, hold.id, typed=f"release {hold.id}")
    assert listed(instance) == [second.id]
    asked = request_erasure(instance, (session,), ErasureBasis.REQUEST)
    run_erasure(instance, asked.request.id, typed=words_of(asked.request.id))
    assert listed(instance) == []
    with pytest.raises(Absent, match="erased"):
        consent(instance, session, Reach.INSTANCE, runner)
    withdraw(instance, second.id, runner)  # at any time
    assert exemplar(instance.engine, instance.scope, second.id).withdrawn_at is not None
