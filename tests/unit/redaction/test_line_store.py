"""The line cache on disk: quick for a session that has grown, the same bytes, and never believed when it was changed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from redaction import line_store
from redaction.config import Config, Identities
from redaction.errors import Quarantine
from redaction.fast_path import FastPath
from redaction.line_cache import LineCache, Spans
from redaction.line_store import LineStore
from redaction.redactor import Redactor

from .conftest import IDENTITIES, KEY, planted, run

LINES = tuple(json.dumps({"n": n, "t": text}).encode() + b"\n" for n, (_, text) in enumerate(planted().values()))
NEW = json.dumps({"t": "one more line, by zora@" + "quillmail.dev"}).encode() + b"\n"


@pytest.fixture
def again(cache: Path, tmp_path: Path) -> Callable[..., Redactor]:
    """Give a maker of redactors that keep what they saw."""

    def maker(key: bytes = KEY, identities: Identities = IDENTITIES, **settings: object) -> Redactor:
        config = Config(cache_dir=cache, lines_dir=tmp_path / "lines", **settings)  # type: ignore[arg-type]
        return Redactor(config, token_key=key, identities=identities)

    return maker


def looked_at(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> int:
    """Give how many lines the first pass looked at while working, rather than knowing them."""
    count = 0
    real = FastPath._looked

    def counting(self: FastPath, *arguments: object) -> Spans:
        nonlocal count
        count += 1
        return real(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(FastPath, "_looked", counting)
        work()
    return count


def the_file(tmp_path: Path) -> Path:
    (path,) = (tmp_path / "lines").iterdir()
    return path


def test_a_session_that_has_grown_gives_the_same_bytes_and_only_its_new_lines_are_looked_at(
    again: Callable[..., Redactor], make: Callable[..., Redactor], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert looked_at(monkeypatch, lambda: run(again(), *LINES)) == len(LINES)
    grown: list[bytes] = []
    assert looked_at(monkeypatch, lambda: grown.append(run(again(), *LINES, NEW))) == 1
    assert grown == [run(make(), *LINES, NEW)]


def test_a_second_redactor_knows_the_lines_of_the_first_and_another_key_or_setting_does_not(
    again: Callable[..., Redactor],
) -> None:
    run(again(), *LINES)

    def known(redactor: Redactor) -> int:
        assert redactor.fast is not None
        return len(redactor.fast.cache.kept())

    assert known(again()) == len(LINES)
    assert known(again(key=b"another session's key, 32 bytes.")) == 0
    assert known(again(identities=Identities(names=("Someone Else",)))) == 0
    assert known(again(disabled=frozenset({"card"}))) == 0


def test_another_version_of_the_code_knows_nothing(
    again: Callable[..., Redactor], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(again(), *LINES)
    monkeypatch.setattr("redaction.redactor.code_digest", lambda: b"another version")
    redactor = again()
    assert redactor.fast is not None
    assert not redactor.fast.cache.kept()


def test_the_file_is_its_owners_and_holds_no_value_no_token_and_no_line(
    again: Callable[..., Redactor], tmp_path: Path
) -> None:
    out = run(again(), *LINES)
    path = the_file(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    held = path.read_bytes()
    assert b"REDACTED" not in held
    for value, text in planted().values():
        assert value.encode() not in held
        assert text.encode() not in held
    assert not [line for line in out.split(b"\n") if line and line in held]


@pytest.mark.parametrize("change", ["flip", "cut", "empty", "grow", "huge", "folder"])
def test_a_changed_file_is_not_believed(
    again: Callable[..., Redactor], make: Callable[..., Redactor], tmp_path: Path, change: str
) -> None:
    run(again(), *LINES)
    path = the_file(tmp_path)
    whole = path.read_bytes()
    place = 100
    changed = {
        "flip": whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :],
        "cut": whole[:-4],
        "empty": b"",
        "grow": whole + whole[36:80],
        "huge": whole + b"\0" * line_store.MAX_FILE_BYTES,
    }.get(change)
    path.unlink()
    if changed is None:
        path.mkdir()
    else:
        path.write_bytes(changed)
    redactor = again()
    assert redactor.fast is not None
    assert not redactor.fast.cache.kept()
    assert run(redactor, *LINES) == run(make(), *LINES)


def test_nothing_is_kept_of_a_session_that_the_second_scan_refused(
    again: Callable[..., Redactor], tmp_path: Path
) -> None:
    with pytest.raises(Quarantine):
        run(again(disabled=frozenset({"phone"})), *LINES)
    assert not (tmp_path / "lines").exists()


def test_a_full_disk_costs_the_cache_and_nothing_else(
    again: Callable[..., Redactor], make: Callable[..., Redactor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("redaction.line_store.tempfile.mkstemp", full)
        assert run(again(), *LINES) == run(make(), *LINES)
    assert list((tmp_path / "lines").iterdir()) == []


def test_the_folder_stays_small_and_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_store, "MAX_FILES", 3)
    for number in range(5):
        cache = LineCache(b"k" * 32, bytes([number]))
        cache.put(cache.name(b"line"), (1, 2))
        LineStore(tmp_path, cache).save()
        for path in tmp_path.iterdir():
            os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns - 1_000_000_000))
    assert len(list(tmp_path.iterdir())) == 3
    kept = [LineStore(tmp_path, LineCache(b"k" * 32, bytes([number]))).load() for number in range(5)]
    assert kept == [0, 0, 1, 1, 1]


def test_places_come_back_as_they_were(tmp_path: Path) -> None:
    cache = LineCache(b"k" * 32, b"scope")
    given = {b"a": (), b"b": (-1,), b"c": (1, 8, 4_000_000, 4_000_100), b"d": tuple(range(2_000))}
    for line, spans in given.items():
        cache.put(cache.name(line), spans)
    LineStore(tmp_path, cache).save()
    other = LineCache(b"k" * 32, b"scope")
    assert LineStore(tmp_path, other).load() == len(given)
    assert {line: other.get(other.name(line)) for line in given} == given
