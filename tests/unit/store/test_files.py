from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from attest.clock import SystemEntropy
from attest.errors import CannotVerify, InvalidInput, NotVerified, Refused
from attest.store.durable import create_file, create_files, replace_file
from attest.store.files import NewFile
from attest.store.folder import Folder
from attest.store.keyring import FileKeyRing
from attest.store.objects import MAX_OBJECT_BYTES, ObjectStore

THREADS = 8


def together(work: object, count: int = THREADS) -> list[object]:
    start = Barrier(count)

    def one(number: int) -> object:
        start.wait()
        return work(number)  # type: ignore[operator]

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_file_is_created_once_and_by_one(tmp_path: Path) -> None:
    path = tmp_path / "deep/er/file"
    made = together(lambda n: create_file(path, b"%d" % n, mode=0o600))
    assert made.count(True) == 1
    assert path.read_bytes() == b"%d" % made.index(True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_replaced_file_is_one_of_the_two_never_a_mix(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, b"a" * 100_000)
    seen = together(lambda n: replace_file(path, b"b" * 100_000) if n == 0 else path.read_bytes())
    assert {text for text in seen if text} <= {b"a" * 100_000, b"b" * 100_000}
    assert path.read_bytes() == b"b" * 100_000
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError, match="directory"):
        replace_file(tmp_path / "file", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def ring(folder: Path) -> FileKeyRing:
    return FileKeyRing(folder / "keys", SystemEntropy())


def test_secret_is_made_once_whoever_races_for_it(tmp_path: Path) -> None:
    kept = together(lambda n: ring(tmp_path).create("session/a", bytes([n]) * 32))
    assert len(set(kept)) == 1
    assert ring(tmp_path).load("session/a") == kept[0]
    assert ring(tmp_path).create("session/a", b"other") == kept[0]


def test_secret_is_wrapped_and_its_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    secret = os.urandom(32)
    one = ring(tmp_path)
    one.create("tenant/t", secret)
    path = tmp_path / "keys/tenant/t.json"
    record = json.loads(path.read_bytes())
    assert secret.hex() not in path.read_text()
    assert record["kid"] == one.key_id("tenant/t")
    for file in (tmp_path / "keys").rglob("*.*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_unknown_secret_is_none_and_has_no_key(tmp_path: Path) -> None:
    assert ring(tmp_path).load("session/none") is None
    with pytest.raises(CannotVerify):
        ring(tmp_path).key_id("session/none")


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "{}", '{"kid": 7, "wrapped": ""}', '{"kid": "kek_x", "wrapped": ""}',
        '{"kid": "../../../etc/passwd", "wrapped": "AAAA"}', '{"kid": "KID", "wrapped": "AAAA"}',
        '{"kid": "KID", "wrapped": "not base64"}', '{"kid": "KID", "wrapped": 1}',
        '{"kid": "KID", "wrapped": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}',
    ],
)  # fmt: skip
def test_tampered_key_file_does_not_open(tmp_path: Path, text: str) -> None:
    one = ring(tmp_path)
    one.create("session/a", b"s" * 32)
    (tmp_path / "keys/session/a.json").write_text(text.replace("KID", one.key_id("session/a")))
    with pytest.raises(CannotVerify) as caught:
        ring(tmp_path).load("session/a")
    assert caught.value.code == "key.missing"


def test_key_file_moved_to_another_name_does_not_open(tmp_path: Path) -> None:
    one = ring(tmp_path)
    one.create("session/a", b"s" * 32)
    (tmp_path / "keys/session/a.json").rename(tmp_path / "keys/session/b.json")
    with pytest.raises(CannotVerify, match="does not open"):
        one.load("session/b")


@pytest.mark.parametrize("flaw", ["gone", "other"])
def test_missing_or_swapped_root_key_is_named(tmp_path: Path, flaw: str) -> None:
    one = ring(tmp_path)
    one.create("session/a", b"s" * 32)
    path = tmp_path / f"keys/root/{one.key_id('session/a')}.key"
    if flaw == "gone":
        path.unlink()
    else:
        path.write_bytes(bytes(32))
    with pytest.raises(CannotVerify, match="root key"):
        ring(tmp_path).load("session/a")


@pytest.mark.parametrize("name", ["", "../x", "a/../b", "/etc", "a//b", "A", "a/b/c/d/e", "a\n", "a/.hidden"])
def test_odd_key_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput):
        ring(tmp_path).load(name)


def test_object_is_kept_under_its_digest_and_created_once(tmp_path: Path) -> None:
    store = ObjectStore(Folder(tmp_path / "objects"))
    addresses = together(lambda _: store.put(b"same"))
    assert len(set(addresses)) == 1
    assert store.get(str(addresses[0])) == b"same"
    assert list(store.addresses()) == [addresses[0]]


