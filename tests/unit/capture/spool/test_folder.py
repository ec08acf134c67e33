from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from attest.capture.spool.folder import SpoolFolder
from attest.capture.spool.seal import BLOCK_BYTES, open_file, seal_file
from attest.errors import CannotVerify

KEY = bytes(range(32))


@pytest.fixture
def spool(tmp_path: Path) -> SpoolFolder:
    (tmp_path / "spool" / "copies").mkdir(parents=True)
    return SpoolFolder(tmp_path / "spool", KEY)


def copies(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "copies"


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES])
def test_what_is_sealed_opens_to_the_same_bytes(tmp_path: Path, size: int) -> None:
    plain, sealed, back = tmp_path / "p", tmp_path / "s", tmp_path / "b"
    plain.write_bytes(os.urandom(size))
    seal_file(plain, sealed, KEY, prefix=b"1234567", name="n")
    assert size < 64 or plain.read_bytes()[:64] not in sealed.read_bytes()
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    open_file(sealed, back, KEY, name="n")
    assert back.read_bytes() == plain.read_bytes()
    assert stat.S_IMODE(back.stat().st_mode) == 0o600


def test_a_sealed_copy_that_was_touched_does_not_open(tmp_path: Path) -> None:
    plain, sealed, back = tmp_path / "p", tmp_path / "s", tmp_path / "b"
    plain.write_bytes(b"x" * (2 * BLOCK_BYTES + 5))
    seal_file(plain, sealed, KEY, prefix=b"1234567", name="n")
    good = sealed.read_bytes()
    head, block = len(good) - (2 * BLOCK_BYTES + 5) - 3 * 16, BLOCK_BYTES + 16
    bad = {
        "flipped": good[:-1] + bytes([good[-1] ^ 1]),
        "cut": good[: head + block],
        "reordered": good[:head]
        + good[head + block : head + 2 * block]
        + good[head : head + block]
        + good[head + 2 * block :],
        "short": good[:20],
        "other": b"{}",
    }
    for data in bad.values():
        sealed.write_bytes(data)
        with pytest.raises(CannotVerify):
            open_file(sealed, back, KEY, name="n")
        assert not back.exists()
    sealed.write_bytes(good)
    for key, name in ((bytes(32), "n"), (KEY, "m")):
        with pytest.raises(CannotVerify):
            open_file(sealed, back, key, name=name)


def test_after_a_run_nothing_plain_is_left(spool: SpoolFolder, tmp_path: Path) -> None:
    (copies(tmp_path) / "claude-code-s1").write_bytes(b"words of a session")
    (copy,) = spool.copies()
    assert spool.open(copy).read_bytes() == b"words of a session"
    spool.close(copy)
    assert [path.name for path in copies(tmp_path).iterdir()] == ["claude-code-s1.sealed"]
    (again,) = spool.copies()
    assert spool.open(again).read_bytes() == b"words of a session"
    spool.close(again)
    assert b"words" not in b"".join(path.read_bytes() for path in copies(tmp_path).iterdir())


def test_what_a_hook_writes_while_a_copy_is_open_is_for_the_next_run(spool: SpoolFolder, tmp_path: Path) -> None:
    (copies(tmp_path) / "claude-code-s1").write_bytes(b"one\n")
    (copy,) = spool.copies()
    plain = spool.open(copy)
    (copies(tmp_path) / "claude-code-s1").write_bytes(b"one\ntwo\n")
    assert spool.open(copy) == plain
    assert plain.read_bytes() == b"one\n"
    spool.close(copy)
    (again,) = spool.copies()
    assert (again.sealed, spool.open(again).read_bytes()) == (False, b"one\ntwo\n")


def test_what_a_run_that_was_killed_had_taken_is_put_back(spool: SpoolFolder, tmp_path: Path) -> None:
    (copies(tmp_path) / "claude-code-s1").write_bytes(b"one\n")
    spool.open(spool.copies()[0])
    spool.sweep()
    assert [(one.name, one.path.read_bytes()) for one in spool.copies()] == [("claude-code-s1", b"one\n")]
    spool.open(spool.copies()[0])
    (copies(tmp_path) / "claude-code-s1").write_bytes(b"one\ntwo\n")
    spool.sweep()
    assert sorted(one.path.read_bytes() for one in spool.copies()) == [b"one\n", b"one\ntwo\n"]


def test_a_shorter_rewrite_does_not_take_the_place_of_what_was_sealed(spool: SpoolFolder, tmp_path: Path) -> None:
    for text in (b"long " * 100, b"short"):
        (copies(tmp_path) / "claude-code-s1").write_bytes(text)
        for copy in spool.copies():
            spool.open(copy)
            spool.close(copy)
    for copy in spool.copies():
        spool.open(copy)
        spool.close(copy)
    texts = []
    for copy in spool.copies():
        texts.append(spool.open(copy).read_bytes())
        spool.close(copy)
    assert texts == [b"long " * 100, b"short"]


def test_a_live_transcript_is_taken_when_it_has_grown_and_only_then(spool: SpoolFolder, tmp_path: Path) -> None:
    live = tmp_path / "t.jsonl"
    live.write_bytes(b"one\n")
    spool.take_newer("claude-code-s1", str(live))
    (copy,) = spool.copies()
    assert copy.path.read_bytes() == b"one\n"
    spool.close(copy)
    spool.take_newer("claude-code-s1", str(live))
    assert [one.sealed for one in spool.copies()] == [True]
    live.write_bytes(b"one\ntwo\n")
    spool.take_newer("claude-code-s1", str(live))
    assert [one.sealed for one in spool.copies()] == [False]
    live.unlink()
    spool.take_newer("claude-code-s1", str(live))
    assert spool.copies()[0].path.read_bytes() == b"one\ntwo\n"


def test_names_that_no_hook_gives_and_links_are_passed_over(spool: SpoolFolder, tmp_path: Path) -> None:
    (copies(tmp_path) / ".part").write_text("x")
    (copies(tmp_path) / "link").symlink_to("/etc/passwd")
    (copies(tmp_path) / "folder").mkdir()
    assert spool.copies() == ()


def test_side_files_are_told_from_sessions(spool: SpoolFolder, tmp_path: Path) -> None:
    for name in ("claude-code-s1", "claude-code-s1+agent-7.jsonl", "claude-code-s1~1790000000"):
        (copies(tmp_path) / name).write_text("x")
    assert [(one.key, one.side) for one in spool.copies()] == [
        ("claude-code-s1", False),
        ("claude-code-s1", False),
        ("claude-code-s1", True),
    ]


def test_a_line_that_is_still_being_written_is_left_for_the_next_run(spool: SpoolFolder, tmp_path: Path) -> None:
    path = tmp_path / "spool" / "events-1700.jsonl"
    line = b'\n{"v":1,"t":1,"agent":"a","event":"Stop","session":"s1"}\n'
    path.write_bytes(line + line[:20])
    assert (len(spool.read().lines), spool.read().unread) == (1, 0)
    path.write_bytes(line + line)
    assert len(spool.read().lines) == 2


def test_state_that_does_not_parse_is_none(spool: SpoolFolder, tmp_path: Path) -> None:
    spool.keep_state({"k": {"attestation": "att_1"}})
    assert spool.state() == {"k": {"attestation": "att_1"}}
    for text in ("{", "[]", '{"sessions": []}', ""):
        (tmp_path / "spool" / "state.json").write_text(text)
        assert spool.state() == {}
