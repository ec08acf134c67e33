"""Creating evidence bundles: what is interrupted is gone on with, texts may be redacted once more, reasons stand in them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from attest.errors import Conflict, InvalidInput
from attest.evidence.bundle.question import Asked, Question
from attest.evidence.bundle.verify import Outside, verify_file
from attest.model.population import PopulationQuery
from attest.model.population_rows import rows_bytes
from attest.model.session_predicate import SESSION_V1
from attest.store import attestations
from attest.usecases import bundle_files
from attest.usecases.access_log import Access, AccessLog
from attest.usecases.bundle_question import ask, ask_population, incident_span
from attest.usecases.bundle_request import BundleRequest
from attest.usecases.bundle_staged import Staged
from attest.usecases.create_bundle import create_bundle
from attest.usecases.populations import NewPopulation, create_population
from tests.support.evidence_bundles import Recorded, by_ours, by_standalone, files_of, nothing, record_log, told

EVERYTHING = Question(kind=Asked.INTERVAL)


@pytest.fixture(scope="module")
def log(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    folder = tmp_path_factory.mktemp("created")
    shutil.copytree(compiled, folder / "ledger" / "cache")
    made = record_log(folder)
    yield made
    made.instance.engine.dispose()


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_files, "KEPT_EVERY", 1)


class Cut:
    """Progress that ends the process at one call."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, _done: int, _total: int) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("kind", ["commits", "interval"])
def test_interrupted_creation_goes_on_and_ends_in_the_same_bytes(log: Recorded, tmp_path: Path, kind: str) -> None:
    question = log.commits() if kind == "commits" else EVERYTHING
    expected, output = log.make(question, parts=True), tmp_path / "b"
    request = BundleRequest(question=question, parts=True, output=output)
    resumed, interruptions = [], 0
    for at in range(1, 20):
        try:
            resumed.append(create_bundle(log.instance, request, Cut(at)).resumed)
        except KeyboardInterrupt:
            interruptions += 1
            assert not output.exists()
            continue
        assert output.read_bytes() == expected
        assert [path.name for path in tmp_path.iterdir()] == ["b"]
        output.unlink()
    assert interruptions >= 3
    assert resumed[0] > 10


