from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from attest.capture import transcript as module
from attest.capture.native_id import native_session_id
from attest.capture.transcript import Transcript
from attest.errors import InvalidInput


def opened(path: Path, data: bytes) -> Transcript:
    path.write_bytes(data)
    return Transcript.open(path)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\nb\n", [b"a", b"b"]),
        (b"a\nb", [b"a", b"b"]),
        (b"\n\nx", [b"", b"", b"x"]),
        (b"a\r\nb", [b"a\r", b"b"]),
        (b"\n", [b""]),
    ],
    ids=range(5),
)
@pytest.mark.parametrize("block", [1, 2, 1 << 20])
def test_lines_do_not_depend_on_how_the_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, lines: list[bytes], block: int
) -> None:
    monkeypatch.setattr(module, "_READ_BYTES", block)
    source = opened(tmp_path / "t", data)
    assert list(source.lines()) == lines
    assert source.digest() == (hashlib.sha256(data).digest(), len(lines))


@pytest.mark.parametrize("block", [3, 7, 1 << 20])
def test_line_over_the_limit_becomes_a_marker_and_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 10)
    monkeypatch.setattr(module, "_READ_BYTES", block)
    source = opened(tmp_path / "t", b"ten chars!\n" + b"x" * 25 + b"\nshort\n" + b"y" * 11)
    lines = list(source.lines())
    assert (lines[0], lines[2]) == (b"ten chars!", b"short")
    assert [json.loads(lines[n]) for n in (1, 3)] == [
        {"type": "whereof-dropped", "bytes": 25}, {"type": "whereof-dropped", "bytes": 11},
    ]  # fmt: skip


def test_what_an_agent_writes_later_is_not_read(tmp_path: Path) -> None:
    source = opened(tmp_path / "t", b"one\n")
    before = source.digest()
    with (tmp_path / "t").open("ab") as file:
        file.write(b"two\n")
    assert (list(source.lines()), source.digest(), source.head(100)) == ([b"one"], before, b"one\n")


def test_file_that_shrinks_is_told(tmp_path: Path) -> None:
    source = opened(tmp_path / "t", b"one\ntwo\n")
    (tmp_path / "t").write_bytes(b"one\n")
    with pytest.raises(InvalidInput, match="shrank"):
        list(source.lines())


def test_missing_empty_and_odd_files_are_wrong_input(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for name, code in (("none", "input.not-found"), (".", "input.not-found"), ("empty", "input.empty")):
        with pytest.raises(InvalidInput) as caught:
            Transcript.open(tmp_path / name)
        assert caught.value.code == code


def test_sparse_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "t").open("wb") as file:
        file.truncate(module.MAX_TRANSCRIPT_BYTES + 1)
    with pytest.raises(InvalidInput) as caught:
        Transcript.open(tmp_path / "t")
    assert caught.value.code == "input.too-large"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([], None),
        ([b'{"type": "summary"}'], None),
        ([b'{"sessionId":"first-one"}', b"not json", b'{"x":1, "sessionId" : "second-one"}'], "second-one"),
        ([json.dumps({"text": '"sessionId": "quoted-one"'}).encode()], None),
        ([b'{"sessionId":"short"}', b'{"sessionId":"../../etc/passwd"}', b'{"sessionId":"' + b"a" * 129 + b'"}'], None),
    ],
    ids=range(5),
)
def test_native_id_is_the_last_one_and_never_one_from_a_text(lines: list[bytes], found: str | None) -> None:
    assert native_session_id(lines) == found
