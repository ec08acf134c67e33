"""Documents, folders and databases as record lines."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from pathlib import Path

import pytest

from attest.capture import line_copy
from attest.capture import transcript as module
from attest.capture.gather import registry as gather
from attest.capture.gather.registry import Gatherer
from attest.capture.gather.sqlite_copy import private_copy, tables_of
from attest.capture.line_copy import LineCopy
from attest.capture.transcript import Transcript
from attest.capture.unroll import registry as unroll
from attest.capture.unroll.document import (
    MAX_DEPTH,
    format_of_header,
    head_of,
    line_of,
    parse_document,
    unroll_list,
    unroll_member,
)
from attest.capture.unroll.registry import Unroller
from attest.errors import InvalidInput


def test_document_gives_header_and_one_line_for_each_element() -> None:
    data = b'{"id": "a", "items": [{"n": 1}, "two"], "last": true}'
    lines = list(unroll_member(data, "frog/json", "items"))
    assert [json.loads(line) for line in lines] == [
        {"type": "whereof-unrolled", "format": "frog/json", "document": {"id": "a", "last": True}},
        {"n": 1},
        {"type": "whereof-element", "value": "two"},
    ]
    assert format_of_header(lines[0]) == "frog/json"
    assert len(list(unroll_list(b'[{"n": 1}]', "frog/json"))) == 2


def test_head_of_a_document_is_read_without_the_rest() -> None:
    head = head_of(b'{"id": "a", "n": 1, "items": [{"x"')
    assert head is not None
    assert (head.members, head.ended) == ({"id": "a", "n": 1, "items": None}, False)
    first = head_of(b'\xef\xbb\xbf[{"id": 1, "source": "user"}, {"id"')
    assert first is not None
    assert (first.members, first.is_list) == ({"id": 1, "source": "user"}, True)


@pytest.mark.parametrize(
    "head", [b'{"a":1}\n{"b":2}\n', b"", b"plain", b'["a"]', b"[1,2]", b"{1:2}", b"\xff\xfe{}", b"[" * 100_000]
)
def test_lines_and_other_bytes_are_no_document(head: bytes) -> None:
    assert head_of(head) is None


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b'{"a":1}{"b":2}',
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b'{"a":"\xff"}',
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"9" * 5_000,
    ],
)
def test_hostile_document_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_document(data)
    assert caught.value.code == "input.malformed"


def test_brackets_in_strings_are_no_depth() -> None:
    assert parse_document(json.dumps({"a": "[" * 1_000 + '\\"'}).encode()) == {"a": "[" * 1_000 + '\\"'}


def test_surrogates_and_huge_numbers_can_be_written() -> None:
    assert json.loads(line_of(parse_document(b'{"a":"\\ud800","b":1e999}'))) == {"a": "\ud800", "b": "1e999"}


def test_transcript_reads_a_document_as_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frog = Unroller(
        "frog/json", lambda head: b'"frogs"' in head, lambda data: unroll_member(data, "frog/json", "frogs")
    )
    monkeypatch.setattr(unroll, "UNROLLERS", (frog,))
    path = tmp_path / "pond.json"
    path.write_bytes(b'{"pond": 1, "frogs": [{"n": 1}, {"n": 2}]}')
    source = Transcript.open(path)
    assert [json.loads(line) for line in source.lines()][1:] == [{"n": 1}, {"n": 2}]
    assert source.digest() == (hashlib.sha256(path.read_bytes()).digest(), 3)
    assert source.head(12) == b'{"type":"whe'
    assert source.ends_with_newline()
    path.write_bytes(b"rewritten")
    source.require_unchanged(source.digest()[0])
    assert len(list(source.lines())) == 3


def test_document_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unroll, "UNROLLERS", (Unroller("frog/json", lambda _: True, lambda _: iter(())),))
    monkeypatch.setattr(module, "MAX_DOCUMENT_BYTES", 4)
    (tmp_path / "t").write_bytes(b"12345")
    with pytest.raises(InvalidInput) as caught:
        Transcript.open(tmp_path / "t")
    assert caught.value.code == "input.too-large"


def test_folder_and_one_of_its_sessions_are_gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lines(path: Path, session: str | None) -> list[bytes]:
        return [f'{{"of":"{session or "newest"}"}}'.encode() for _ in path.iterdir()]

    pond = Gatherer("pond", lambda path, _: path.is_dir(), lambda _: ("a",), lambda path, one: iter(lines(path, one)))
    monkeypatch.setattr(gather, "GATHERERS", (pond,))
    (tmp_path / "pond").mkdir()
    (tmp_path / "pond" / "frog").touch()
    assert list(Transcript.open(tmp_path / "pond").lines()) == [b'{"of":"newest"}']
    source = Transcript.open(tmp_path / "pond#a")
    assert list(source.lines()) == [b'{"of":"a"}']
    assert source.digest()[0] == hashlib.sha256(b'{"of":"a"}\n').digest()
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput):
        Transcript.open(tmp_path / "empty")


def test_name_behind_a_plain_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"{}\n")
    (tmp_path / "with#mark").write_bytes(b"{}\n")
    assert list(Transcript.open(tmp_path / "with#mark").lines()) == [b"{}"]
    with pytest.raises(InvalidInput):
        Transcript.open(tmp_path / "t#session")


@pytest.mark.parametrize("limit", [0, 10, 1_000])
def test_copy_gives_the_same_bytes_in_memory_and_on_disk(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(line_copy, "MEMORY_BYTES", limit)
    copy = LineCopy(str(number).encode() for number in range(20))
    assert b"".join(copy.blocks(7)) == b"".join(f"{number}\n".encode() for number in range(20))
    assert (copy.size, copy.read(2, 3)) == (50, b"1\n2")


def test_copy_on_disk_holds_no_word_of_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_copy, "MEMORY_BYTES", 8)
    copy = LineCopy([b"heron lagoon " * 40] * 3)
    assert copy._file is not None
    raw = os.pread(copy._file.fileno(), copy.size, 0)
    assert len(raw) == copy.size
    assert b"heron" not in raw
    assert copy.read(521, 5) == b"heron"


def test_database_is_copied_with_its_log_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "agent.db"
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE frog (n)")
    writer.execute("INSERT INTO frog VALUES (7)")
    writer.commit()
    before = {one.name: (one.stat().st_size, one.stat().st_mtime_ns) for one in tmp_path.iterdir()}
    with private_copy(path) as connection:
        assert tables_of(connection) == {"frog"}
        assert connection.execute("SELECT n FROM frog").fetchall() == [(7,)]
        with pytest.raises(sqlite3.OperationalError):
            connection.execute("DELETE FROM frog")
    assert {one.name: (one.stat().st_size, one.stat().st_mtime_ns) for one in tmp_path.iterdir()} == before
    writer.close()


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_bytes(b"SQLite format 3\x00" + b"x" * 4096)
    with pytest.raises(InvalidInput), private_copy(tmp_path / "no.db"):
        pass
