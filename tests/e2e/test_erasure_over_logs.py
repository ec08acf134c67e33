"""Promise: what a log recorded before it ended is erased by the log that follows it, unless either holds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import text

from attest.errors import Absent, CannotVerify, Conflict, Refused
from attest.model.erasure_predicate import ErasureBasis, ErasureScope
from attest.model.retention import Retention
from attest.usecases.actors import OWN_SALT, erase_actor
from attest.usecases.actors import words_of as words_of_actor
from attest.usecases.answer import answer_for
from attest.usecases.chain_at_hand import holders_of, readers_of
from attest.usecases.destroy import remaining
from attest.usecases.erasures import plan_of, replay_erasures, request_erasure, run_erasure, words_of
from attest.usecases.exemplars import standing
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.holds import active_holds, add_hold, all_holds, release_hold
from attest.usecases.holds import words_of as release_words
from attest.usecases.index_search import catch_up
from attest.usecases.instance import Instance
from attest.usecases.privacy_report import privacy_report
from attest.usecases.read_parts import open_parts, session_of
from attest.usecases.retain import FILE_NAME, due, retain, set_retention
from attest.usecases.retain import words_of as words_of_setting
from attest.usecases.sign import actor_of
from tests.support.chain import ASKED, CODE, NATIVE, Succession, make_succession, tale
from tests.support.erasing import files_with, parts_with, tables_with
from tests.support.recording import record_file, whereof, write_story

WORD = "six ducks"
"""Of what the session in the ended log asked for."""
MATTER = "case-2026-17"


def held(old: Instance) -> None:
    catch_up(old)
    add_hold(old, MATTER, repositories=())


@contextmanager
def opened(folder: Path, compiled: Path, before_end: Callable[[Instance], object]) -> Iterator[Succession]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{name}_NAME", "Ada")
            patch.setenv(f"GIT_{name}_EMAIL", "ada@example.test")
        patch.setenv("HOME", str(folder))
        patch.setenv("GIT_CONFIG_GLOBAL", str(folder / ".gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        made = make_succession(folder, compiled, before_end)
    yield made
    for one in (*readers_of(made.new), made.old):
        one.engine.dispose()


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[Succession]:
    with opened(tmp_path_factory.mktemp("erased"), compiled, held) as made:
        yield made


def test_session_of_an_ended_log_is_erased_by_the_next_once_its_hold_is_released(
    chain: Succession, tmp_path: Path
) -> None:
    session, home = str(chain.before.session), chain.old.settings.home
    # A hold of the ended log holds on, also over what the new log recorded, and where it cannot be read nothing goes.
    (hold,) = all_holds(chain.new)
    assert (hold.matter, hold.active) == (MATTER, True)
    for one in (session, str(chain.after.session)):
        with pytest.raises(Conflict) as stopped:
            request_erasure(chain.new, (one,), ErasureBasis.REQUEST)
        assert stopped.value.got == hold.id
    with pytest.raises(CannotVerify, match="what is held is not known"):
        request_erasure(chain.alone, (str(chain.after.session),), ErasureBasis.REQUEST)
    release_hold(chain.new, hold.id, typed=release_words(hold))
    assert not all_holds(chain.new)[0].active

    assert parts_with(chain.old, WORD)
    name = request_erasure(chain.new, (session,), ErasureBasis.REQUEST).request.id
    (before,) = plan_of(chain.new, name).sessions
    assert (before.secret, before.name, before.objects > 0) == (True, True, True)
    (after,) = run_erasure(chain.new, name, typed=words_of(name)).sessions
    assert (after.anything, after.parts) == (False, before.parts)

    for one in holders_of(chain.new):
        assert parts_with(one, WORD) == tables_with(one, WORD) == set()
        assert not one.keys.holds(f"session/{session}")
    assert files_with(home, chain.new.settings.home, word=WORD) == set()
    # What was signed stays; the ended log cannot know why its objects are gone, and says who can.
    assert fsck(chain.new, FsckDepth(signatures=True), on_progress=lambda *_: None).problems == ()
    missing = fsck(chain.old, FsckDepth(signatures=True), on_progress=lambda *_: None).problems
    assert len(missing) == before.objects
    assert all("stored object is missing" in one and "the log that follows this one" in one for one in missing)
    # A tombstone says where the texts went, in the words of the log that erased them.
    told = answer_for(chain.new, chain.clone.oid, repository=chain.clone.repository)
    assert told.sessions == (session,)
    (_, older) = readers_of(chain.new)
    with pytest.raises(Absent, match=rf"its texts were erased at .* {name}"):
        open_parts(older, chain.before.attestation)
    with pytest.raises(Refused, match="erased here"):
        record_file(chain.new, write_story(tmp_path / "one.jsonl", tale(ASKED, CODE, NATIVE)), chain.clone)

    # An old copy of the ended log's keys brings nothing back.
    chain.old.keys.create(f"session/{session}", b"as an old copy of the keys would have it")
    assert replay_erasures(chain.new, whole=True) == 1
    assert not chain.old.keys.holds(f"session/{session}")
    assert replay_erasures(chain.new, whole=True) == 0


def test_what_an_ended_log_recorded_goes_by_the_setting_of_the_next(tmp_path: Path, compiled: Path) -> None:
    with opened(tmp_path, compiled, lambda _: None) as chain:
        new, sessions = chain.new, tuple(sorted((str(chain.before.session), str(chain.after.session))))
        kept = Retention(transcript=400, metadata=2555)
        (new.settings.home / FILE_NAME).write_text(json.dumps(kept.to_json()))
        set_retention(new, typed=words_of_setting(kept))
        now = new.clock.now()
        assert due(new, now + timedelta(days=399)).transcripts == ()
        later = now + timedelta(days=401)
        found = due(new, later)
        assert (found.sessions, found.transcripts) == ((), sessions)
        with pytest.raises(CannotVerify, match="what is held is not known"):
            retain(chain.alone, later)

        homes = holders_of(new)
        assert any(remaining(one, sessions[0], ErasureScope.TRANSCRIPT).objects for one in homes)
        assert retain(new, later).transcripts == sessions
        for one, name in product(homes, sessions):
            assert not remaining(one, name, ErasureScope.TRANSCRIPT).anything
        intent = session_of(readers_of(new)[1], chain.before.attestation).intent
        assert intent is not None, "what is derived of a session has a class of its own"
        assert intent.text == ASKED
        told = answer_for(new, chain.clone.oid, repository=chain.clone.repository)
        assert ASKED in str(told.sections)
        assert due(new, later).transcripts == ()
        much_later = now + timedelta(days=2556)
        assert retain(new, much_later).sessions == sessions
        assert not any(one.keys.holds(f"session/{name}") for one, name in product(homes, sessions))
        assert due(new, much_later).sessions == ()


def test_days_are_counted_from_the_newest_recording_in_any_log(tmp_path: Path, compiled: Path) -> None:
    with opened(tmp_path, compiled, lambda _: None) as chain:
        (chain.new.settings.home / FILE_NAME).write_text(json.dumps(Retention(metadata=100).to_json()))
        session, later = str(chain.before.session), chain.new.clock.now() + timedelta(days=99)
        with chain.old.engine.begin() as old:
            old.execute(text("UPDATE attestation SET recorded_at = recorded_at - 10 * 86400"))
        assert due(chain.new, later).sessions == (session,)
        with chain.new.engine.begin() as new:  # as where its runner handed it in to both
            new.execute(text("UPDATE attestation SET session = :it WHERE session IS NOT NULL"), {"it": session})
            new.execute(text("UPDATE subject SET value = :it WHERE kind = 'session'"), {"it": session})
        assert due(chain.new, later).sessions == ()
        assert due(chain.new, later + timedelta(days=2)).sessions == (session,)


def test_what_is_held_is_not_answered_where_the_ended_log_is_not_read(chain: Succession) -> None:
    actor = actor_of(chain.alone)
    for ask in (
        all_holds,
        active_holds,
        privacy_report,
        lambda one: next(standing(one), None),
        lambda one: erase_actor(one, actor, typed=words_of_actor(actor)),
    ):
        with pytest.raises(CannotVerify, match="what is held is not known"):
            ask(chain.alone)
    assert chain.alone.keys.holds(OWN_SALT)


def test_command_lists_holds_of_the_ended_log(chain: Succession) -> None:
    home, followed = chain.new.settings.home, chain.old.settings.home
    done = whereof("hold", "list", "--json", home=home, cwd=followed, WHEREOF_FOLLOWED=str(followed))
    assert MATTER in done.stdout, done.stderr
    unread = whereof("hold", "list", home=home, cwd=followed)
    assert (unread.returncode, unread.stdout) == (5, "")
    assert "WHEREOF_FOLLOWED" in unread.stderr