@pytest.mark.usefixtures("often")
def test_finished_parts_are_not_made_again(log: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = BundleRequest(question=EVERYTHING, output=tmp_path / "b")
    with pytest.raises(KeyboardInterrupt):
        create_bundle(log.instance, request, Cut(3))
    rendered: list[int] = []
    real = bundle_files.bundle_of
    monkeypatch.setattr(bundle_files, "bundle_of", lambda one: rendered.append(one.receipt.index) or real(one))
    create_bundle(log.instance, request, nothing)
    assert rendered == list(log.indices[3:])


@pytest.mark.usefixtures("often")
def test_another_request_or_a_broken_journal_begins_again(log: Recorded, tmp_path: Path) -> None:
    for change in ("request", "journal", "file"):
        request = BundleRequest(question=EVERYTHING, output=tmp_path / "b")
        with pytest.raises(KeyboardInterrupt):
            create_bundle(log.instance, request, Cut(3))
        if change == "request":
            request = BundleRequest(question=EVERYTHING, reason="another", output=tmp_path / "b")
        if change == "journal":
            (tmp_path / ".b.journal").write_bytes((tmp_path / ".b.journal").read_bytes().replace(b'"last"', b'"lost"'))
        if change == "file":
            (tmp_path / ".b.staged").write_bytes(b"")
        made = create_bundle(log.instance, request, nothing)
        assert made.resumed == 0
        assert by_ours(tmp_path / "b", log.trust).exit_code == 0


@pytest.mark.usefixtures("often")
def test_torn_line_of_the_journal_is_not_read(log: Recorded, tmp_path: Path) -> None:
    request = BundleRequest(question=EVERYTHING, output=tmp_path / "b")
    with pytest.raises(KeyboardInterrupt):
        create_bundle(log.instance, request, Cut(3))
    with (tmp_path / ".b.journal").open("ab") as file:
        file.write(b'{"offset": 1, "memb')
    with pytest.raises(KeyboardInterrupt):
        create_bundle(log.instance, request, Cut(1))
    assert create_bundle(log.instance, request, nothing).resumed > 0
    assert (tmp_path / "b").read_bytes() == log.make(EVERYTHING)


def test_two_do_not_write_the_same_file(log: Recorded, tmp_path: Path) -> None:
    held = Staged(tmp_path / "b")
    with pytest.raises(Conflict):
        create_bundle(log.instance, BundleRequest(question=EVERYTHING, output=tmp_path / "b"), nothing)
    held.close()


def test_what_is_not_ours_in_the_place_is_refused(log: Recorded, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    for lay in (lambda at: at.symlink_to(victim), lambda at: at.hardlink_to(victim), lambda at: at.mkdir()):
        place = tmp_path / ".b.staged"
        lay(place)
        with pytest.raises(InvalidInput):
            create_bundle(log.instance, BundleRequest(question=EVERYTHING, output=tmp_path / "b"), nothing)
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()
    assert victim.read_bytes() == b"precious"


def test_strict_copies_are_marked_and_the_kept_texts_withheld(log: Recorded, tmp_path: Path) -> None:
    output = tmp_path / "b"
    create_bundle(
        log.instance, BundleRequest(question=log.commits(), parts=True, redaction="strict", output=output), nothing
    )
    ours = by_ours(output, log.trust)
    assert told(ours) == told(by_standalone(output, log.trust)) == (0, set(), set())
    assert any(line.startswith("checked     parts: 2 sessions: 0 erased, 0 here, ") for line in ours.lines())
    files = files_of(output.read_bytes())
    folder = f"data/derived/{log.indices[0]:012}/"
    marks = [json.loads(line) for line in files[f"{folder}derived.jsonl"].splitlines()]
    assert [mark["name"] for mark in marks] == ["intent", "transcript/0000"]
    for number, mark in enumerate(marks):
        assert mark["copy"] == f"sha256:{hashlib.sha256(files[f'{folder}{number:06}.part']).hexdigest()}"
        assert mark["profile"] == "strict"
    assert not any(path.startswith("data/parts/") and path.endswith(".part") for path in files)
    assert json.loads(files["data/request.json"])["redaction"] == "strict"


def test_volumes_stand_in_place_of_the_file(log: Recorded, tmp_path: Path) -> None:
    filler = {"data/policy/z": bytes(3 * 2**20)}
    request = BundleRequest(question=EVERYTHING, beside=filler, output=tmp_path / "b", volume_bytes=2**20)
    made = create_bundle(log.instance, request, nothing)
    paths = [path for path, _ in made.volumes]
    assert sorted(tmp_path.iterdir()) == paths
    assert [path.name for path in paths] == ["b.001", "b.002", "b.003", "b.004"]
    assert [digest for _, digest in made.volumes] == [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    slices = b"".join(path.read_bytes()[512:] for path in paths)
    assert hashlib.sha256(slices).hexdigest() == made.sha256
    assert verify_file(paths[0], Outside(trust=log.trust), nothing, *paths[1:]).exit_code == 0


def test_access_log_and_tombstones_say_what_is_not_known(log: Recorded) -> None:
    files = files_of(log.make(log.commits()))
    assert json.loads(files["data/access.json"])["accesses"] == "none kept"
    assert files["data/tombstones.jsonl"] == b""


def test_who_read_a_selected_session_is_in_the_bundle_without_the_words_of_a_purpose(tmp_path: Path) -> None:
    log = record_log(tmp_path)
    row = attestations.newest(log.instance.engine, log.instance.scope, before=None, limit=9, predicate_type=SESSION_V1)
    session = row.rows[0].session
    asked = Access(
        who="alma", right="session.read.transcript", purpose="heron-lagoon", query="/", session=session,
        attestation=None, rows=4, tree_size=1, address="loopback",
    )  # fmt: skip
    accesses = AccessLog(log.instance)
    accesses.write(asked)
    accesses.write(replace(asked, who="bob", session=None))
    accesses.close()
    raw = files_of(log.make(log.commits()))["data/access.json"]
    told = json.loads(raw)
    assert [(one["record"]["who"], one["record"]["rows"]) for one in told["accesses"]] == [("alma", 4)]
    assert told["more"] is False
    assert told["log"].endswith("/logs/access")
    assert b"heron-lagoon" not in raw


def test_incident_has_both_ends_and_a_reason(log: Recorded, tmp_path: Path) -> None:
    for span, incident, reason in (
        ((None, None), ("2026-01-01", None), "x"),
        ((None, None), ("2026-01-01", "2027-01-01"), " "),
        (("2026-01-01", None), ("2026-01-01", "2027-01-01"), "x"),
    ):
        with pytest.raises(InvalidInput):
            incident_span(span, incident, reason)
    span = incident_span((None, None), ("2026-01-01", "2099-01-01"), "a leaked key")
    asked = ask(log.instance, None, sessions=(), span=span, folder=tmp_path)
    request = BundleRequest(
        question=asked.question, since=asked.since, until=asked.until, reason="a leaked key", output=tmp_path / "b"
    )
    assert create_bundle(log.instance, request, nothing).facts.entries == 4
    assert json.loads(files_of((tmp_path / "b").read_bytes())["data/request.json"])["reason"] == "a leaked key"


def test_saved_query_is_a_question_with_its_rows_and_its_statement(compiled: Path, tmp_path: Path) -> None:
    shutil.copytree(compiled, tmp_path / "ledger" / "cache")
    log = record_log(tmp_path)
    saved = create_population(
        log.instance, NewPopulation(query=PopulationQuery(source="log", unit="commit")), log.ledger.repository
    )
    with pytest.raises(InvalidInput):
        ask_population(log.instance, saved.id, beside=("HEAD",))
    asked = ask_population(log.instance, saved.id)
    request = BundleRequest(question=asked.question, beside=asked.beside, output=tmp_path / "b")
    create_bundle(log.instance, request, nothing)
    assert (
        told(by_ours(tmp_path / "b", log.trust)) == told(by_standalone(tmp_path / "b", log.trust)) == (0, set(), set())
    )
    files = files_of((tmp_path / "b").read_bytes())
    facts = json.loads(files["data/bundle.json"])
    assert (facts["question"]["asked"], facts["question"]["commits"]) == (saved.id, [row.id for row in saved.rows])
    assert files["data/population.jsonl"] == rows_bytes(saved.rows)
    assert b"dsseEnvelope" in files["data/population.sigstore.json"]
    log.instance.engine.dispose()


@pytest.mark.parametrize("wrong", [{"reason": "x" * 1001}, {"reason": "two\nlines"}, {"volume_bytes": 1000}])
def test_request_that_is_none(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        BundleRequest(question=EVERYTHING, output=tmp_path / "b", **wrong)  # type: ignore[arg-type]
