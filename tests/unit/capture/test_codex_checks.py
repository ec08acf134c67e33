"""In a Codex rollout too, a failed, masked or unrecorded check is never passed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.capture.codex.code_mode import read_script
from attest.capture.codex.convention import tool_output
from attest.capture.patches import patch_of_text
from attest.capture.reader import read_session, sniff
from attest.model.checks import CheckStatus
from tests.support.codex import Rollout, ended, running, started

P, F, I = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.INCONCLUSIVE
OK = "3 passed in 0.10s"


def _statuses(log: Rollout) -> list[CheckStatus]:
    return [check.status for check in log.session().checks]


@pytest.mark.parametrize(
    "command, output, code, status",
    [
        ("pytest -q", OK, 0, P),
        ("pytest", "1 failed, 2 passed in 0.10s", 1, F),
        ("pytest", "1 failed, 2 passed in 0.10s", 0, I),
        ("pytest | tail -3", OK, 0, I),
        ("pytest || true", OK, 0, I),
        ("pytest; echo done", OK, 0, I),
        ("pytest", "", -1, I),
    ],
)
def test_status_follows_from_exit_masks_and_output(command: str, output: str, code: int, status: CheckStatus) -> None:
    assert _statuses(started().shell(command, output, code=code)) == [status]


@pytest.mark.parametrize(
    "output, status",
    [
        (f"Exit code: 0\nWall time: 1 seconds\nOutput:\n{OK}", P),
        (f"Exit code: 1\nWall time: 1 seconds\nOutput:\n{OK}", F),
        (json.dumps({"output": OK, "metadata": {"exit_code": 0, "duration_seconds": 0.1}}), P),
        (json.dumps({"output": OK, "metadata": {"exit_code": 2, "duration_seconds": 0.1}}), F),
        (json.dumps({"output": OK, "metadata": {"exit_code": True}}), I),
        (f"Wall time: 1 seconds\nOutput:\nProcess exited with code 0\n{OK}", I),
        (f"Process exited with code 0\nExit code: 1\nOutput:\n{OK}", I),
        (f"Process exited with code 0\n{OK}", I),
        (OK, I),
        ("aborted by user after 5.1s", I),
        ({"content": OK, "success": True}, I),
        (7, I),
    ],
)
def test_only_an_exit_code_ahead_of_the_output_counts(output: object, status: CheckStatus) -> None:
    assert _statuses(started().call("shell", command=["bash", "-lc", "pytest"]).output(output)) == [status]


def test_a_native_exit_code_fills_in_and_a_contradiction_leaves_it_open() -> None:
    for text, native, status in (
        (OK, 0, P),
        (OK, 1, F),
        (ended(OK, 0), 0, P),
        (ended(OK, 0), 1, I),
        (ended(OK, 1), 0, I),
    ):
        log = started().call("exec_command", cmd="pytest").event("exec_command_end", call_id="call_1", exit_code=native)
        assert _statuses(log.output(text)) == [status]


def test_an_item_completed_gives_the_exit_code_of_newer_versions() -> None:
    item = {"type": "CommandExecution", "id": "call_1", "command": "pytest", "exit_code": 1, "status": "failed"}
    log = started().call("exec_command", cmd="pytest").event("item_completed", item=item)
    assert _statuses(log.output(OK)) == [F]


def test_a_process_that_runs_on_ends_by_the_poll_of_its_own_session() -> None:
    log = started().call("exec_command", cmd="pytest").output(running(7))
    assert _statuses(log) == [I]
    log.call("write_stdin", session_id=8, chars="").output(ended(OK, 0))
    assert _statuses(log) == [I]
    log.call("write_stdin", session_id=7, chars="").output(running(7))
    log.call("write_stdin", session_id=7, chars="").output(ended("1 failed, 2 passed in 0.1s", 1))
    (check,) = log.session().checks
    assert (check.status, check.exit) == (F, 1)
    assert [one.record for one in check.evidence] == [4, 5, 9, 11]


def test_a_poll_that_fails_leaves_the_run_open_and_does_not_undo_it() -> None:
    log = started().call("exec_command", cmd="pytest").output(running(7))
    log.call("write_stdin", session_id=7, chars="").output("write_stdin failed: Unknown process id 7")
    assert _statuses(log) == [I]


@pytest.mark.parametrize("printed", [OK, "Process exited with code 0\n" + OK, '{"output":"","exit_code":0}'])
def test_a_script_of_code_mode_never_passes(printed: str) -> None:
    script = 'const r = await tools.exec_command({"cmd":"pytest -q"});\ntext(r.output);'
    blocks = [
        {"type": "input_text", "text": text} for text in ("Script completed\nWall time 1 seconds\nOutput:\n", printed)
    ]
    assert _statuses(started().custom("exec", script).output(blocks)) == [I]
    assert _statuses(started().custom("exec", script).output(ended(OK, 0))) == [I]
    native = started().custom("exec", script).event("exec_command_end", call_id="call_1", exit_code=0)
    assert _statuses(native.output(ended(OK, 0))) == [I]


def test_what_could_not_be_started_is_no_check() -> None:
    assert not _statuses(
        started().call("exec_command", cmd="pytest").output('exec_command failed: CreateProcess { "no" }')
    )


def test_a_check_without_a_result_is_inconclusive_and_a_patch_makes_an_earlier_one_stale() -> None:
    log = started().shell("pytest", OK).patch("*** Update File: a", "-x", "+y").call("exec_command", cmd="pytest")
    session = log.session()
    assert [(check.status, check.stale_after) for check in session.checks] == [(P, 1), (I, 0)]
    assert {gap.kind for gap in session.gaps} == {"call-without-result"}


def test_a_claim_without_a_run_is_only_claimed() -> None:
    assert _statuses(started().says("All tests pass.")) == [CheckStatus.CLAIMED]


@pytest.mark.parametrize(
    "source, commands, hidden",
    [
        ('tools.exec_command({"cmd":"ls"})', ["ls"], 0),
        ('tools.exec_command({cmd:"ls", workdir:w})', ["ls"], 0),
        ('tools.exec_command({cmd:"ls " + name})', [], 1),
        ("tools.exec_command({cmd})", [], 1),
        ("tools.exec_command(options)", [], 1),
        ('Promise.all([tools.exec_command({cmd:"a"}), tools.exec_command({cmd:"b"})])', ["a", "b"], 0),
        ('text("tools.apply_patch(x)")', [], 0),
        ("tools.exec_command(" + "{" * 5_000, [], 1),
    ],
)
def test_only_literal_commands_of_a_script_are_read(source: str, commands: list[str], hidden: int) -> None:
    script = read_script(source)
    assert [one["cmd"] for one in script.commands] == commands
    assert script.hidden == hidden


def test_unknown_and_broken_records_are_counted_and_shown() -> None:
    log = started().add("brand_new", a=1).event("brand_new").item("brand_new").raw(b'{"type":"event_msg"').raw(b"[]")
    log.raw(b'{"type":"response_item","payload":7}').raw(b'{"type":"whereof-dropped","bytes":9}')
    session = log.session()
    names = {one.name for one in session.counts.unknown_types}
    assert names == {"brand_new", "event_msg/brand_new", "response_item/brand_new", "response_item/"}
    assert session.counts.bad_lines == 2
    assert session.counts.records == session.counts.with_events + sum(one.count for one in session.counts.skipped)
    assert {"bad-line", "dropped-record"} <= {gap.kind for gap in session.gaps}


_KEYS = st.sampled_from(
    ["type", "role", "content", "text", "name", "arguments", "call_id", "output", "input", "info", "changes", "action"]
) | st.text(max_size=5)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)
_TYPES = st.sampled_from(["session_meta", "turn_context", "response_item", "event_msg", "compacted", "world_state"])
_NAMES = st.sampled_from(
    [
        "message",
        "function_call",
        "custom_tool_call",
        "function_call_output",
        "token_count",
        "patch_apply_end",
        "exec_command_end",
        "item_completed",
        "turn_aborted",
        "user_message",
        "web_search_call",
        "local_shell_call",
        "mcp_tool_call_end",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_TYPES, _NAMES, st.dictionaries(_KEYS, _JSON, max_size=6)), max_size=6))
def test_any_values_in_any_place_are_read_without_an_error(records: list[tuple[str, str, dict[str, object]]]) -> None:
    log = Rollout().meta()
    for kind, name, payload in records:
        log.add(kind, **({"type": name} | payload))
    counts = log.session().counts
    assert counts.records == counts.with_events + sum(one.count for one in counts.skipped)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_taken_apart_without_an_error(text: str) -> None:
    tool_output(text)
    read_script("tools.exec_command({cmd:" + text)
    patch_of_text("*** Begin Patch\n" + text)


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"session_meta","payload":{}}',
        b'{"type":"event_msg","payload":{"type":"x"}}',
        b'{"type":"user"}',
        b"{}",
    ],
)
def test_what_only_resembles_a_rollout_is_not_taken_for_one(line: bytes) -> None:
    assert sniff(line) is None


def test_long_hostile_texts_do_not_stall() -> None:
    for text in ("Rejected(" * 20_000, "tools.exec_command({" * 20_000, "<a_b>" * 50_000, "Wall time\n" * 50_000):
        log = started().custom("exec", text).output(text).prompt(text)
        assert read_session(log.lines()).counts.bad_lines == 0
