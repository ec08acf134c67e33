"""A bundle of sessions whose texts were erased: every verifier finds it good, and shows the tombstones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from attest.evidence.bundle.question import Asked, Question
from attest.model.erasure_predicate import ERASURE_V1, ErasureBasis, ErasureRequest, ErasureScope, Witnessed
from attest.model.statement import Subject
from attest.usecases.destroy import destroy
from tests.support.evidence_bundles import Recorded, bundle_from, files_of, record_log
from tests.unit.evidence.test_bundle_pins import Case, by_ours, by_page, by_shell, by_standalone

NAMES = ("ers_01KAC4W9Q2M7T3V8X5Y6Z0A1B2", "ers_01KAC4W9Q2M7T3V8X5Y6Z0A1B3")


def erase(log: Recorded, session: str, name: str, scope: ErasureScope) -> None:
    request = ErasureRequest(id=name, basis=ErasureBasis.REQUEST, scope=scope, sessions=(session,))
    told = {"at": "2026-11-21T10:00:00Z", "parts": 2, "request": request.digest, "second": Witnessed.TYPED.value}
    log.ledger.log(ERASURE_V1, (Subject(name=session, sha256="5" * 64),), {**request.to_json(), **told})
    destroy(log.instance, session, scope)


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Case, Recorded]]:
    """One session erased whole, of one the transcript alone, one kept."""
    log = record_log(tmp_path_factory.mktemp("log"))
    for session, name, scope in zip(log.sessions, NAMES, (ErasureScope.SESSION, ErasureScope.TRANSCRIPT), strict=False):
        erase(log, session, name, scope)
    path = tmp_path_factory.mktemp("made") / "made.bundle"
    path.write_bytes(log.make(Question(kind=Asked.SESSIONS, values=log.sessions), parts=True))
    yield Case(path=path, trust=log.trust), log
    log.instance.engine.dispose()


def test_tombstones_say_what_the_log_says(erased: tuple[Case, Recorded]) -> None:
    case, log = erased
    files = files_of(case.path.read_bytes())
    stones = [json.loads(line) for line in files["data/tombstones.jsonl"].splitlines()]
    assert [(one["session"], one["erasure"]["id"]) for one in stones] == list(zip(log.sessions, NAMES, strict=False))
    assert [one["erasure"]["scope"] for one in stones] == ["session", "transcript"]
    assert all(f"data/entries/{one['erasure']['entry']:012}.sigstore.json" in files for one in stones)
    states = [
        [json.loads(line)["state"] for line in files[f"data/parts/{index:012}/state.jsonl"].splitlines()]
        for index in log.indices[:3]
    ]
    assert states == [["erased", "erased"], ["here", "erased"], ["here", "here"]]


def test_every_verifier_takes_the_bundle_and_shows_the_tombstones(
    require: Callable[..., None], erased: tuple[Case, Recorded], tmp_path: Path
) -> None:
    for program in ("dash", "jq", "openssl", "node"):
        require(program)
    case, _ = erased
    (page,) = by_page([case], tmp_path / "verifier.js")
    for code, failed, places, lines in (by_ours(case), by_standalone(case), page, by_shell(case, tmp_path)):
        assert (code, failed, places) == (0, set(), set())
        assert "3 sessions: 3 erased, 3 here, 0 not-kept, 0 withheld" in lines["parts:"]


def test_an_erasure_that_is_kept_back_is_found(erased: tuple[Case, Recorded], tmp_path: Path) -> None:
    case, _ = erased
    files = files_of(case.path.read_bytes())
    first = json.loads(files["data/tombstones.jsonl"].splitlines()[0])["erasure"]["entry"]
    del files[f"data/entries/{first:012}.sigstore.json"]
    bare = tmp_path / "bare"
    bare.write_bytes(bundle_from(files))
    code, failed, places, _ = by_ours(replace(case, path=bare))
    assert (code, f"entries: entry {first}" in places, "entries" in failed) == (3, True, True)
