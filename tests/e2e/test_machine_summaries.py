"""Promise: a machine summary is made when asked for, never before, is evidence of nothing, and goes with the session's texts."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.errors import Absent, CannotVerify, Conflict, InvalidInput, NotVerified, Quarantined, Refused
from attest.evidence.bundle.question import Asked, Question
from attest.model.answer_json import to_json
from attest.model.erasure_predicate import ErasureBasis, ErasureScope
from attest.model.governing import Governed
from attest.store.access_records import accesses_of
from attest.store.log_reader import LogReader
from attest.usecases.access_log import AccessLog
from attest.usecases.administer import log_governing
from attest.usecases.answer import answer_for
from attest.usecases.bundle_request import BundleRequest
from attest.usecases.create_bundle import create_bundle
from attest.usecases.erasures import plan_of, replay_erasures, request_erasure, run_erasure, words_of
from attest.usecases.holds import add_hold
from attest.usecases.instance import Instance
from attest.usecases.kept_summaries import FOLDER, kept_summary
from attest.usecases.sign import actor_of
from attest.usecases.subject_access import export_subject
from attest.usecases.summarize import summarize, take_away
from attest.usecases.summarizer import FILE_NAME
from tests.support.command import whereof
from tests.support.erasing import files_with, tables_with
from tests.support.evidence_bundles import nothing
from tests.support.recording import (
    ROOT,
    Clone,
    document,
    open_home,
    record_file,
    story,
    write_story,
)
from tests.support.summarizers import name_summarizer, says

WORD = "gillyflowerquoin"
"""Said by the program, and by nothing else in the world."""
ECHO = """
import hashlib, json, os, sys
given = sys.stdin.buffer.read()
told = {"sha256": hashlib.sha256(given).hexdigest(), "members": sorted(json.loads(given)), "names": sorted(os.environ)}
told |= {"here": os.listdir("."), "text": "third duck" in given.decode()}
print(json.dumps({"model": "m", "version": "1", "text": json.dumps(told)}))
"""


@pytest.fixture(scope="module")
def instance(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """Give one instance for all: each test has a session of its own in it."""
    home = tmp_path_factory.mktemp("summaries") / "home"
    shutil.copytree(compiled, home / "cache")
    opened = open_home(home)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def session(instance: Instance, tmp_path: Path, clone: Clone) -> str:
    (instance.settings.home / FILE_NAME).unlink(missing_ok=True)
    name = f"n{tree_size(instance)}"
    return str(record_file(instance, write_story(tmp_path / "s.jsonl", story(name)), clone).session)


def tree_size(instance: Instance) -> int:
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    return head.tree_size if head else 0


def erase(instance: Instance, session: str, scope: ErasureScope = ErasureScope.SESSION) -> str:
    name = request_erasure(instance, (session,), ErasureBasis.REQUEST, scope=scope).request.id
    run_erasure(instance, name, typed=words_of(name))
    return name


def test_without_a_named_program_there_is_none_and_recording_makes_none(instance: Instance, session: str) -> None:
    with pytest.raises(InvalidInput) as none:
        summarize(instance, session, {})
    assert (none.value.code, none.value.where) == ("input.not-found", str(instance.settings.home / FILE_NAME))
    assert kept_summary(instance, session) is None


def test_which_program_is_named_is_logged_by_its_digest_when_a_service_starts(instance: Instance, session: str) -> None:
    log_governing(instance, instance.settings.home)
    says(instance.settings.home, session)
    assert log_governing(instance, instance.settings.home) == (Governed.SUMMARIZER,)
    assert log_governing(instance, instance.settings.home) == ()


def test_recording_does_not_start_the_program_that_is_named(instance: Instance, tmp_path: Path) -> None:
    name_summarizer(instance.settings.home, f"open({str(tmp_path / 'ran')!r}, 'w')")
    made = record_file(instance, write_story(tmp_path / "s.jsonl", story("unasked")))
    assert not (tmp_path / "ran").exists()
    assert kept_summary(instance, str(made.session)) is None


def test_the_program_is_given_the_redacted_events_and_little_else(instance: Instance, session: str) -> None:
    name_summarizer(instance.settings.home, ECHO, environment=["KEY_OF_IT"])
    given = {"PATH": "/usr/bin", "KEY_OF_IT": "k", "WHEREOF_TOKEN": "t", "HOME": "/home/ada"}
    made = summarize(instance, session, given)
    told = json.loads(made.text)
    assert told["sha256"] == made.input_sha256
    assert told["members"] == ["attestation", "events", "next_seq", "session", "version"]
    assert set(told["names"]) <= {"PATH", "KEY_OF_IT", "LC_CTYPE"}
    assert (told["here"], told["text"], made.whole) == ([], True, True)
    assert made.events > 3
    kept = kept_summary(instance, session)
    assert kept is not None
    assert (kept.text, kept.name, kept.model, kept.version) == (made.text, "acme-notes", "m", "1")
    file = instance.settings.home / FOLDER / f"{session}.sealed"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_it_is_in_no_log_no_bundle_no_answer_and_in_no_clear_file(
    instance: Instance, session: str, clone: Clone, tmp_path: Path
) -> None:
    before, answer = tree_size(instance), to_json(answer_for(instance, clone.oid, clone.repository))
    says(instance.settings.home, f"The {WORD} was moved.")
    made = summarize(instance, session, {})
    assert WORD in made.text
    (instance.settings.home / FILE_NAME).unlink()
    assert tree_size(instance) == before
    after = to_json(answer_for(instance, clone.oid, clone.repository))
    assert json.dumps(after, default=str, sort_keys=True) == json.dumps(answer, default=str, sort_keys=True)
    assert tables_with(instance, WORD) == set()
    assert files_with(instance.settings.home, clone.path, word=WORD) == set()
    output = tmp_path / "bundle"
    create_bundle(instance, BundleRequest(question=Question(kind=Asked.INTERVAL), parts=True, output=output), nothing)
    paths = [output] if output.is_file() else [one for one in output.rglob("*") if one.is_file()]
    assert paths
    for path in paths:
        assert WORD.encode() not in path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                assert not any(WORD.encode() in packed.read(name) or FOLDER in name for name in packed.namelist())


def test_only_what_shows_makes_or_removes_it_imports_it() -> None:
    allowed = {
        "api/pages/machine_view.py",
        "api/pages/session_view.py",
        "api/routes/machine_summaries.py",
        "api/routes/session_page.py",
        "attest/cli/summarize.py",
        "attest/usecases/destroy.py",
        "attest/usecases/kept_summaries.py",
        "attest/usecases/subject_access.py",
        "attest/usecases/summarize.py",
        "attest/usecases/summarizer.py",
    }
    words = "kept_summaries|machine_summary|machine_view|summarize|summarizer"
    names = re.compile(rf"^ *(?:from attest\.usecases import .*|from [a-z._]*\.)\b(?:{words})\b", re.MULTILINE)
    paths = (one for folder in ("attest", "api", "redaction") for one in (ROOT / folder).rglob("*.py"))
    found = {path.relative_to(ROOT).as_posix() for path in paths if names.search(path.read_text(encoding="utf-8"))}
    assert found == allowed


def test_that_the_words_were_given_is_recorded_first_and_without_the_record_nothing_is_given(
    instance: Instance, session: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(instance.settings.home, "Ducks were counted.")
    made = summarize(instance, session, {})
    ((_, record),) = accesses_of(instance.engine, instance.scope, (session,), limit=9)
    assert record["scope"] == "session.read.transcript"
    assert (record["who"], record["rows"]) == (actor_of(instance), made.events)
    assert "machine summary by acme-notes" in json.dumps(record)

    def refuse(*_: object) -> None:
        raise Refused("service.access-log")

    monkeypatch.setattr(AccessLog, "write", refuse)
    name_summarizer(instance.settings.home, f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(Refused):
        summarize(instance, session, {})
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("scope", list(ErasureScope), ids=lambda scope: scope.value)
def test_an_erasure_destroys_it_and_none_is_made_after(instance: Instance, session: str, scope: ErasureScope) -> None:
    says(instance.settings.home, f"The {WORD}.")
    summarize(instance, session, {})
    kept = instance.settings.home / FOLDER / f"{session}.sealed"
    shutil.copy(kept, kept.with_suffix(".copy"))
    name = erase(instance, session, scope)
    assert not kept.exists()
    assert kept_summary(instance, session) is None
    with pytest.raises(Absent) as gone:
        summarize(instance, session, {})
    assert gone.value.code == "erasure.erased"
    shutil.move(kept.with_suffix(".copy"), kept)
    assert plan_of(instance, name).sessions[0].summary
    assert replay_erasures(instance) == 1
    assert not kept.exists()
    assert not plan_of(instance, name).sessions[0].anything


def test_a_copy_of_the_file_does_not_open_once_the_session_is_erased(instance: Instance, session: str) -> None:
    says(instance.settings.home, "Ducks were counted.")
    summarize(instance, session, {})
    kept = instance.settings.home / FOLDER / f"{session}.sealed"
    saved = kept.read_bytes()
    kept.write_bytes(saved[:-1] + bytes([saved[-1] ^ 1]))
    with pytest.raises(NotVerified):
        kept_summary(instance, session)
    erase(instance, session)
    kept.write_bytes(saved)
    with pytest.raises(Absent) as gone:
        kept_summary(instance, session)
    assert gone.value.code == "erasure.erased"
    kept.unlink()


def test_an_erasure_that_is_logged_while_the_program_runs_leaves_nothing(
    instance: Instance, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*_: object) -> bytes:
        erase(instance, session, ErasureScope.TRANSCRIPT)
        return json.dumps({"model": "m", "version": "1", "text": "Ducks."}).encode()

    says(instance.settings.home, "Ducks.")
    monkeypatch.setattr("attest.usecases.summarize.run_summarizer", meanwhile)
    with pytest.raises(Absent):
        summarize(instance, session, {})
    assert kept_summary(instance, session) is None


def test_a_newer_one_takes_its_place_and_a_hold_keeps_the_first(instance: Instance, session: str) -> None:
    says(instance.settings.home, "First.")
    summarize(instance, session, {})
    says(instance.settings.home, "Second.")
    summarize(instance, session, {})
    add_hold(instance, "matter-3", sessions=(session,))
    with pytest.raises(Conflict):
        summarize(instance, session, {})
    with pytest.raises(Conflict):
        take_away(instance, session)
    kept = kept_summary(instance, session)
    assert kept is not None
    assert kept.text == "Second."


def test_what_the_second_scan_finds_in_an_answer_is_not_kept(instance: Instance, session: str) -> None:
    says(instance.settings.home, "It used " + "gh" + "p_" + "7cY4mR9sL1dK6wQ2hV8nT3bX5jF0gZpA4eUo.")
    with pytest.raises(Quarantined):
        summarize(instance, session, {})
    assert kept_summary(instance, session) is None


def test_a_person_who_asks_what_is_held_is_told_it(instance: Instance, session: str) -> None:
    says(instance.settings.home, f"The {WORD}.")
    summarize(instance, session, {})
    lines = list(export_subject(instance, actor_of(instance), by="privacy"))
    (told,) = [line["summary"] for line in lines if line["kind"] == "machine-summary" and line["session"] == session]
    assert isinstance(told, dict)
    assert (told["mark"], told["text"]) == ("machine summary, not evidence", f"The {WORD}.")


def test_names_that_are_no_session_lead_to_no_file(instance: Instance) -> None:
    says(instance.settings.home, "Ducks.")
    for name in ("../keys", "ses_../../x", "", "ses_01J00000000000000000000000"):
        with pytest.raises(Absent):
            summarize(instance, name, {})


def test_the_command_says_what_it_is_and_takes_it_away(instance: Instance, session: str, tmp_path: Path) -> None:
    home = instance.settings.home
    says(home, "Ducks\n::error::were\x1b[2Jcounted.")
    made = whereof("summarize", session, home=home, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    first, source, *lines = made.stdout.splitlines()
    assert first == "machine summary, not evidence, by acme-notes"
    assert "Model acme/small, version 2026-11 (as the program says)" in source
    assert "\x1b" not in made.stdout
    assert len(lines) == 2
    told = document(whereof("summarize", session, "--remove", "--json", home=home, cwd=tmp_path).stdout)
    assert told == {"session": session, "removed": True}
    assert kept_summary(instance, session) is None


def test_a_failing_program_keeps_the_earlier_summary(instance: Instance, session: str) -> None:
    says(instance.settings.home, "First.")
    first = summarize(instance, session, {})
    name_summarizer(instance.settings.home, "raise SystemExit(7)")
    with pytest.raises(CannotVerify) as failed:
        summarize(instance, session, {})
    assert (failed.value.code, failed.value.got) == ("summary.failed", "7")
    kept = kept_summary(instance, session)
    assert kept is not None
    assert kept.text == first.text
