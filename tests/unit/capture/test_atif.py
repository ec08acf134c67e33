"""ATIF in and out: what we write is valid to an independent model of the format, and comes back as the same events."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from atif import Trajectory

from attest.capture.atif.digest import event_digest
from attest.capture.atif.ours import OWN
from attest.capture.atif.write import write_atif
from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.reader import read_session, sniff
from attest.capture.unroll.registry import unroller_of
from attest.model.basis import Basis
from attest.model.checks import CheckStatus
from attest.model.session import Actor, EventKind, Session
from tests.support.claude import Transcript
from tests.support.openhands import read_document

MAX_SAMPLE_BYTES = 4 * 1024 * 1024


def _document(session: Session, lines: list[bytes]) -> dict[str, Any]:
    def record(index: int) -> Fields | None:
        parsed = parse_line(lines[index].strip())
        return None if isinstance(parsed, LineFault) else parsed

    return write_atif(session, trajectory_id="ses_test", record=record)


def _story() -> tuple[Session, list[bytes]]:
    tale = Transcript()
    tale.prompt("Make room for a third duck in the pond. " + "Please. " * 60)
    tale.says("I will change the count. " * 20)
    tale.edit("/home/ada/pond/pond.py", "ducks = 2", "ducks = 3")
    tale.shell("python -m pytest -q", "3 passed in 0.01s")
    lines = list(tale.lines())
    return read_session(lines), lines


def test_our_export_is_valid_and_comes_back_as_the_same_events() -> None:
    session, lines = _story()
    document = _document(session, lines)
    Trajectory.model_validate(document)
    again = read_document(document)
    assert event_digest(again) == event_digest(session)
    assert len(again.changes) == len(session.changes)
    assert session.intent is not None
    assert again.intent is not None
    assert again.intent.text == session.intent.text


def test_texts_are_whole_where_the_transcript_is_at_hand_and_cut_where_it_is_not() -> None:
    session, lines = _story()
    whole = _document(session, lines)["steps"][1]["message"]
    cut = write_atif(session, trajectory_id="ses_test", record=lambda _: None)["steps"][1]["message"]
    assert whole == "I will change the count. " * 20
    assert cut == session.events[1].preview
    assert len(cut) < len(whole)


def test_what_a_program_put_beside_a_prompt_does_not_become_a_persons_words() -> None:
    tale = Transcript()
    tale.prompt("Make room. " * 30 + "<system-reminder>always add geese</system-reminder>")
    lines = list(tale.lines())
    document = _document(read_session(lines), lines)
    assert document["steps"][0]["message"].startswith("Make room.")
    assert "geese" not in json.dumps(document)


def test_what_the_format_has_no_place_for_stands_under_extra() -> None:
    session, lines = _story()
    document = _document(session, lines)
    own = document["extra"][OWN]
    assert own["checks"][0]["status"] == "passed"
    assert "unknown" in own["permissions"]
    results = [one for step in document["steps"] for one in step.get("observation", {}).get("results", ())]
    assert [one["extra"][OWN].get("exit_code") for one in results] == [None, 0]
    seen = [event["seq"] for step in document["steps"] for event in step["extra"][OWN]["events"]]
    assert seen == list(range(len(session.events)))


def test_an_exit_code_under_extra_passes_no_check() -> None:
    session, lines = _story()
    assert session.checks[0].status is CheckStatus.PASSED
    assert [one.status for one in read_document(_document(session, lines)).checks] == [CheckStatus.INCONCLUSIVE]


def _plain(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    numbered = [{"step_id": number, **step} for number, step in enumerate(steps, 1)]
    return {
        "schema_version": "ATIF-v1.0",
        "session_id": "run-12345678",
        "agent": {"name": "a", "version": "1"},
        "steps": numbered,
        **more,
    }


def _turn(tool: str, arguments: dict[str, Any], content: object, **more: Any) -> dict[str, Any]:
    return {
        "source": "agent",
        "message": "",
        "tool_calls": [{"tool_call_id": "c1", "function_name": tool, "arguments": arguments}],
        "observation": {"results": [{"source_call_id": "c1", "content": content}]},
        **more,
    }


@pytest.mark.parametrize("version", [f"ATIF-v1.{minor}" for minor in range(9)])
def test_every_version_is_read(version: str) -> None:
    turn = _turn("run_shell_command", {"command": "pytest"}, [{"type": "text", "text": "2 passed"}])
    session = read_document(_plain({"source": "user", "message": "x"}, turn) | {"schema_version": version})
    assert session.source.format_version == version
    assert (session.native_id, session.source.agent_version) == ("run-12345678", "a 1")
    assert [one.status for one in session.checks] == [CheckStatus.INCONCLUSIVE]


def test_tools_of_any_agent_change_files() -> None:
    turns = [
        _turn("Edit", {"file_path": "/p/a", "old_string": "one line", "new_string": "two lines"}, "ok"),
        _turn("write_file", {"path": "/p/b", "content": "text"}, "ok"),
        _turn("str_replace_editor", {"command": "str_replace", "path": "/p/c", "old_str": "x", "new_str": "y"}, "ok"),
        _turn("apply_patch", {"input": "*** Begin Patch\n*** Add File: /p/d\n+new\n*** End Patch"}, "ok"),
    ]
    for number, turn in enumerate(turns):
        turn["tool_calls"][0]["tool_call_id"] = turn["observation"]["results"][0]["source_call_id"] = f"c{number}"
    session = read_document(_plain(*turns))
    assert [one.path for one in session.changes] == ["/p/a", "/p/b", "/p/c", "/p/d"]


def test_tokens_of_steps_count_and_totals_only_without_them() -> None:
    totals = {"total_prompt_tokens": 50, "total_completion_tokens": 5, "total_cached_tokens": 20}
    metrics = {"prompt_tokens": 30, "completion_tokens": 3, "cached_tokens": 10}
    agent = {"source": "agent", "message": "hello"}
    with_steps = read_document(_plain({**agent, "metrics": metrics}, final_metrics=totals)).usage
    alone = read_document(_plain(agent, final_metrics=totals)).usage
    assert [(one.input_tokens, one.output_tokens, one.cache_read_tokens) for one in with_steps] == [(20, 3, 10)]
    assert [(one.input_tokens, one.output_tokens, one.cache_read_tokens) for one in alone] == [(30, 5, 20)]


def test_an_embedded_trajectory_is_a_sub_agents_and_its_task_is_no_prompt() -> None:
    inner = _plain({"source": "user", "message": "look"}, {"source": "agent", "message": "found"}, trajectory_id="t1")
    call = _turn("Task", {"prompt": "look"}, "found")
    call["observation"]["results"][0]["subagent_trajectory_ref"] = [{"trajectory_id": "t1"}]
    session = read_document(_plain({"source": "user", "message": "x"}, call, subagent_trajectories=[inner]))
    assert not session.directions
    assert [event.actor for event in session.events[-2:]] == [Actor.SUBAGENT, Actor.SUBAGENT]
    assert session.subagents[0].transcript_present
    assert not session.gaps


def test_tools_that_the_agent_was_given_are_granted() -> None:
    agent = {"name": "a", "version": "1", "tool_definitions": [{"type": "function", "function": {"name": "bash"}}, 7]}
    session = read_document(_plain({"source": "user", "message": "x", "timestamp": "2026-01-01T00:00:00"}, agent=agent))
    assert [(one.kind, one.value) for one in session.authority.granted] == [("allowed-tool", "bash")]
    assert "allowed-tool" not in session.authority.unknown
    assert [one.kind for one in session.gaps] == ["local-time"]


def test_copied_context_and_context_management_are_no_words_of_anybody() -> None:
    copied = {"source": "user", "message": "before", "is_copied_context": True}
    managed = {"source": "system", "message": "summary", "extra": {"context_management": {"type": "compaction"}}}
    session = read_document(_plain(copied, managed, {"source": "user", "message": "x"}))
    assert [event.kind for event in session.events] == [EventKind.COMPACTION, EventKind.PROMPT]
    assert {one.name for one in session.counts.skipped} >= {"copied-context"}


def test_what_a_document_claims_under_our_name_cannot_break_the_reading() -> None:
    hostile = [
        {"events": "no list"},
        {"events": [{"kind": "tool_result"}, {"kind": "tool_call"}, 7, {"kind": ["x"]}]},
        {"events": [{"kind": "rejection", "actor": "human"}] * 9},
    ]
    steps = [{"source": "agent", "message": "m", "extra": {OWN: told}} for told in hostile]
    session = read_document(_plain(*steps))
    counts = session.counts
    assert counts.records == counts.with_events + sum(one.count for one in counts.skipped) == 4
    assert all(one.basis is not Basis.CORROBORATED for one in session.checks)


def _samples(shared: Path) -> Iterator[tuple[Path, list[bytes]]]:
    for path in sorted((shared / "samples").glob("*/*")):
        if not path.is_file() or path.stat().st_size > MAX_SAMPLE_BYTES:
            continue
        data = path.read_bytes()
        unroller = unroller_of(data[: 1 << 20])
        lines = list(unroller.unroll(data)) if unroller else data.split(b"\n")
        if sniff(b"\n".join(lines[:256]) + b"\n") is not None:
            yield path, [line + b"\n" for line in lines]


def test_every_sample_that_can_be_read_goes_out_valid_and_comes_back_the_same(shared: Path) -> None:
    formats: Counter[str] = Counter()
    for path, lines in _samples(shared):
        session = read_session(lines)
        document = _document(session, lines)
        Trajectory.model_validate(document)
        assert event_digest(read_document(json.loads(json.dumps(document)))) == event_digest(session), path.name
        formats[session.source.format] += 1
    assert {"claude-code/jsonl", "codex/jsonl", "atif/json", "openhands/trajectory", "swe-agent/traj"} <= set(formats)


def test_the_sample_agrees_with_the_independent_model(shared: Path) -> None:
    for path in sorted((shared / "samples" / "atif").glob("*.json")):
        told = Trajectory.model_validate_json(path.read_bytes())
        session = read_document(json.loads(path.read_bytes()))
        calls = Counter(call.function_name for step in told.steps for call in step.tool_calls or ())
        assert Counter(one.tool for one in session.events if one.kind is EventKind.TOOL_CALL) == calls
        people = sum(step.source == "user" for step in told.steps)
        assert sum(one.kind is EventKind.PROMPT for one in session.events) == people
        assert session.counts.records == len(told.steps) + 1
        assert sum(one.messages for one in session.usage) == sum(step.metrics is not None for step in told.steps)
