"""Promise: erased words are in no table, object, index, cache or file; all that was signed verifies; a hold forbids it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from attest.clock import SystemClock, SystemEntropy
from attest.errors import AttestError, Conflict, InvalidInput, NotVerified, Refused
from attest.evidence.bundle.question import Asked, Question
from attest.model.erasure_predicate import ERASURE_V1, ErasureBasis, ErasureScope
from attest.model.statement import parse_statement
from attest.settings import Settings
from attest.signing.dsse import parse_envelope
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import AnyIdentity, verify_bundle
from attest.store import attestations
from attest.usecases import index_search
from attest.usecases.bundle_request import BundleRequest
from attest.usecases.create_bundle import create_bundle
from attest.usecases.erased import erasure_of_session
from attest.usecases.erasures import (
    asked_of,
    plan_of,
    replay_erasures,
    request_erasure,
    run_erasure,
    words_of,
)
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.holds import add_hold, release_hold
from attest.usecases.holds import asked_of as release_of
from attest.usecases.holds import words_of as release_words
from attest.usecases.instance import Instance, open_instance
from attest.usecases.read_transcript import PREFIX
from attest.usecases.receipts import bundle_of
from attest.usecases.second_person import APPROVERS, approve
from attest.usecases.sign import actor_of
from tests.support.erasing import files_with, parts_with, relations_with, tables_with
from tests.support.evidence_bundles import by_ours, by_standalone, nothing, told
from tests.support.postgres import Postgres
from tests.support.recording import Clone, open_home, record_file, story, write_story

WORD = "quillonbarkweft"
"""Stands in the prompt, in an answer, in the agent's own id of the session, and nowhere else in the world."""
KEPT = "marlinspikehall"
NATIVE = f"0f1e2d3c-{WORD}"


