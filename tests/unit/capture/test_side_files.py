"""Files of Claude Code's sub-agents beside a transcript: all of them, each once, told apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attest.capture.gather import claude_code
from attest.capture.reader import read_session
from attest.capture.transcript import Transcript as Stored
from attest.model.checks import CheckStatus
from attest.model.session import EventKind, Session
from tests.support.claude import REFUSED, Transcript

SESSION = "s1"
TOKENS = {"input_tokens": 10, "output_tokens": 5}


def parent(agents: int = 1) -> Transcript:
    """A session that hands work to agents at the same time, each by a call of its own."""
    log = Transcript().prompt("Measure the ponds")
    for number in range(1, agents + 1):
        log.call("Task", subagent_type="Explore", description=f"pond {number}", prompt="measure")
    for number in range(1, agents + 1):
        told = {"agentId": f"a{number}", "status": "completed", "totalTokens": 15, "totalToolUseCount": 1}
        log.result("done", told=told, call=number)
    return log.agent({"type": "text", "text": "Measured."}, usage=TOKENS)


def child(number: int, command: str = "wc -l pond.md", output: str = "3") -> list[dict[str, Any]]:
    """What an agent's own file holds: its task, one command, its answer."""
    log = Transcript().prompt(f"Measure pond {number}")
    log.agent({"type": "tool_use", "id": f"c{number}", "name": "Bash", "input": {"command": command}}, usage=TOKENS)
    block = {"type": "tool_result", "tool_use_id": f"c{number}", "content": output, "is_error": False}
    log.add("user", message={"role": "user", "content": [block]}, toolUseResult={})
    log.agent({"type": "text", "text": "Three."}, message_id=f"side-{number}", usage=TOKENS)
    return own(log, f"a{number}")


def own(log: Transcript, agent: str) -> list[dict[str, Any]]:
    """Give records the marks of a sub-agent's file: ids of their own, and the side chain."""
    found = []
    for line in log.records:
        record = json.loads(line)
        record |= {"uuid": f"{agent}-{record['uuid']}", "isSidechain": True, "agentId": agent}
        record["parentUuid"] = f"{agent}-{record['parentUuid']}" if record["parentUuid"] else None
        message = record["message"]
        if message["role"] == "assistant":
            message["id"] = f"{agent}-{message['id']}"
        for block in message["content"] if isinstance(message["content"], list) else ():
            block |= {name: f"{agent}-{block[name]}" for name in ("id", "tool_use_id") if name in block}
        found.append(record)
    return found


def write(folder: Path, log: Transcript) -> Path:
    path = folder / f"{SESSION}.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in log.records))
    return path


def beside(path: Path, agent: str, records: list[dict[str, Any]], *, below: str = "", **meta: str) -> Path:
    folder = path.with_suffix("") / "subagents" / below
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"agent-{agent}.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    if meta:
        file.with_suffix(".meta.json").write_text(json.dumps(meta))
    return file


def read(path: Path) -> Session:
    return read_session(line + b"\n" for line in Stored.open(path).lines())


def commands(session: Session) -> int:
    return sum(event.kind is EventKind.TOOL_CALL and event.tool == "Bash" for event in session.events)


def gaps(session: Session) -> set[str]:
    return {gap.kind for gap in session.gaps}


def test_without_its_file_the_work_of_an_agent_is_a_gap(tmp_path: Path) -> None:
    session = read(write(tmp_path, parent()))
    assert "subagent-transcript" in gaps(session)
    assert [one.transcript_present for one in session.subagents] == [False]


def test_eight_agents_at_the_same_time_are_all_read_and_nothing_is_counted_twice(tmp_path: Path) -> None:
    path = write(tmp_path, parent(8))
    for number in range(1, 9):
        beside(path, f"a{number}", child(number))
    session = read(path)
    assert "subagent-transcript" not in gaps(session)
    assert [(one.native_id, one.transcript_present) for one in session.subagents] == [
        (f"a{number}", True) for number in range(1, 9)
    ]
    lines = sum(1 for _ in Stored.open(path).lines())
    assert session.counts.records == lines == 1 + 16 + 1 + 8 * (1 + 4)
    assert session.counts.records == session.counts.with_events + sum(one.count for one in session.counts.skipped)
    assert {(one.by_subagents, one.messages, one.output_tokens) for one in session.usage} == {
        (False, 1, 5),
        (True, 16, 80),
    }
    assert commands(session) == 8
    assert [prompt.text for prompt in (session.intent, *session.directions) if prompt] == ["Measure the ponds"]


def test_evidence_of_the_transcript_stays_and_that_of_a_file_points_into_its_own_lines(tmp_path: Path) -> None:
    path = write(tmp_path, parent())
    before = read(path)
    beside(path, "a1", child(1, "pytest -q", "12 passed in 0.3s"))
    after = read(path)
    assert after.intent == before.intent
    lines = b"".join(line + b"\n" for line in Stored.open(path).lines())
    (check,) = after.checks
    spot = check.evidence[0]
    record = json.loads(lines[spot.byte_start : spot.byte_end])
    assert record["agentId"] == "a1"
    assert spot.record == len(parent().records) + 2
    assert path.read_bytes() == lines[: len(path.read_bytes())]


def test_agents_of_a_workflow_that_no_call_names_are_agents_too(tmp_path: Path) -> None:
    path = write(tmp_path, Transcript().prompt("Run the survey").says("Started."))
    beside(path, "w1", child(1), below="workflows/wf_7", agentType="surveyor", description="north shore")
    (agent,) = read(path).subagents
    assert (agent.native_id, agent.kind, agent.task, agent.transcript_present) == (
        "w1",
        "surveyor",
        "north shore",
        True,
    )


