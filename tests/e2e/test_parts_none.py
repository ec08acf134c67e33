"""Promise: a session recorded without parts has its statement and facts, keeps no text, and says so everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from attest.capture.transcript import Transcript
from attest.errors import Absent, InvalidInput
from attest.model.answer import Mark
from attest.model.keeping import KeepImages, Keeping, KeepParts, parse_keeping
from attest.model.receipt import Receipt
from attest.store import attestations
from attest.usecases.answer import answer_for
from attest.usecases.export_atif import export_atif
from attest.usecases.instance import Instance
from attest.usecases.read_parts import open_parts
from attest.usecases.read_transcript import read_transcript
from attest.usecases.record import RecordRequest, record
from tests.support.command import whereof
from tests.support.recording import Clone, check_home, document, open_home, record_file, story, write_story

NONE = Keeping(parts=KeepParts.NONE)


def record_none(instance: Instance, transcript: Path, clone: Clone) -> Receipt:
    request = RecordRequest(
        transcript=Transcript.open(transcript), repository=clone.repository, commits=(clone.oid,), keeping=NONE
    )
    return record(request, instance, on_step=lambda _: None)


def test_nothing_but_the_statement_is_kept_and_it_verifies(
    instance: Instance, data: Path, clone: Clone, tmp_path: Path
) -> None:
    receipt = record_none(instance, write_story(tmp_path / "t.jsonl", story("a")), clone)
    other = record_none(instance, write_story(tmp_path / "u.jsonl", story("b")), clone)
    assert attestations.parts_of(instance.engine, instance.scope, receipt.attestation) == ()
    assert receipt.payload_sha256 != other.payload_sha256
    assert len({s.sha256 for r in (receipt, other) for s in subjects(instance, r) if s.name.startswith("ses_")}) == 2
    assert b"third duck" not in b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    whole = statement(instance, receipt)
    assert whole["parts"]["count"] == 0  # type: ignore[index]
    assert whole["extensions"]["redaction"]["parts"] == "none"  # type: ignore[index]
    assert whole["facts"]["agent"]["value"]  # type: ignore[index]
    assert check_home(data, signatures=True).problems == ()
    verified = whereof("verify", "HEAD", "--json", home=data, cwd=clone.path)
    assert verified.returncode == 0, verified.stderr + verified.stdout


def subjects(instance: Instance, receipt: Receipt):  # type: ignore[no-untyped-def]
    return _parsed(instance, receipt).subjects


def statement(instance: Instance, receipt: Receipt) -> dict[str, object]:
    return dict(_parsed(instance, receipt).predicate)


def _parsed(instance: Instance, receipt: Receipt):  # type: ignore[no-untyped-def]
    from attest.model.statement import parse_statement
    from attest.signing.dsse import parse_envelope

    stored = attestations.by_id(instance.engine, instance.scope, receipt.attestation)
    assert stored is not None
    return parse_statement(parse_envelope(stored.leaf.envelope).payload)


def test_the_answer_says_not_kept_and_a_session_with_parts_beside_it_is_told_in_full(
    instance: Instance, clone: Clone, tmp_path: Path
) -> None:
    record_none(instance, write_story(tmp_path / "t.jsonl", story("a")), clone)
    answer = answer_for(instance, clone.oid, clone.repository)
    for number in (2, 3, 5, 6):
        (row,) = (row for row in answer.section(number).rows if row.term == "session")
        assert (row.word, row.mark) == ("not kept", Mark.NOT_KNOWN)
        assert "without parts" in row.text
    assert any("recorded without parts" in (row.detail or "") for row in answer.section(11).rows)
    assert "ducks = 3" not in str(answer.section(2))
    record_file(instance, write_story(tmp_path / "u.jsonl", story("b")), clone)
    both = answer_for(instance, clone.oid, clone.repository)
    assert any(row.word == "not kept" for row in both.section(2).rows)
    assert "third duck" in str(both.section(2))


def test_show_prints_it_and_readers_of_parts_get_one_code(
    instance: Instance, data: Path, clone: Clone, tmp_path: Path
) -> None:
    receipt = record_none(instance, write_story(tmp_path / "t.jsonl", story()), clone)
    shown = whereof("show", "HEAD", home=data, cwd=clone.path)
    assert shown.returncode == 0, shown.stderr
    assert "not kept" in shown.stdout
    assert document(whereof("show", "HEAD", "--json", home=data, cwd=clone.path).stdout)
    run = read_transcript(instance, receipt.attestation, start=0, count=100)
    assert (run.total, run.data) == (0, b"")
    for read in (open_parts, export_atif):
        with pytest.raises(Absent) as caught:
            read(instance, receipt.attestation)
        assert caught.value.code == "redaction.not-kept"


def test_the_choice_is_the_instances_or_one_recordings(
    new_home: Callable[[str], Path], clone: Clone, tmp_path: Path
) -> None:
    home = new_home("other")
    (home / "redaction-keep.json").write_text(json.dumps({"parts": "none"}))
    instance = open_home(home)
    receipt = record_file(instance, write_story(tmp_path / "t.jsonl", story("a")), clone)
    assert attestations.parts_of(instance.engine, instance.scope, receipt.attestation) == ()
    instance.engine.dispose()
    transcript = write_story(tmp_path / "u.jsonl", story("b"))
    done = whereof("record", "--transcript", transcript, "--parts", "all", "--json", home=home, cwd=clone.path)
    assert done.returncode == 0, done.stderr
    instance = open_home(home)
    assert attestations.parts_of(instance.engine, instance.scope, str(document(done.stdout)["attestation"]))
    instance.engine.dispose()
    wrong = whereof("record", "--transcript", transcript, "--parts", "some", home=home, cwd=clone.path)
    assert wrong.returncode == 2
    (home / "redaction-keep.json").write_text("{]")
    third = write_story(tmp_path / "v.jsonl", story("c"))
    broken = whereof("record", "--transcript", third, home=home, cwd=clone.path)
    assert broken.returncode == 2


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"parts": "some"},
        {"commit": None},
        {"vault": "yes"},
        {"image": "keep"},
        {"images": "keep"},
        {"images": "keep", "acknowledge": True},
    ],
)
def test_choices_that_cannot_be_read_are_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        parse_keeping(value, "here")


def test_images_are_kept_only_after_the_words() -> None:
    kept = parse_keeping({"images": "keep", "acknowledge": "images leave this machine unseen"}, "here")
    assert kept.images is KeepImages.KEEP