BOTH = pytest.mark.parametrize("instance", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def instance(request: pytest.FixtureRequest, data: Path) -> Iterator[Instance]:
    on_server = getattr(request, "param", "sqlite") == "postgresql"
    url = request.getfixturevalue("pg_database")() if on_server else None
    made = open_instance(Settings(home=data, database_url=url), clock=SystemClock(), entropy=SystemEntropy())
    yield made
    made.engine.dispose()


def transcript_of(folder: Path, word: str, native: str) -> Path:
    tale = story(native)
    tale.prompt(f"Call the third duck {word}.", sessionId=native)
    tale.says(f"The duck is called {word} now.")
    return write_story(folder / f"{native}.jsonl", tale)


def recorded(instance: Instance, tmp_path: Path, clone: Clone) -> tuple[str, str]:
    """Record the session that will go and one that stays, both indexed for search."""
    gone = record_file(instance, transcript_of(tmp_path, WORD, NATIVE), clone)
    stays = record_file(instance, transcript_of(tmp_path, KEPT, "0a0b0c0d-stays"), clone)
    index_search.catch_up(instance)
    return str(gone.session), str(stays.session)


def leave_copies(instance: Instance, clone: Clone) -> Path:
    """Leave what hooks, receivers and a removed clone leave: unredacted or sealed copies under the session's own id."""
    spool = clone.path / ".git" / "whereof" / "spool"
    for folder in (spool / "copies", instance.settings.home / "clones" / "0123" / "spool" / "copies"):
        folder.mkdir(parents=True)
        (folder / f"claude-code.{NATIVE}").write_text(f"a copy with {WORD}")
    (instance.settings.home / "otlp").mkdir()
    (instance.settings.home / "otlp" / f"{NATIVE}.jsonl").write_text(f"a span with {WORD}")
    return spool


def bundle_file(instance: Instance, output: Path) -> tuple[int, set[str], set[str]]:
    request = BundleRequest(question=Question(kind=Asked.INTERVAL), parts=True, output=output)
    create_bundle(instance, request, nothing)
    return told(by_ours(output, instance.settings.trust_dir / "trusted_root.json"))


def typed(instance: Instance, name: str) -> None:
    run_erasure(instance, name, typed=words_of(name))


@BOTH
def test_what_was_erased_is_nowhere_and_what_was_signed_verifies(
    instance: Instance, tmp_path: Path, clone: Clone
) -> None:
    home, outside = instance.settings.home, tmp_path / "outside"
    outside.mkdir()
    gone, stays = recorded(instance, tmp_path, clone)
    spool = leave_copies(instance, clone)
    assert parts_with(instance, WORD)
    assert {"search_words", "session"} <= tables_with(instance, WORD)
    assert bundle_file(instance, outside / "before")[0] == 0
    with pytest.raises(InvalidInput):
        run_erasure(instance, request_erasure(instance, (gone,), ErasureBasis.REQUEST).request.id, typed="yes")
    asked = request_erasure(instance, (gone,), ErasureBasis.REQUEST)
    before = plan_of(instance, asked.request.id)
    assert before.sessions[0].objects == before.sessions[0].parts > 3
    plan = run_erasure(instance, asked.request.id, typed=words_of(asked.request.id), spools=(spool,))
    assert not plan.sessions[0].anything
    assert plan.sessions[0].parts == before.sessions[0].parts
    assert tables_with(instance, WORD) == set()
    assert files_with(home, clone.path, word=WORD) == set()
    assert parts_with(instance, WORD) == set()
    assert parts_with(instance, KEPT)
    assert "search_words" in tables_with(instance, KEPT)
    rows = attestations.newest(instance.engine, instance.scope, before=None, limit=50).rows
    root = parse_trusted_root(instance.services.trusted_root)
    for row in rows:
        verify_bundle(bundle_of(row), root, AnyIdentity(), None)
    assert told(by_standalone(outside / "before", instance.settings.trust_dir / "trusted_root.json"))[0] == 0
    assert bundle_file(instance, outside / "after") == (0, set(), set())
    root_file = instance.settings.trust_dir / "trusted_root.json"
    assert told(by_standalone(outside / "after", root_file)) == (0, set(), set())
    result = by_ours(outside / "after", root_file)
    assert f"{before.sessions[0].parts} erased" in result.said["parts"][1]
    assert files_with(outside, word=WORD) == {"before"}
    assert fsck(instance, FsckDepth(signatures=True, index=True), on_progress=lambda *_: None).problems == ()
    erased = erasure_of_session(instance, gone)
    assert erased is not None
    assert (erased["basis"], erased["second"]) == ("request", "typed-confirmation")
    assert erasure_of_session(instance, stays) is None


def test_a_session_whose_transcript_went_first_and_then_the_rest_is_erased_whole(
    instance: Instance, tmp_path: Path, clone: Clone
) -> None:
    gone, _ = recorded(instance, tmp_path, clone)
    outside = tmp_path / "outside"
    outside.mkdir()
    asked = request_erasure(instance, (gone,), ErasureBasis.REQUEST, scope=ErasureScope.TRANSCRIPT)
    typed(instance, asked.request.id)
    first = erasure_of_session(instance, gone)
    assert first is not None
    assert (first["scope"], bundle_file(instance, outside / "between")) == ("transcript", (0, set(), set()))
    asked = request_erasure(instance, (gone,), ErasureBasis.ORDER)
    typed(instance, asked.request.id)
    whole = erasure_of_session(instance, gone)
    assert whole is not None
    assert (whole["scope"], whole["basis"]) == ("session", "order")
    assert bundle_file(instance, outside / "after") == (0, set(), set())
    root_file = instance.settings.trust_dir / "trusted_root.json"
    assert told(by_standalone(outside / "after", root_file)) == (0, set(), set())
    parts = plan_of(instance, asked.request.id).sessions[0].parts
    assert f"{parts} erased" in by_ours(outside / "after", root_file).said["parts"][1]


def documented_statements() -> list[str]:
    """Give the SQL that an operator is told to run after an erasure."""
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "erase.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    return [one.strip() for one in block.split(";") if one.strip()]


def test_erased_words_are_in_no_file_of_postgresql_once_the_documented_statements_ran(
    postgres: Postgres, pg_database: Callable[[], str], data: Path, tmp_path: Path, clone: Clone
) -> None:
    word, native = "brackenfjordmull", "0f1e2d3c-brackenfjordmull"
    url = pg_database()
    database = url.partition("@/")[2].partition("?")[0]
    instance = open_instance(Settings(home=data, database_url=url), clock=SystemClock(), entropy=SystemEntropy())
    try:
        gone = record_file(instance, transcript_of(tmp_path, word, native), clone)
        index_search.catch_up(instance)
        postgres.run("ANALYZE", database)  # as the server does by itself in time
        said = f"SELECT pg_logical_emit_message(false, '', '{word}'), pg_switch_wal() FROM generate_series(1, 4)"
        postgres.run(said, database)  # several segments with the word, put aside by the checkpoint of the next line
        held = {"search_words", "session", "pg_statistic", "wal"}
        assert held <= relations_with(postgres, database, word)
        typed(instance, request_erasure(instance, (str(gone.session),), ErasureBasis.REQUEST).request.id)
        assert tables_with(instance, word) == set()
        assert held <= relations_with(postgres, database, word), "the page says more than is true: they are gone before"
        for statement in documented_statements():
            postgres.run(statement, database)
        assert relations_with(postgres, database, word) == set()
        assert fsck(instance, FsckDepth(signatures=True), on_progress=lambda *_: None).problems == ()
    finally:
        instance.engine.dispose()


def test_what_was_erased_is_not_recorded_again(instance: Instance, tmp_path: Path, clone: Clone) -> None:
    gone, _ = recorded(instance, tmp_path, clone)
    typed(instance, request_erasure(instance, (gone,), ErasureBasis.MISTAKE).request.id)
    longer = story(NATIVE)
    longer.prompt(f"And the fourth as well: {WORD}.", sessionId=NATIVE)
    with pytest.raises(Refused, match="erased"):
        record_file(instance, write_story(tmp_path / f"{NATIVE}.jsonl", longer), clone)
    assert tables_with(instance, WORD) == set()


def test_a_restored_key_ring_and_store_are_emptied_again_before_anything_is_served(
    instance: Instance, tmp_path: Path, clone: Clone
) -> None:
    home = instance.settings.home
    gone, _ = recorded(instance, tmp_path, clone)
    for name in ("keys", "objects"):
        shutil.copytree(home / name, tmp_path / "backup" / name)
    asked = request_erasure(instance, (gone,), ErasureBasis.ORDER)
    typed(instance, asked.request.id)
    for name in ("keys", "objects"):
        shutil.copytree(tmp_path / "backup" / name, home / name, dirs_exist_ok=True)
    assert WORD in str(parts_with(instance, WORD) and WORD)
    again = open_instance(instance.settings, clock=instance.clock, entropy=instance.entropy)
    try:
        assert parts_with(again, WORD) == set()
        assert not again.keys.holds(f"session/{gone}")
        shutil.copytree(tmp_path / "backup" / "objects", home / "objects", dirs_exist_ok=True)
        assert replay_erasures(again, whole=True) == 1
        assert not plan_of(again, asked.request.id).sessions[0].anything
    finally:
        again.engine.dispose()


@BOTH
def test_a_hold_forbids_it_until_it_is_released(instance: Instance, tmp_path: Path, clone: Clone) -> None:
    gone, stays = recorded(instance, tmp_path, clone)
    asked = request_erasure(instance, (gone,), ErasureBasis.REQUEST)
    hold = add_hold(instance, "matter-17", sessions=(gone,))
    with pytest.raises(Conflict) as held:
        typed(instance, asked.request.id)
    assert (held.value.code, held.value.got, held.value.where) == ("erasure.held", hold.id, gone)
    assert plan_of(instance, asked.request.id).held_by == hold.id
    assert parts_with(instance, WORD)
    with pytest.raises(Conflict):
        request_erasure(instance, (gone, stays), ErasureBasis.REQUEST)
    with pytest.raises(InvalidInput):
        release_hold(instance, hold.id, typed="release")
    assert not release_hold(instance, hold.id, typed=release_words(hold)).active
    with pytest.raises(Conflict):
        release_hold(instance, hold.id, typed=release_words(hold))
    typed(instance, asked.request.id)
    assert parts_with(instance, WORD) == set()
    everything = add_hold(instance, "matter-18")
    with pytest.raises(Conflict):
        request_erasure(instance, (stays,), ErasureBasis.REQUEST)
    assert everything.active


def test_the_transcript_alone_can_go(instance: Instance, tmp_path: Path, clone: Clone) -> None:
    gone, _ = recorded(instance, tmp_path, clone)
    spool, exports = leave_copies(instance, clone), instance.settings.home / "otlp"
    asked = request_erasure(instance, (gone,), ErasureBasis.REQUEST, scope=ErasureScope.TRANSCRIPT)
    run_erasure(instance, asked.request.id, typed=words_of(asked.request.id), spools=(spool,))
    copies = [*instance.settings.home.glob("clones/*/spool/copies/*"), *spool.glob("copies/*"), *exports.iterdir()]
    assert copies == [], "a copy of the transcript is the transcript"
    left = plan_of(instance, asked.request.id).sessions[0]
    assert (left.objects, left.secret) == (0, False)
    assert instance.keys.holds(f"session/{gone}")
    opened = [
        part for row in rows_of(instance, gone) for part in attestations.parts_of(instance.engine, instance.scope, row)
    ]
    there = {part.name for part in opened if instance.objects.holds(part.ciphertext)}
    assert there
    assert not any(name.startswith(PREFIX) for name in there)
    assert fsck(instance, FsckDepth(index=True), on_progress=lambda *_: None).problems == ()


def test_second_persons_approval_is_of_this_request_and_by_somebody_else(
    new_home: Callable[[str], Path], data: Path, tmp_path: Path, clone: Clone
) -> None:
    first, second = open_home(data), open_home(new_home("second"))
    try:
        gone, stays = recorded(first, tmp_path, clone)
        rows = [
            {
                "identity": actor_of(one),
                "issuer": one.services.issuer,
                "trustedRoot": str(one.settings.trust_dir / "trusted_root.json"),
            }
            for one in (first, second)
        ]
        (first.settings.home / APPROVERS).write_text(json.dumps({"approvers": rows}))
        asked, other = (request_erasure(first, (one,), ErasureBasis.REQUEST).request for one in (gone, stays))
        own, of_other, good = (
            approve(*of, hours=2)
            for of in ((first, asked_of(asked)), (second, asked_of(other)), (second, asked_of(asked)))
        )
        for wrong in (own, of_other, good[:-3]):
            with pytest.raises(AttestError):
                run_erasure(first, asked.id, approval=wrong)
        with pytest.raises(InvalidInput, match="second person"):
            run_erasure(first, asked.id, typed=words_of(asked.id))
        assert parts_with(first, WORD)
        run_erasure(first, asked.id, approval=good)
        assert parts_with(first, WORD) == set()
        (said,) = [
            parse_statement(parse_envelope(row.leaf.envelope).payload).predicate
            for row in attestations.newest(
                first.engine, first.scope, before=None, limit=9, predicate_type=ERASURE_V1
            ).rows
        ]
        assert (said["second"], len(str(said["approval"]))) == ("person", 64)
        hold = add_hold(first, "matter-19", sessions=(stays,))
        with pytest.raises(NotVerified):
            release_hold(first, hold.id, approval=good)
        assert not release_hold(first, hold.id, approval=approve(second, release_of(hold), hours=2)).active
    finally:
        first.engine.dispose()
        second.engine.dispose()


def test_an_erasure_that_was_logged_and_cut_off_is_done_at_the_next_start(
    instance: Instance, tmp_path: Path, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, _ = recorded(instance, tmp_path, clone)
    asked = request_erasure(instance, (gone,), ErasureBasis.REQUEST)

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("attest.usecases.erasures.destroy", cut)
    with pytest.raises(KeyboardInterrupt):
        typed(instance, asked.request.id)
    monkeypatch.undo()
    assert parts_with(instance, WORD)
    again = open_instance(instance.settings, clock=instance.clock, entropy=instance.entropy)
    try:
        assert parts_with(again, WORD) == set()
        assert not plan_of(again, asked.request.id).sessions[0].anything
    finally:
        again.engine.dispose()


def rows_of(instance: Instance, session: str) -> list[str]:
    rows = attestations.about(instance.engine, instance.scope, "session", session).rows
    return [row.id for row in rows if row.session == session]
