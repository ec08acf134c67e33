"""Promise: what is kept for too long goes by a logged rule, what is held about a person is told, a pseudonym proves or forgets."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from attest.errors import Absent, Conflict, InvalidInput, NotVerified
from attest.model.admin_predicate import ADMIN_V1
from attest.model.retention import Retention, retention_of
from attest.store import attestations
from attest.usecases.access_log import AccessLog
from attest.usecases.actors import check_disclosure, disclose, erase_actor, words_of
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.holds import add_hold
from attest.usecases.instance import Instance
from attest.usecases.retain import FILE_NAME, due, retain, set_retention
from attest.usecases.retain import words_of as setting_words
from attest.usecases.sign import actor_of
from attest.usecases.subject_access import export_subject
from tests.support.erasing import parts_with, tables_with
from tests.support.recording import record_file, story, write_story

WORD = "thimblewickmoor"


def recorded(instance: Instance, folder: Path, native: str, word: str = WORD) -> str:
    tale = story(native)
    tale.prompt(f"Call the duck {word}.", sessionId=native)
    return str(record_file(instance, write_story(folder / f"{native}.jsonl", tale)).session)


def keep(instance: Instance, **days: int) -> None:
    (instance.settings.home / FILE_NAME).write_text(json.dumps(days))
    set_retention(instance, typed=setting_words(retention_of(days, "")))


def test_what_is_older_than_its_class_goes_by_a_logged_rule_and_a_hold_wins(instance: Instance, tmp_path: Path) -> None:
    gone, held = recorded(instance, tmp_path, "n1"), recorded(instance, tmp_path, "n2", "heldduck")
    path = instance.settings.home / FILE_NAME
    path.write_text('{"transcriptDays": 30, "metadataDays": 365}')
    with pytest.raises(InvalidInput, match="logged last"):
        retain(instance)
    with pytest.raises(InvalidInput, match="not confirmed"):
        set_retention(instance, typed="yes")
    keep(instance, transcriptDays=30, metadataDays=365)
    hold = add_hold(instance, "matter-3", sessions=(held,))
    assert retain(instance).to_json()["sessions"] == []
    later = instance.clock.now() + timedelta(days=31)
    plan = due(instance, later)
    assert (plan.sessions, plan.transcripts, plan.held) == ((), (gone,), ((held, hold.id),))
    assert parts_with(instance, WORD)
    assert retain(instance, later).transcripts == (gone,)
    assert due(instance, later).transcripts == ()
    assert retain(instance, later + timedelta(days=335)).sessions == (gone,)
    assert parts_with(instance, WORD) == tables_with(instance, WORD) == set()
    assert parts_with(instance, "heldduck")
    assert fsck(instance, FsckDepth(index=True), on_progress=lambda *_: None).problems == ()
    # Longer needs nobody, shorter does.
    path.write_text('{"metadataDays": 3650}')
    assert set_retention(instance) == Retention(metadata=3650)
    path.write_text('{"metadataDays": 1}')
    with pytest.raises(InvalidInput):
        set_retention(instance)
    assert (
        len(attestations.newest(instance.engine, instance.scope, before=None, limit=9, predicate_type=ADMIN_V1).rows)
        == 3
    )


def test_reasoning_lies_in_the_transcript_and_the_shorter_of_the_two_ends_it() -> None:
    assert Retention(transcript=400, reasoning=90).texts == 90
    assert Retention(reasoning=90).shorter_than(Retention(transcript=400))
    assert not Retention(metadata=9).shorter_than(Retention(metadata=9))
    wrongs: tuple[object, ...] = (
        [],
        {"days": 1},
        {"transcriptDays": 0},
        {"transcriptDays": True},
        {"metadataDays": 10**9},
    )
    for wrong in wrongs:
        with pytest.raises(InvalidInput):
            retention_of(wrong, "")


def test_everything_held_about_a_person_is_told_once_it_is_recorded_that_it_was(
    instance: Instance, tmp_path: Path
) -> None:
    session = recorded(instance, tmp_path, "n3")
    uri = actor_of(instance)
    lines = list(export_subject(instance, uri, by=uri))
    kinds = {str(line["kind"]) for line in lines}
    assert {"about", "identity", "statement", "session", "part", "end"} <= kinds
    assert WORD in json.dumps(lines)
    assert [line["session"] for line in lines if line["kind"] == "session"] == [session]
    own = AccessLog(instance).own()
    assert own is not None
    assert own.log.name == "access"
    again = list(export_subject(instance, uri, by=uri))
    assert [line for line in again if line["kind"] == "read-by-them"]
    with pytest.raises(Absent):
        list(export_subject(instance, "nobody@nowhere.test", by=uri))


def test_disclosure_proves_the_name_until_it_is_forgotten(instance: Instance, tmp_path: Path) -> None:
    recorded(instance, tmp_path, "n4")
    uri = actor_of(instance)
    told = json.loads(json.dumps(disclose(instance, uri).to_json()))
    assert check_disclosure(told).subject == told["subject"]
    for change in (
        {"subject": "somebody@else"},
        {"salt": "00" * 32},
        {"uri": uri[:-1] + ("0" if uri[-1] != "0" else "1")},
    ):
        with pytest.raises(NotVerified):
            check_disclosure(told | change)
    with pytest.raises(InvalidInput):
        erase_actor(instance, uri, typed="yes")
    hold = add_hold(instance, "matter-4")
    with pytest.raises(Conflict) as held:
        erase_actor(instance, uri, typed=words_of(uri))
    assert held.value.got == hold.id


def test_forgotten_pseudonym_is_nobodys_and_the_next_is_another(instance: Instance, tmp_path: Path) -> None:
    recorded(instance, tmp_path, "n5")
    uri = actor_of(instance)
    erase_actor(instance, uri, typed=words_of(uri))
    with pytest.raises(Absent):
        disclose(instance, uri)
    assert actor_of(instance) != uri
    assert fsck(instance, FsckDepth(signatures=True), on_progress=lambda *_: None).problems == ()
