"""A recorded session joined with an MCP log: signed, logged once, text-free, and honest about what does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.errors import Absent, InvalidInput
from attest.model.mcp import JoinKey, JoinLabel, LogOwner
from attest.model.mcp_join_predicate import MCP_JOIN_V1
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.instance import Instance
from attest.usecases.mcp_join import JoinRequest, log_join, preview_join
from attest.usecases.state_mcp_join import row_json, rows_root
from tests.support.claude import Transcript as Story
from tests.support.command import whereof
from tests.support.recording import check_home, record_file, write_story

PERSON = "ada.tester@example.test"


def _story() -> Story:
    tale = Story()
    tale.prompt("Look the ducks up and write to their keeper.")
    tale.call("mcp__pond__lookup", duck="mallard", depth=2).result("found")
    tale.call("mcp__pond__write", to=PERSON, text="The mallard is back.").result("sent")
    tale.call("mcp__pond__lookup", duck="teal").result("found")
    tale.shell("python -m pytest -q", "3 passed in 0.01s")
    return tale


def _line(second: int, number: int, tool: str, meta: dict[str, str] | None = None, **arguments: object) -> str:
    params = {"name": tool, "arguments": arguments} | ({"_meta": meta} if meta else {})
    message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
    return json.dumps({"timestamp": f"2026-03-01T10:00:{second:02d}.400Z", "dir": "c2s", "message": message})


def _log() -> bytes:
    answer = {"jsonrpc": "2.0", "id": 2, "result": {"content": [], "isError": True}}
    return "\n".join(
        (
            _line(1, 1, "lookup", {"example.test/toolUseId": "t1"}, depth=2, duck="mallard"),
            _line(3, 2, "write", text="The mallard is back.", to=PERSON),
            json.dumps({"timestamp": "2026-03-01T10:00:03.900Z", "dir": "s2c", "message": answer}),
            _line(40, 3, "drain", speed="fast"),
        )
    ).encode()


def _request(session: str, *, log: bytes = b"") -> JoinRequest:
    return JoinRequest(session=session, log=log or _log(), owner=LogOwner.SERVER, repository=None)


@pytest.fixture
def recorded(instance: Instance, tmp_path: Path) -> str:
    session = record_file(instance, write_story(tmp_path / "t.jsonl", _story())).session
    assert session is not None
    return session


def test_a_join_is_signed_and_logged_once_and_names_no_tool_and_no_argument(instance: Instance, recorded: str) -> None:
    made = log_join(instance, _request(recorded))
    assert [(row.label, row.key) for row in made.join.rows[:2]] == [
        (JoinLabel.EXACT, JoinKey.TOOL_USE_ID),
        (JoinLabel.STRONG, JoinKey.TIME_AND_ARGUMENTS),
    ], "arguments that hold a person are equal after the same redaction"
    unjoined = made.predicate["unjoined"]
    assert isinstance(unjoined, dict)
    assert (unjoined["session"], unjoined["log"]) == (1, 1)
    assert made.receipt is not None
    assert made.receipt.predicate_type == MCP_JOIN_V1
    again = log_join(instance, _request(recorded))
    assert again.receipt is not None
    assert again.receipt.attestation == made.receipt.attestation
    stored = attestations.by_id(instance.engine, instance.scope, made.receipt.attestation)
    assert stored is not None
    signed = parse_envelope(stored.leaf.envelope).payload.decode()
    assert recorded in signed
    for word in ("pond", "mallard", "lookup", "drain", PERSON, '"t1"'):
        assert word not in signed
    listed = attestations.about(instance.engine, instance.scope, "session", recorded).rows
    assert next(row.predicate_type for row in listed) == MCP_JOIN_V1
    assert not check_home(instance.settings.home).problems


def test_more_rows_than_are_written_out_are_committed_to(instance: Instance, recorded: str) -> None:
    log = "\n".join(_line(number % 60, number, "drain", pond=number) for number in range(1_300)).encode()
    made = log_join(instance, _request(recorded, log=log))
    rows = made.predicate["rows"]
    assert isinstance(rows, dict)
    assert (rows["count"], len(rows["shown"])) == (1_303, 1_024)
    assert rows["root"] == rows_root([row_json(row) for row in made.join.rows]).hex()
    assert made.receipt is not None


def test_a_preview_logs_nothing(instance: Instance, recorded: str) -> None:
    before = attestations.count(instance.engine, instance.scope)
    made = preview_join(instance, _request(recorded))
    assert made.receipt is None
    assert attestations.count(instance.engine, instance.scope) == before


def test_a_session_that_is_not_here_and_a_log_that_is_none_are_refused(instance: Instance, recorded: str) -> None:
    with pytest.raises(Absent):
        preview_join(instance, _request("ses_" + "0" * 26))
    with pytest.raises(InvalidInput):
        preview_join(instance, _request(recorded, log=b"hello\n"))


def test_the_command_prints_the_join_and_its_receipt(instance: Instance, recorded: str, tmp_path: Path) -> None:
    (tmp_path / "mcp.jsonl").write_bytes(_log())
    home = instance.settings.home
    done = whereof("mcp-join", recorded, "--log", tmp_path / "mcp.jsonl", "--json", home=home, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["predicate"]["counts"] == {"exact": 1, "strong": 1, "weak": 0, "none": 2}
    shown = whereof("mcp-join", recorded, "--log", tmp_path / "mcp.jsonl", "--preview", home=home, cwd=tmp_path)
    assert "1  exact" in shown.stdout
