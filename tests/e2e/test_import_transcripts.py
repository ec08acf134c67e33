"""Back-fill finds what agents kept of a clone, records each once, and says that it was imported."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from attest.git import Repository
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.import_transcripts import ImportRequest, ImportState, import_transcripts
from attest.usecases.instance import Instance
from tests.support.claude import Transcript as Story
from tests.support.recording import Clone, record_file

SESSION = "0198c0de-0000-4000-8000-00000000000{}"


def _kept(home: Path, clone: Clone, number: int, *, age_days: int = 0) -> Path:
    """Leave a transcript where Claude Code keeps it, as old as asked."""
    name = "".join(char if char.isalnum() else "-" for char in str(clone.path.resolve()))
    folder = home / ".claude" / "projects" / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{SESSION.format(number)}.jsonl"
    tale = Story()
    tale.prompt(f"Feed duck {number}.", sessionId=SESSION.format(number), cwd=str(clone.path.resolve()))
    tale.shell("python -m pytest -q", "3 passed in 0.01s")
    path.write_bytes(b"".join(tale.lines()))
    when = datetime.now(UTC).timestamp() - age_days * 86400
    os.utime(path, (when, when))
    return path


def _request(home: Path, clone: Clone, **options: object) -> ImportRequest:
    return ImportRequest(repository=Repository.open(clone.path), home=home, **({"since": None} | options))  # type: ignore[arg-type]


def test_each_kept_transcript_is_recorded_once_and_labelled(instance: Instance, home: Path, clone: Clone) -> None:
    for number in (1, 2):
        _kept(home, clone, number)
    told: list[tuple[int, int]] = []
    first = import_transcripts(_request(home, clone), instance, on_each=lambda *at: told.append(at))
    assert [row.state for row in first] == [ImportState.RECORDED] * 2
    assert told == [(1, 2), (2, 2)]
    assert first[0].receipt is not None
    stored = attestations.by_id(instance.engine, instance.scope, first[0].receipt.attestation)
    assert stored is not None
    predicate = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate
    assert predicate["capture"]["source"] == "imported"  # type: ignore[index]
    again = import_transcripts(_request(home, clone), instance, on_each=lambda *_: None)
    assert [row.state for row in again] == [ImportState.KNOWN] * 2


def test_session_that_was_recorded_is_not_imported_over(instance: Instance, home: Path, clone: Clone) -> None:
    record_file(instance, _kept(home, clone, 1), clone)
    (row,) = import_transcripts(_request(home, clone), instance, on_each=lambda *_: None)
    assert (row.state, row.receipt) == (ImportState.KNOWN, None)


def test_older_ones_other_agents_and_a_mere_look_record_nothing(instance: Instance, home: Path, clone: Clone) -> None:
    _kept(home, clone, 1, age_days=40)
    new = _kept(home, clone, 2)
    since = datetime.fromtimestamp(datetime.now(UTC).timestamp() - 7 * 86400, UTC)
    (row,) = import_transcripts(_request(home, clone, since=since, look_only=True), instance, on_each=lambda *_: None)
    assert (row.path, row.state) == (new, ImportState.FOUND)
    assert not import_transcripts(_request(home, clone, agents=frozenset({"codex"})), instance, on_each=lambda *_: None)


def test_transcript_that_cannot_be_read_stops_no_other(instance: Instance, home: Path, clone: Clone) -> None:
    bad = _kept(home, clone, 1, age_days=2)
    bad.write_bytes(b"\x00\x01 no transcript\n")
    _kept(home, clone, 2)
    rows = import_transcripts(_request(home, clone), instance, on_each=lambda *_: None)
    states = {row.path.name: row.state for row in rows}
    assert ImportState.RECORDED in states.values()
    assert states.get(bad.name, ImportState.FAILED) is ImportState.FAILED
