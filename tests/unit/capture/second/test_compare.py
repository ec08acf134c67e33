"""Two records of one session: agreement is corroborated only where the second is out of the runner's hands."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from attest.capture.mcp.session_calls import session_call
from attest.capture.second.compare import compare
from attest.capture.second.read import read_second
from attest.model.second import Agreement, Comparison, Control, Item, ItemKind, SameSession
from attest.model.session import EventKind
from tests.support import second
from tests.support.claude import Transcript


def digest(data: bytes) -> str:
    return hashlib.sha256(b"salt" + data).hexdigest()


def tale() -> Transcript:
    made = Transcript()
    made.prompt(second.PROMPT)
    made.agent(
        {"type": "tool_use", "id": "t1", "name": "mcp__pond__lookup", "input": {"duck": "mallard", "depth": 2}},
        usage={"input_tokens": 10, "output_tokens": 5},
    )
    made.calls = 1
    return made.result("found")


def run(made: Transcript, payload: object, *, control: Control | None = None) -> Comparison:
    session = made.session()
    records = [line.rstrip(b"\n") for line in made.lines()]
    calls = [
        session_call(event, records[event.evidence.record], "", known={})
        for event in session.events
        if event.kind is EventKind.TOOL_CALL
    ]
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return compare(session, calls, read_second(data, control=control), digest=digest)


def shown(items: tuple[Item, ...]) -> list[tuple[ItemKind, Agreement, str, bool]]:
    return [(item.kind, item.agreement, item.what, item.corroborated) for item in items]


def test_a_vendors_record_that_agrees_corroborates_prompt_and_call() -> None:
    made = run(tale(), second.anthropic_page())
    assert made.same_session is SameSession.TOOL_USE_ID
    assert made.findings == ()
    assert shown(made.items) == [
        (ItemKind.PROMPT, Agreement.AGREES, "text", True),
        (ItemKind.PROMPT, Agreement.NOT_COMPARED, "injected", False),
        (ItemKind.TOOL_CALL, Agreement.AGREES, "arguments", True),
        (ItemKind.TOKENS, Agreement.NOT_COMPARED, "never-held-there", False),
    ]
    call = made.items[2]
    assert (call.record, call.pointer) == (0, "/data/1/content/1")
    assert call.subject == digest(b"t1")


def test_a_call_with_other_arguments_is_a_finding() -> None:
    page = second.anthropic_page()
    page["data"][1]["content"][1] = second.tool_use("t1", "mcp__pond__lookup", duck="mallard", depth=9)
    (finding,) = run(tale(), page).findings
    assert (finding.agreement, finding.what, finding.corroborated) == (Agreement.DIFFERS, "arguments", False)


def test_arguments_that_redaction_changed_are_not_called_different() -> None:
    page = second.anthropic_page()
    token = "[REDACTED:PERSON:abcdefghijklmnop]"
    page["data"][1]["content"][1] = second.tool_use("t1", "mcp__pond__lookup", duck=token, depth=2)
    made = run(tale(), page)
    assert (ItemKind.TOOL_CALL, Agreement.AGREES, "name", True) in shown(made.items)


def test_a_call_and_a_prompt_that_only_the_vendor_has_are_missing_here() -> None:
    more = second._message(5, "user", second.text("And now drain the pond."))
    call = second._message(6, "assistant", second.tool_use("t9", "mcp__pond__drain"))
    made = run(tale(), second.anthropic_page(more, call))
    assert [(item.kind, item.agreement) for item in made.findings] == [
        (ItemKind.PROMPT, Agreement.MISSING_HERE),
        (ItemKind.TOOL_CALL, Agreement.MISSING_HERE),
    ]


def test_a_call_that_the_vendor_never_saw_is_missing_there_unless_its_record_is_cut() -> None:
    longer = tale()
    longer.call("mcp__pond__drain").result("drained")
    page = second.anthropic_page(second._message(9, "assistant", second.text("Done.")))
    page["data"][-1]["content"].append(second.tool_use("t1", "mcp__pond__lookup"))
    (finding,) = run(longer, page).findings
    assert (finding.kind, finding.agreement) == (ItemKind.TOOL_CALL, Agreement.MISSING_THERE)
    page["next_page"] = "page_2"
    assert run(longer, page).findings == ()


def test_what_comes_after_the_record_ends_is_not_compared() -> None:
    longer = tale()
    for _ in range(30):
        longer.says("Waiting.")
    longer.call("mcp__pond__drain").result("drained")
    made = run(longer, second.anthropic_page())
    assert made.findings == ()
    assert (ItemKind.TOOL_CALL, Agreement.NOT_COMPARED, "outside-that-record", False) in shown(made.items)


def test_what_the_client_asserted_agrees_and_corroborates_nothing() -> None:
    page = second.anthropic_page()
    page["data"][1]["provenance"] = {"type": "client_asserted"}
    assert (ItemKind.TOOL_CALL, Agreement.AGREES, "arguments", False) in shown(run(tale(), page).items)


def test_a_record_of_another_session_corroborates_nothing() -> None:
    page = second.anthropic_page()
    page["data"][0]["content"][0] = second.text("yes")
    page["data"][1]["content"][1] = second.tool_use("t77", "mcp__pond__lookup", duck="mallard", depth=2)
    other = Transcript().prompt("yes")
    made = run(other, page)
    assert made.same_session is SameSession.CLAIMED
    assert (ItemKind.PROMPT, Agreement.AGREES, "text", False) in shown(made.items)
    assert made.corroborated == 0


def test_a_trailer_picks_the_rows_and_corroborates_nothing() -> None:
    session = tale().session()
    events = [*second.github_events(), {**second.github_events()[1], "agent_session_id": "other", "after": "b" * 40}]
    log = read_second(json.dumps(events).encode())
    made = compare(session, (), log, digest=digest, hinted=frozenset({"012345a6"}))
    assert made.same_session is SameSession.TRAILER
    assert made.other_sessions == 1
    assert made.corroborated == 0
    named = compare(session, (), log, digest=digest, hinted=frozenset({"012345a6"}), commits=("a" * 40,))
    assert (ItemKind.COMMIT, Agreement.AGREES, "oid", False) in shown(named.items)


def test_the_agents_own_events_corroborate_nothing_while_the_runner_keeps_them() -> None:
    made = run(tale(), second.claude_export())
    assert made.same_session is SameSession.NATIVE_ID
    assert made.corroborated == 0
    assert (ItemKind.DECISION, Agreement.ADDS, "user_temporary", False) in shown(made.items)


def test_kept_by_the_organisations_collector_they_do() -> None:
    made = run(tale(), second.claude_export(), control=Control.ORGANISATION)
    assert made.findings == ()
    assert made.other_sessions == 1
    assert shown(made.items) == [
        (ItemKind.PROMPT, Agreement.AGREES, "time", True),
        (ItemKind.TOOL_CALL, Agreement.AGREES, "name", True),
        (ItemKind.DECISION, Agreement.ADDS, "user_temporary", False),
        (ItemKind.TOKENS, Agreement.AGREES, "input", True),
        (ItemKind.TOKENS, Agreement.AGREES, "output", True),
    ]


def _records(export: dict[str, Any]) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = export["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    return records


def test_a_refusal_in_one_record_only_is_a_finding() -> None:
    export = second.claude_export()
    refusal = {"event__name": "tool_decision", "session__id": "s1", "decision": "reject", "source": "user_reject"}
    attributes = second._attributes(event__timestamp=second._stamp(1), tool_use_id="t1", **refusal)
    _records(export)[1]["attributes"] = attributes
    (finding,) = run(tale(), export).findings
    assert (finding.kind, finding.agreement, finding.what) == (ItemKind.DECISION, Agreement.DIFFERS, "decision")


def test_a_refusal_in_both_is_corroborated() -> None:
    made = Transcript().prompt(second.PROMPT)
    made.call("mcp__pond__lookup", duck="mallard", depth=2).refused("Leave them be.")
    export = second.claude_export()
    refusal = {"event__name": "tool_decision", "session__id": "s1", "decision": "reject", "source": "user_reject"}
    attributes = second._attributes(event__timestamp=second._stamp(1), tool_use_id="t1", **refusal)
    _records(export)[1]["attributes"] = attributes
    found = run(made, export, control=Control.ORGANISATION)
    assert (ItemKind.DECISION, Agreement.AGREES, "decision", True) in shown(found.items)


def test_other_sums_of_tokens_are_a_finding() -> None:
    export = second.claude_export()
    _records(export).append(second._event("api_request", 6, model="model-a", input_tokens=90, output_tokens=0))
    (finding,) = run(tale(), export).findings
    assert (finding.kind, finding.agreement, finding.what) == (ItemKind.TOKENS, Agreement.DIFFERS, "input")


def test_calls_without_ids_are_compared_by_name_and_time_and_never_guessed() -> None:
    export = second.claude_export()
    for record in _records(export):
        record["attributes"] = [one for one in record["attributes"] if one["key"] != "tool_use_id"]
    one = run(tale(), export, control=Control.ORGANISATION)
    assert (ItemKind.TOOL_CALL, Agreement.AGREES, "name-and-time", True) in shown(one.items)
    twice = tale()
    twice.call("mcp__pond__lookup", duck="teal").result("found")
    two = run(twice, export, control=Control.ORGANISATION)
    assert (ItemKind.TOOL_CALL, Agreement.NOT_COMPARED, "ambiguous", False) in shown(two.items)


def test_settings_of_the_host_add_authority() -> None:
    made = run(tale(), second.copilot_settings())
    kinds = {(item.kind, item.agreement, item.corroborated) for item in made.items if item.kind is ItemKind.AUTHORITY}
    assert kinds == {(ItemKind.AUTHORITY, Agreement.ADDS, False)}
    assert made.findings == ()


def test_commits_that_the_host_saw_and_the_session_did_not_are_missing_here() -> None:
    made = run(tale(), second.github_events())
    assert [(item.kind, item.what) for item in made.findings] == [
        (ItemKind.COMMIT, "oid"),
        (ItemKind.PULL_REQUEST, "url"),
    ]


def test_hostile_times_and_many_equal_rows_are_compared_in_bounded_time() -> None:
    rows = [second._event("tool_result", 1, tool_name="Bash", n=number) for number in range(3_000)] + [
        second._event("user_prompt", 0, prompt="<REDACTED>")
    ]
    rows[0]["attributes"] = second._attributes(
        event__name="tool_result", event__timestamp="0001-01-01T00:00:00Z", session__id="s1", tool_name="Bash"
    )
    export = {"resourceLogs": [{"scopeLogs": [{"logRecords": rows}]}]}
    made = run(tale(), export)
    assert len([item for item in made.items if item.kind is ItemKind.TOOL_CALL and item.record is not None]) == 3_000
