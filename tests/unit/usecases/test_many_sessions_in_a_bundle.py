"""A bundle of a hundred sessions: all counted, and what is held while it is made does not grow with their number."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from attest.clock import SystemClock, SystemEntropy
from attest.evidence.bag import BagWriter
from attest.evidence.bundle.question import Asked, Question
from attest.evidence.bundle.result import BundleResult
from attest.settings import Settings
from attest.store import window_rows
from attest.store.attestations import StoredAttestation
from attest.usecases.bundle_request import BundleRequest
from attest.usecases.create_bundle import create_bundle
from attest.usecases.instance import Instance, open_instance
from tests.support.evidence_bundles import by_ours, by_standalone, nothing, told
from tests.support.many_sessions import commit_of, log_sessions

SESSIONS = 100
EVERYTHING = Question(kind=Asked.INTERVAL)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    settings = Settings(home=tmp_path_factory.mktemp("many"))
    made = open_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
    log_sessions(made, range(SESSIONS))
    yield made
    made.engine.dispose()


def commits(count: int) -> Question:
    return Question(kind=Asked.COMMITS, values=tuple(commit_of(number) for number in range(count)), asked="A..B")


def detail(result: BundleResult, claim: str) -> str:
    return result.said[claim][1]


@pytest.mark.parametrize("question", [EVERYTHING, commits(SESSIONS)], ids=["interval", "commits"])
def test_all_are_in_it_and_all_are_checked(instance: Instance, question: Question, tmp_path: Path) -> None:
    file, root = tmp_path / "b", instance.settings.trust_dir / "trusted_root.json"
    made = create_bundle(instance, BundleRequest(question=question, parts=True, output=file), nothing)
    ours = by_ours(file, root)
    assert made.facts.entries == SESSIONS
    assert told(ours) == told(by_standalone(file, root)) == (0, set(), set())
    assert detail(ours, "signatures").startswith(f"{SESSIONS} signatures")
    assert detail(ours, "parts").startswith(f"{SESSIONS} sessions: 0 erased, {2 * SESSIONS} here, ")
    if question.kind is Asked.COMMITS:
        assert detail(ours, "complete").startswith(f"{SESSIONS} entries under {2 * SESSIONS} keys")


def test_what_is_held_does_not_grow_with_the_sessions(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_rows, "_HELD", 8)
    largest, alive = 0, 0
    real, stream = BagWriter.add, BagWriter.add_stream

    def add(bag: BagWriter, path: str, data: bytes) -> None:
        nonlocal largest, alive
        if path.startswith(("data/entries/", "data/parts/")):
            largest = max(largest, len(data))
            if path.endswith("0.sigstore.json"):
                alive = max(alive, sum(isinstance(one, StoredAttestation) for one in gc.get_objects()))
        real(bag, path, data)

    def add_stream(bag: BagWriter, path: str, pieces: Iterator[bytes]) -> None:
        nonlocal largest

        def seen() -> Iterator[bytes]:
            nonlocal largest
            for piece in pieces:
                largest = max(largest, len(piece))
                yield piece

        stream(bag, path, seen())

    monkeypatch.setattr(BagWriter, "add", add)
    monkeypatch.setattr(BagWriter, "add_stream", add_stream)
    held = []
    for count in (SESSIONS // 4, SESSIONS):
        largest = alive = 0
        create_bundle(instance, BundleRequest(question=commits(count), parts=True, output=tmp_path / "b"), nothing)
        held.append((largest, alive))
    (few, few_alive), (many, many_alive) = held
    assert many < few * 1.2  # a signature and a key differ by bytes
    assert 0 < few_alive <= many_alive <= 2 * 8 + 2


def test_lines_of_answers_end_before_a_verifier_would_refuse_them(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attest.usecases.bundle_keys._LINE_BYTES", 10_000)
    file, root = tmp_path / "b", instance.settings.trust_dir / "trusted_root.json"
    create_bundle(instance, BundleRequest(question=commits(SESSIONS), output=file), nothing)
    assert told(by_ours(file, root)) == told(by_standalone(file, root)) == (0, set(), set())
    assert file.read_bytes().count(b'"answer":"complete-answer/v1"') > 5