def test_tampered_object_is_found_on_reading_and_on_keeping_it_again(tmp_path: Path) -> None:
    store = ObjectStore(Folder(tmp_path))
    address = store.put(b"same")
    (tmp_path / address[:2] / address[2:4] / address[4:]).write_bytes(b"torn")
    for act in (lambda: store.get(address), lambda: store.put(b"same")):
        with pytest.raises(NotVerified) as caught:
            act()
        assert caught.value.code == "ledger.corrupt"


def test_missing_object_is_not_a_bad_one(tmp_path: Path) -> None:
    with pytest.raises(CannotVerify) as caught:
        ObjectStore(Folder(tmp_path)).get("f" * 64)
    assert caught.value.code == "store.missing"


def test_object_over_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        ObjectStore(Folder(tmp_path)).put(bytes(MAX_OBJECT_BYTES + 1))


def test_honest_folder_passes_the_probe_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    store = ObjectStore(Folder(tmp_path))
    store.probe()
    assert list(store.addresses()) == []


class Overwriting(Folder):
    def create(self, files: Iterable[NewFile], *, durable: bool = True) -> tuple[NewFile, ...]:
        for file in files:
            self.overwrite(file.path, file.data)
        return ()


class Stale(Folder):
    def replace(self, path: str, data: bytes, *, seen: object) -> bool:
        self.overwrite(path, data)
        return True


class Forgetful(Folder):
    def create(self, files: Iterable[NewFile], *, durable: bool = True) -> tuple[NewFile, ...]:
        return super().create([NewFile(path=file.path, data=b"") for file in files])


class Blind(Folder):
    def paths(self, under: str) -> Iterator[str]:
        return iter(())


@pytest.mark.parametrize("liar", [Overwriting, Stale, Forgetful, Blind])
def test_store_that_lies_is_refused_and_its_probe_removed(tmp_path: Path, liar: type[Folder]) -> None:
    with pytest.raises(Refused) as caught:
        ObjectStore(liar(tmp_path)).probe()
    assert caught.value.code == "store.refused"
    assert list(Folder(tmp_path).paths("")) == []


def test_file_is_replaced_only_from_the_state_that_was_read_and_by_one(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.replace("checkpoint", b"0", seen=None)
    assert not folder.replace("checkpoint", b"x", seen=None)
    seen = folder.read("checkpoint")
    won = together(lambda n: folder.replace("checkpoint", b"%d" % (n + 1), seen=seen))
    assert won.count(True) == 1
    assert folder.get("checkpoint") == b"%d" % (won.index(True) + 1)


def test_file_handed_over_is_whole_for_readers_and_costs_no_fsync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path)
    folder.create((NewFile(path="tile/0/000", data=b"full"),))
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    young = NewFile(path="tile/0/001.p/3", data=b"young")
    assert folder.create((young,), durable=False) == ()
    assert (folder.get(young.path), synced) == (b"young", [])
    assert folder.create((young,), durable=False) == (young,)


def test_files_created_together_leave_taken_names_alone_and_say_which(tmp_path: Path) -> None:
    taken = tmp_path / "a" / "1"
    create_file(taken, b"first")
    new = tmp_path / "b" / "c" / "2"
    assert create_files([(taken, b"second"), (new, b"new")]) == ((taken, b"second"),)
    assert (taken.read_bytes(), new.read_bytes()) == (b"first", b"new")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["1", "2"]


def test_no_file_of_several_has_its_name_before_the_bytes_of_all_are_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [(tmp_path / f"{number % 2}" / f"{number}", b"%d" % number) for number in range(9)]
    named: list[int] = []
    flushed: list[bool] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        flushed.append(stat.S_ISREG(os.fstat(handle).st_mode))
        named.append(sum(path.exists() for path, _ in files))
        real(handle)

    for folder in "01":
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(os, "fsync", fsync)
    assert create_files(files) == ()
    assert flushed == [True] * 9 + [False] * 2
    assert named == [0] * 9 + [9] * 2


def test_flush_that_fails_leaves_none_of_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = iter([None, None, OSError("the disk")])

    def fsync(_handle: int) -> None:
        if err := next(failing, None):
            raise err

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="the disk"):
        create_files([(tmp_path / str(number), b"x") for number in range(5)])
    assert list(tmp_path.iterdir()) == []


def test_files_beyond_what_is_written_together_are_all_created(tmp_path: Path) -> None:
    files = [(tmp_path / str(number), b"%d" % number) for number in range(150)]
    assert create_files(files) == ()
    assert create_files(iter(files)) == tuple(files)
    assert {path.read_bytes() for path, _ in files} == {data for _, data in files}


def test_fork_creates_files_with_threads_of_its_own(tmp_path: Path) -> None:
    create_files([(tmp_path / f"before-{number}", b"") for number in range(4)])
    child = os.fork()
    if not child:
        try:
            create_files([(tmp_path / f"after-{number}", b"") for number in range(4)])
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert len(list(tmp_path.glob("after-*"))) == 4
