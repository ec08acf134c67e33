"""Promise: a service ends what is older than its class by itself, by the setting that was logged, one process at a time."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from api.happenings import open_log
from api.retaining import Retaining
from attest.clock import running_s
from attest.errors import CannotVerify, InvalidInput
from attest.model.retention import retention_of
from attest.store.alone import alone
from attest.usecases import erasures
from attest.usecases import retain as module
from attest.usecases.erasures import all_erasures
from attest.usecases.instance import Instance
from attest.usecases.retain import FILE_NAME, due, set_retention, words_of
from tests.support.erasing import parts_with
from tests.support.recording import record_file, story, write_story

WORD = "thimblewickmoor"


Looks = Callable[[int], tuple[Retaining, io.StringIO]]


def recorded(instance: Instance, folder: Path, native: str) -> str:
    tale = story(native)
    tale.prompt(f"Call the duck {WORD}.", sessionId=native)
    return str(record_file(instance, write_story(folder / f"{native}.jsonl", tale)).session)


def keep(instance: Instance, **days: int) -> None:
    (instance.settings.home / FILE_NAME).write_text(json.dumps(days))
    set_retention(instance, typed=words_of(retention_of(days, "")))


@pytest.fixture
def looks_after(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Give what the service runs, and its log, at a time so many days from now. Signatures are of today: clocks are compared."""

    def make(days: int) -> tuple[Retaining, io.StringIO]:
        log, later = io.StringIO(), instance.clock.now() + timedelta(days=days)
        monkeypatch.setattr(module, "due", lambda of: due(of, later))
        return Retaining(instance, open_log(log, instance.clock), every_s=3600), log

    return make


def test_what_is_due_goes_in_the_round_of_one_process_and_is_logged_once(
    instance: Instance, tmp_path: Path, looks_after: Looks
) -> None:
    names = {recorded(instance, tmp_path, native) for native in ("n1", "n2")}
    unset, log = looks_after(4000)
    unset.round()
    assert log.getvalue() == ""
    keep(instance, transcriptDays=30)
    for days in (0, 29):
        early, _ = looks_after(days)
        early.round()
    assert parts_with(instance, WORD)
    (one, first), (two, second) = looks_after(31), looks_after(31)
    lock = instance.settings.home / "locks" / "retain.lock"
    with alone(instance.engine, f"retain/{instance.scope.tenant}", lock):
        two.round()
    assert second.getvalue() == ""
    assert parts_with(instance, WORD)
    one.round()
    two.round()
    assert [json.loads(each.getvalue())["transcripts"] for each in (first, second)] == [2, 0]
    assert parts_with(instance, WORD) == set()
    (erasure,) = all_erasures(instance)
    assert (set(erasure.request.sessions), erasure.second) == (names, "rule")


def test_a_setting_that_nobody_logged_takes_nothing_and_is_told(
    instance: Instance, tmp_path: Path, looks_after: Looks
) -> None:
    recorded(instance, tmp_path, "n1")
    path = instance.settings.home / FILE_NAME
    path.write_text('{"transcriptDays": 1}')
    looks, _ = looks_after(400)
    with pytest.raises(InvalidInput, match="logged last"):
        looks.round()
    keep(instance, transcriptDays=500)
    path.unlink()  # what was logged is not forgotten with its file
    with pytest.raises(InvalidInput, match="logged last"):
        looks.round()
    assert parts_with(instance, WORD)


def test_a_round_ends_between_two_erasures_and_the_next_goes_on(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks_after: Looks
) -> None:
    for native in ("n1", "n2"):
        recorded(instance, tmp_path, native)
    keep(instance, transcriptDays=30)
    monkeypatch.setattr(module, "AT_ONCE", 1)
    looks, _ = looks_after(31)
    looks.round(lambda: True)
    later = instance.clock.now() + timedelta(days=31)
    assert len(due(instance, later).transcripts) == 1
    looks.round()
    assert due(instance, later).transcripts == ()
    assert len(all_erasures(instance)) == 2


def test_what_was_logged_and_could_not_be_destroyed_is_destroyed_the_next_time(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks_after: Looks
) -> None:
    first, second = (recorded(instance, tmp_path, native) for native in ("n1", "n2"))
    keep(instance, metadataDays=30)
    destroy = erasures.destroy

    def away(of: Instance, session: str, *rest: object, **more: object) -> None:
        if session == min(first, second):
            raise CannotVerify("store.away")
        destroy(of, session, *rest, **more)  # type: ignore[arg-type]

    looks, _ = looks_after(31)
    with monkeypatch.context() as patched:
        patched.setattr(erasures, "destroy", away)
        with pytest.raises(CannotVerify):
            looks.round()
    assert not instance.keys.holds(f"session/{max(first, second)}")
    assert instance.keys.holds(f"session/{min(first, second)}")
    looks.round()
    assert not instance.keys.holds(f"session/{min(first, second)}")
    assert len(all_erasures(instance)) == 1


def test_a_clock_that_was_set_while_the_service_ran_ends_nothing(
    instance: Instance, tmp_path: Path, looks_after: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(instance, tmp_path, "n1")
    keep(instance, transcriptDays=30)
    service, log = looks_after(31)
    for days in (2, -2):
        monkeypatch.setattr("api.retaining.running_s", lambda days=days: running_s() - days * 86400)
        with pytest.raises(CannotVerify, match=r"program\.clock"):
            service.round()
    assert parts_with(instance, WORD)
    monkeypatch.setattr("api.retaining.running_s", lambda: running_s() - 3600)
    service.round()
    assert parts_with(instance, WORD) == set()
    assert json.loads(log.getvalue())["transcripts"] == 1
