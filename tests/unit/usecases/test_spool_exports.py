"""Exports that arrive are on disk before they are answered, by conversation, for this user alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from attest.capture.reader import read_session
from attest.capture.transcript import Transcript
from attest.errors import InvalidInput
from attest.usecases import spool_exports
from attest.usecases.spool_exports import Spool, file_name, require_export
from tests.support.spans import export, span

Json = dict[str, Any]


def invoked(conversation: str, number: int = 1, trace: int = 1) -> Json:
    attributes = {"gen_ai.conversation.id": conversation, "copilot_chat.user_request": "Add a till"}
    return span("invoke_agent till", number, trace=trace, attributes=attributes)


def executed(number: int, *, trace: int = 1) -> Json:
    attributes = {"gen_ai.tool.name": "Read", "gen_ai.tool.call.arguments": '{"file_path":"a.py"}'}
    return span("execute_tool Read", number, parent=1, at=number, trace=trace, attributes=attributes)


def files(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "otlp").iterdir() if path.name != ".lock")


def test_each_conversation_has_its_file_and_a_session_is_read_from_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    told = spool.take(export(executed(2), invoked("conv-one"), invoked("conv-two", 9, trace=2)))
    assert (told.accepted, told.rejected, told.why) == (3, 0, "")
    assert files(tmp_path) == ["conv-one.jsonl", "conv-two.jsonl"]
    path = tmp_path / "otlp" / "conv-one.jsonl"
    session = read_session(line + b"\n" for line in Transcript.open(path).lines())
    assert session.native_id == "conv-one"
    assert [one.target for one in session.access] == ["a.py"]


def test_what_comes_before_its_conversation_is_named_is_joined_to_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.take(export(executed(2)))
    assert files(tmp_path) == [f"trace-{1:032x}.jsonl"]
    Spool(tmp_path).take(export(invoked("conv-one")))
    spool.take(export(invoked("conv-one")))
    spool.take(export(executed(3)))
    assert files(tmp_path) == ["conv-one.jsonl"]
    assert len((tmp_path / "otlp" / "conv-one.jsonl").read_bytes().splitlines()) == 4


def test_files_are_for_this_user_alone_and_links_are_not_followed(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.take(export(invoked("conv-one")))
    folder = tmp_path / "otlp"
    assert (folder.stat().st_mode & 0o777, (folder / "conv-one.jsonl").stat().st_mode & 0o777) == (0o700, 0o600)
    (folder / "conv-two.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):  # noqa: PT011  # the system's own refusal
        spool.take(export(invoked("conv-two", 4, trace=4)))
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "x" * 300, "trace-1", "café", ".lock"])
def test_no_conversation_names_a_file_outside_the_folder(name: str) -> None:
    assert file_name(name).startswith("conversation-")
    assert "/" not in file_name(name)


def test_what_is_of_no_agent_is_turned_away(tmp_path: Path) -> None:
    other = {**span("GET /", 5, trace=7), "attributes": []}
    told = Spool(tmp_path).take(export(other, invoked("conv-one")))
    assert (told.accepted, told.rejected, told.why) == (1, 1, "not of an agent")


def test_a_full_spool_takes_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_exports, "MAX_FILE_BYTES", 10)
    told = Spool(tmp_path).take(export(invoked("conv-one")))
    assert (told.accepted, told.rejected, told.why) == (0, 1, "the spool is full")
    assert files(tmp_path) == []


@pytest.mark.parametrize("value", [[], 3, {"resourceSpans": {}}, None])
def test_what_is_no_export_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        require_export(value, "resourceSpans")