def test_a_call_without_a_result_is_joined_by_the_file_s_own_description(tmp_path: Path) -> None:
    log = Transcript().prompt("Measure").call("Agent", subagent_type="Explore", prompt="measure")
    path = write(tmp_path, log)
    beside(path, "a7", child(7), toolUseId="t1", agentType="Explore")
    (agent,) = read(path).subagents
    assert (agent.native_id, agent.transcript_present) == ("a7", True)


def test_files_next_to_the_transcript_count_where_they_name_the_session(tmp_path: Path) -> None:
    path = write(tmp_path, parent())
    for name, other in (("a1", SESSION), ("b2", "another")):
        records = [record | {"sessionId": other} for record in child(1)]
        (tmp_path / f"agent-{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    session = read(path)
    assert [one.transcript_present for one in session.subagents] == [True]
    assert commands(session) == 1


def test_a_file_of_another_session_is_named_and_not_read(tmp_path: Path) -> None:
    path = write(tmp_path, parent())
    beside(path, "a1", [record | {"sessionId": "another"} for record in child(1)])
    session = read(path)
    assert "subagent-transcript" in gaps(session)
    assert commands(session) == 0
    assert session.native_id == SESSION


def test_links_and_folders_that_are_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = write(tmp_path, parent())
    real = beside(path, "a1", child(1))
    kept = elsewhere / "kept.jsonl"
    real.rename(kept)
    real.symlink_to(kept)
    assert commands(read(path)) == 0


def test_records_that_the_transcript_holds_already_are_counted_once(tmp_path: Path) -> None:
    records = child(1)
    log = parent()
    for record in records:
        log.raw(json.dumps(record).encode())
    path = write(tmp_path, log)
    beside(path, "a1", records)
    session = read(path)
    assert commands(session) == 1
    assert {(one.by_subagents, one.messages) for one in session.usage} == {(False, 1), (True, 2)}


def test_one_interrupt_that_every_agent_notes_is_one_override(tmp_path: Path) -> None:
    log = Transcript().prompt("Measure the ponds")
    for number in (1, 2):
        log.call("Task", subagent_type="Explore", description=f"pond {number}", prompt="measure")
    path = write(tmp_path, log.prompt("[Request interrupted by user for tool use]"))
    for number in (1, 2):
        stopped = Transcript().prompt("Measure").call("Bash", command="wc")
        stopped.result(
            REFUSED + "STOP what you are doing and wait for the user to tell you how to proceed.", error=True
        )
        stopped.prompt("[Request interrupted by user for tool use]")
        beside(path, f"a{number}", own(stopped, f"a{number}"), toolUseId=f"t{number}")
    session = read(path)
    assert len(session.overrides) == 1
    assert session.rejected_paths == ()


def test_what_a_person_refused_an_agent_is_an_override(tmp_path: Path) -> None:
    path = write(tmp_path, parent())
    log = Transcript().prompt("Measure").call("Bash", command="drain pond")
    note = (
        "Permission for this tool use was denied. The tool use was rejected (eg. if it was a file edit, the new_string "
        "was NOT written to the file). Try a different approach or report the limitation to complete your task."
    )
    beside(path, "a1", own(log.result(note, error=True), "a1"))
    assert [one.target for one in read(path).overrides] == ["drain pond"]


@pytest.mark.parametrize(("time", "stale"), [("09:00:00", 0), ("10:59:59", 1)])
def test_an_agent_s_edit_makes_a_check_stale_only_by_its_time(tmp_path: Path, time: str, stale: int) -> None:
    log = parent().shell("pytest -q", "12 passed in 0.3s")
    path = write(tmp_path, log)
    edit = own(Transcript().prompt("Edit").edit("/home/ada/pond/a.py", "a", "b"), "a1")
    beside(path, "a1", [record | {"timestamp": f"2026-03-01T{time}.000Z"} for record in edit])
    (check,) = read(path).checks
    assert (check.status, check.stale_after) == (CheckStatus.PASSED, stale)


def test_the_lines_are_the_same_each_time(tmp_path: Path) -> None:
    path = write(tmp_path, parent(3))
    for number in (3, 1, 2):
        beside(path, f"a{number}", child(number))
    first, second = Stored.open(path), Stored.open(path)
    assert first.digest() == second.digest()
    assert list(first.lines()) == list(second.lines())


def test_a_line_beyond_the_limit_in_a_file_is_dropped_and_counted(tmp_path: Path) -> None:
    path = write(tmp_path, parent())
    file = beside(path, "a1", child(1))
    with file.open("ab") as more:
        more.write(b'{"type":"user","text":"' + b"x" * (16 * 1024 * 1024 + 1) + b'"}\n')
    assert "dropped-record" in gaps(read(path))


def test_more_files_than_are_read_are_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claude_code, "MAX_FILES", 2)
    path = write(tmp_path, Transcript().prompt("Run the survey").says("Started."))
    folder = path.with_suffix("") / "subagents"
    folder.mkdir(parents=True)
    line = json.dumps({"type": "user", "uuid": "x", "sessionId": SESSION, "message": {"role": "user", "content": "go"}})
    for number in range(3):
        (folder / f"agent-{number:05d}.jsonl").write_text(line)
    assert "limit" in gaps(read(path))
