"""Promise: a copy is gone on from, or the restored log signs nothing; and what was erased stays so. On both databases."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url

from attest.clock import SystemClock, SystemEntropy
from attest.errors import CannotVerify, InvalidInput, NotVerified, Refused
from attest.ledger.note import decode_vkey
from attest.model.erasure_predicate import ErasureBasis
from attest.settings import Settings
from attest.store.log_reader import LogReader
from attest.usecases.backup import SUMS, check_restored, create_backup
from attest.usecases.erasures import request_erasure, run_erasure, words_of
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import Instance, assemble_instance, open_instance, open_to_serve
from attest.usecases.succeed import begin_after, name_of
from tests.support.erasing import parts_with
from tests.support.postgres import SUPERUSER, Postgres
from tests.support.recording import record_file, story, write_story

WORD = "galleonfernwick"
BOTH = pytest.mark.parametrize("site", ["sqlite", "postgresql"], indirect=True)


@dataclass
class Site:
    """One machine that can burn down: its data directory, its database, and copies of both elsewhere."""

    settings: Settings
    elsewhere: Path
    postgres: Postgres | None
    opened: list[Instance]

    def start(self) -> Instance:
        made = open_instance(self.settings, clock=SystemClock(), entropy=SystemEntropy())
        self.opened.append(made)
        return made

    def look(self, settings: Settings | None = None) -> Instance:
        made = assemble_instance(settings or self.settings, clock=SystemClock(), entropy=SystemEntropy())
        self.opened.append(made)
        return made

    def stop(self) -> None:
        while self.opened:
            self.opened.pop().engine.dispose()

    def back_up(self, instance: Instance, name: str) -> tuple[Path, Path]:
        folders = self.elsewhere / name, self.elsewhere / f"{name}-keys"
        create_backup(instance, *folders)
        for folder in folders:
            subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=folder, check=True, timeout=30)
        return folders

    def burn(self) -> None:
        """Lose everything but what is elsewhere."""
        self.lose_database()
        shutil.rmtree(self.settings.home)

    def restore(self, folder: Path, keys: Path) -> None:
        """As the runbook says for a machine that holds nothing any more."""
        self.settings.home.mkdir(mode=0o700)
        for source in (folder, keys):
            subprocess.run(["cp", "-a", f"{source}/.", self.settings.home], check=True, timeout=30)
        self.restore_database(folder)

    def restore_database(self, folder: Path) -> None:
        """As the runbook says for a machine that lost its database alone."""
        if self.postgres is None:
            subprocess.run(["cp", "-a", folder / "whereof.db", self.settings.home], check=True, timeout=30)
            return
        self.postgres.make_database(self.database)
        program = self.postgres.bin / "pg_restore"
        target = f"--dbname=host={self.postgres.folder} user={SUPERUSER} dbname={self.database}"
        restored = [program, "--no-owner", "--exit-on-error", "--single-transaction", target, folder / "whereof.dump"]
        subprocess.run(restored, check=True, timeout=60)

    def lose_database(self) -> None:
        self.stop()
        if self.postgres is not None:
            self.postgres.run(f"DROP DATABASE {self.database}")
        for path in self.settings.home.glob("whereof.db*"):
            path.unlink()

    @property
    def database(self) -> str:
        return str(make_url(str(self.settings.database_url)).database)


@pytest.fixture
def site(request: pytest.FixtureRequest, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    server: Postgres | None = None
    url = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        url = request.getfixturevalue("pg_database")()
        monkeypatch.setenv("PATH", str(server.bin), prepend=":")
    made = Site(Settings(home=data, database_url=url), tmp_path / "elsewhere", server, [])
    yield made
    made.stop()


def record(instance: Instance, folder: Path, name: str) -> str:
    tale = story(name)
    tale.prompt(f"Call the duck {WORD} {name}.", sessionId=name)
    return str(record_file(instance, write_story(folder / f"{name}.jsonl", tale)).session)


def erase(instance: Instance, session: str) -> None:
    asked = request_erasure(instance, (session,), ErasureBasis.REQUEST)
    run_erasure(instance, asked.request.id, typed=words_of(asked.request.id))


def head(instance: Instance) -> tuple[int, str]:
    found = LogReader(instance.engine, instance.scope, instance.log.name).head()
    assert found is not None
    return found.tree_size, found.c2sp_note


def whole(instance: Instance) -> tuple[str, ...]:
    return fsck(instance, FsckDepth(signatures=True, index=True), on_progress=lambda *_: None).problems


@BOTH
def test_everything_is_lost_and_the_newest_copy_goes_on(site: Site, tmp_path: Path) -> None:
    first = site.start()
    record(first, tmp_path, "one")
    size, note = head(first)
    folders = site.back_up(first, "night")
    site.burn()
    site.restore(*folders)
    assert check_restored(site.look(), (note,)).to_json() == {
        "erased_again": 0,
        "largest_known_head": size,
        "tree_size": size,
    }
    again = site.start()
    assert parts_with(again, WORD)
    record(again, tmp_path, "two")
    assert head(again)[0] > size
    assert whole(again) == ()


@BOTH
def test_an_older_copy_signs_nothing_shows_no_text_and_ends_in_a_successor(site: Site, tmp_path: Path) -> None:
    first = site.start()
    gone = record(first, tmp_path, "one")
    folders = site.back_up(first, "night")
    record(first, tmp_path, "two")
    erase(first, gone)
    size, note = head(first)
    site.burn()
    site.restore(*folders)
    # Nothing on this machine knows better; somebody who holds a head does.
    restored = site.look()
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            check_restored(restored, (note,))
        assert (caught.value.code, caught.value.expected) == ("ledger.rollback", f"at least {size} entries")
    with pytest.raises(Refused, match=r"ledger\.rollback"):
        site.start()
    served, why = open_to_serve(site.settings, clock=SystemClock(), entropy=SystemEntropy())
    site.opened.append(served)
    assert why is not None
    # Its erasure is among the entries that are missing: the copy of the keys must not bring the words back.
    assert parts_with(served, WORD) == set()
    with pytest.raises(Refused, match=r"ledger\.rollback"):
        served.append(())
    follow(site, restored, note)


def follow(site: Site, restored: Instance, note: str) -> None:
    """The way out where the entries are lost for good: another log, which names this one and its largest head."""
    home = site.settings.home.parent / "successor"
    settings = Settings(home=home)
    begin_after(site.look(settings), name_of(restored.services.log), note)
    new = open_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
    site.opened.append(new)
    assert new.services.log.origin != restored.services.log.origin
    assert whole(new) == ()


@BOTH
def test_an_older_database_alone_is_stopped_by_the_heads_beside_it(site: Site, tmp_path: Path) -> None:
    first = site.start()
    record(first, tmp_path, "one")
    folders = site.back_up(first, "night")
    record(first, tmp_path, "two")
    size, note = head(first)
    first.guard.heads.keep("witnessed", note, decode_vkey(first.services.log.verifier_key))
    # The database alone is put back; the heads are where they were.
    site.lose_database()
    site.restore_database(folders[0])
    with pytest.raises(Refused) as caught:
        site.start()
    assert (caught.value.code, caught.value.where) == ("ledger.rollback", "witnessed")
    assert caught.value.expected == f"at least {size} entries"


@BOTH
def test_an_older_copy_of_the_keys_and_objects_brings_nothing_back(site: Site, tmp_path: Path) -> None:
    first = site.start()
    gone = record(first, tmp_path, "one")
    folders = site.back_up(first, "night")
    erase(first, gone)
    database = site.back_up(first, "after")[0]
    site.burn()
    shutil.copytree(folders[0] / "objects", database / "objects", dirs_exist_ok=True)
    site.restore(database, folders[1])
    assert check_restored(site.look(), ()).erased_again == 1
    again = site.start()
    assert parts_with(again, WORD) == set()
    assert whole(again) == ()


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_a_copy_is_two_new_folders_outside_and_a_head_of_another_log_is_none(site: Site, tmp_path: Path) -> None:
    first = site.start()
    inside, new, other = site.settings.home / "copy", tmp_path / "new", tmp_path / "other"
    for folder, keys in ((inside, other), (new, inside), (new, new), (new, new / "keys"), (tmp_path, other)):
        with pytest.raises(InvalidInput):
            create_backup(first, folder, keys)
    strange = site.look(Settings(home=tmp_path / "strange"))
    note = strange.services.log.sign_heads(9, b"\x01" * 32).c2sp
    with pytest.raises((NotVerified, CannotVerify)):
        check_restored(site.look(), (note,))
    made = site.back_up(first, "night")[0]
    assert not (made / "keys").exists()
    assert not (made / "logs").exists()


@pytest.mark.parametrize("site", ["postgresql"], indirect=True)
def test_a_database_that_cannot_be_copied_is_told(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = site.start()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotVerify) as caught:
        create_backup(first, tmp_path / "new", tmp_path / "new-keys")
    assert caught.value.code == "store.not-copied"
    assert not (tmp_path / "new" / SUMS).exists()
