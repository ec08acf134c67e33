"""What a Codex rollout tells: identity, people's words, authority, changes, usage."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from attest.capture.fields import fields_for
from attest.capture.native_id import native_session_id
from attest.capture.reader import read_session, sniff
from attest.model.access import AccessKind as K
from attest.model.basis import Basis
from attest.model.changes import ChangeOp
from attest.model.decisions import OverrideKind, PlanKind, PlanState, RejectedPathKind
from attest.model.documents import documents_of, from_documents
from attest.model.facts import facts_of
from attest.model.fingerprint import line_fingerprint
from attest.model.session import Actor, EventKind
from redaction.fields import FieldKind
from tests.support.claude import Transcript
from tests.support.codex import CWD, Rollout, started

OID = "a" * 40
OTHER = "019c0000-0000-7000-8000-000000000002"
REFUSED = 'exec_command failed for `ls`: CreateProcess { message: "Rejected(\\"%s\\")" }'


def test_format_is_told_from_content_and_the_first_meta_is_the_identity() -> None:
    log = (
        Rollout()
        .meta(git={"commit_hash": OID, "branch": "main"})
        .meta(OTHER, git={"commit_hash": "b" * 40})
        .prompt("Go")
    )
    assert sniff(b"".join(log.lines())) == "codex/jsonl"
    session = log.session()
    assert (
        session.native_id
        == "019c0000-0000-7000-8000-000000000001"
        == native_session_id(log.lines(), format="codex/jsonl")
    )
    assert (session.parent_id, session.branch, session.cwd, session.source.agent_version) == (
        OTHER,
        "main",
        CWD,
        "0.136.0",
    )
    assert (session.base.commit, session.base.basis, session.base.dirty) == (OID, Basis.REPORTED, None)


def test_base_without_a_commit_is_unknown() -> None:
    assert started().session().base.basis is Basis.UNKNOWN


def test_a_claude_transcript_keeps_its_reader_and_its_last_id() -> None:
    lines = Transcript().prompt("Go").lines()
    assert sniff(b"".join(lines)) == "claude-code/jsonl"
    assert native_session_id([b'{"sessionId":"12345678"}', b'{"sessionId":"abcdefgh"}']) == "abcdefgh"


@pytest.mark.parametrize("line", [b'{"type":"session_meta","payload":{"id":"x y"}}', b'{"session_meta":1}', b"\xff"])
def test_an_id_that_is_no_word_is_no_id(line: bytes) -> None:
    assert native_session_id([line], format="codex/jsonl") is None


def test_a_message_recorded_twice_counts_once_in_either_order() -> None:
    log = Rollout().meta().message("user", "Dig").event("user_message", message="Dig\n")
    log.event("user_message", message="Fill").message("user", "Fill").says("Done.")
    log.prompt("Dig").prompt("Dig")
    session = log.session()
    assert session.intent is not None
    assert [session.intent.text, *(one.text for one in session.directions)] == ["Dig", "Fill", "Dig", "Dig"]
    assert sum(event.kind is EventKind.MESSAGE for event in session.events) == 1


@pytest.mark.parametrize(
    "text",
    [
        "# AGENTS.md instructions for /x\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>",
        "<environment_context>\n  <cwd>/x</cwd>\n</environment_context>",
        "<user_instructions>\nx\n</user_instructions>",
        "<user_action>\n  <context>review</context>\n</user_action>",
        "<turn_aborted>\nThe turn ended.\n</turn_aborted>",
        "<recommended_plugins>\nx\n</recommended_plugins>",
        "<something_new>\nx\n</something_new>",
    ],
)
def test_injected_text_is_never_a_prompt_of_a_person(text: str) -> None:
    session = Rollout().meta().message("user", text).event("user_message", message=text).session()
    assert session.intent is None
    assert {event.actor for event in session.events} == {Actor.SYSTEM}


def test_words_beside_injected_blocks_and_behind_an_editors_context_are_a_prompt() -> None:
    log = Rollout().meta().message("user", "<environment_context>\n</environment_context>", "Dig here")
    log.prompt("# Context from my IDE setup:\n\n## Open tabs:\n- a.py\n\n## My request for Codex:\nFill it")
    session = log.session()
    assert session.intent is not None
    assert (session.intent.text, session.directions[0].text) == ("Dig here", "Fill it")


def test_the_prompt_of_a_review_is_no_persons_words() -> None:
    log = started().event("entered_review_mode").event("user_message", message="Review the changes.")
    log.event("exited_review_mode").prompt("Fix them")
    assert [one.text for one in log.session().directions] == ["Fix them"]


def test_authority_changes_with_the_turns_and_escalations_are_asked_not_granted() -> None:
    log = started().shell("git switch -c x", sandbox_permissions="require_escalated", justification="May I?")
    log.turn("never", sandbox_policy={"type": "danger-full-access"})
    session = log.session()
    granted = [(grant.kind, grant.value) for grant in session.authority.granted]
    assert [value for kind, value in granted if kind == "permission-mode"] == ["on-request", "never"]
    assert [value for kind, value in granted if kind == "sandbox"] == ["workspace-write", "danger-full-access"]
    assert [value for kind, value in granted if kind == "network"] == ["denied", "allowed"]
    assert ("writable-directory", CWD) in granted
    assert ("asked-permission", "require_escalated: May I? (git switch -c x)") in granted
    assert [word.value for word in facts_of(session).permission_modes] == ["on-request", "never"]


def test_authority_that_no_turn_names_is_unknown() -> None:
    assert {"permission-mode", "sandbox", "network"} <= set(Rollout().meta().prompt("Go").session().authority.unknown)


def test_task_list_revisions_are_kept_and_progress_is_none() -> None:
    log = started()
    for names, status in ((["dig", "fill"], "pending"), (["dig", "fill"], "completed"), (["fill"], "pending")):
        log.call("update_plan", explanation="Why", plan=[{"step": name, "status": status} for name in names])
        log.output("Plan updated")
    first, second = log.session().plans
    assert (first.kind, first.steps, first.state) == (PlanKind.TASK_LIST, ("dig", "fill"), PlanState.SUPERSEDED)
    assert (second.revision, second.steps_removed, second.text) == (2, ("dig",), "Why")


def test_an_answer_to_the_agents_question_is_kept() -> None:
    asked = {"id": "q", "question": "Which?", "options": [{"label": "A"}, {"label": "B"}]}
    log = started().call("request_user_input", questions=[asked, asked | {"id": "other"}])
    (answer,) = log.output(json.dumps({"answers": {"q": {"answers": ["B"]}}})).session().answers
    assert (answer.question, answer.options, answer.answer) == ("Which?", ("A", "B"), "B")


@pytest.mark.parametrize(
    "text, by_person",
    [
        ("exec command rejected by user", True),
        ("patch rejected by user", True),
        (REFUSED % "rejected by user", True),
        (REFUSED % "This action was rejected", True),
        (REFUSED % "This action was rejected due to unacceptable risk", False),
        (REFUSED % "approval required by policy, but AskForApproval is set to Never", False),
        ("patch rejected: outside of the project; rejected by user approval settings", False),
    ],
)
def test_only_a_persons_refusal_is_an_override_and_what_was_refused_never_ran(text: str, by_person: bool) -> None:
    session = started().call("exec_command", cmd="pytest").output(text).prompt("Read it first").session()
    assert [one.kind for one in session.overrides] == [OverrideKind.REJECTION] * by_person
    assert [one.kind for one in session.rejected_paths] == [RejectedPathKind.PROPOSAL] * by_person
    if by_person:
        assert (session.overrides[0].target, session.overrides[0].correction) == ("pytest", "Read it first")
    assert not session.access
    assert all(check.status.value == "inconclusive" for check in session.checks)


def test_a_refusal_by_an_automatic_reviewer_is_no_override() -> None:
    log = Rollout().meta().turn(approvals_reviewer="guardian_subagent").prompt("Go")
    assert not log.call("exec_command", cmd="ls").output(REFUSED % "This action was rejected").session().overrides


def test_a_program_that_prints_words_of_a_refusal_refuses_nothing() -> None:
    session = started().shell("cat log", "exec command rejected by user").session()
    assert not session.overrides


def test_an_interrupt_is_one_act_and_the_next_prompt_its_correction() -> None:
    log = started().message(
        "user", "<turn_aborted>\nThe user interrupted the previous turn on purpose.\n</turn_aborted>"
    )
    log.event("turn_aborted", reason="interrupted").prompt("Not there")
    (act,) = log.session().overrides
    assert (act.kind, act.correction) == (OverrideKind.INTERRUPT, "Not there")
    assert not started().event("turn_aborted", reason="replaced").session().overrides


def test_a_patch_recorded_as_text_and_as_applied_counts_once() -> None:
    applied = {"/x/a.py": {"type": "update", "unified_diff": "@@ -1 +1 @@\n-one\n+two\n", "move_path": None}}
    session = started().patch("*** Update File: a.py", "@@", "-one", "+two", applied=applied).session()
    (change,) = session.changes
    assert (change.path, change.op, change.complete) == ("/x/a.py", ChangeOp.MODIFY, True)
    assert (change.added, change.removed) == ((line_fingerprint("two"),), (line_fingerprint("one"),))
    assert [(one.kind, one.target) for one in session.access] == [(K.FILE_WRITTEN, "/x/a.py")]


def test_a_patch_without_a_record_of_its_own_is_read_from_its_text() -> None:
    log = started().patch(
        "*** Add File: new.py", "+x = 1", "*** Delete File: old.py", "*** Update File: a", "*** Move to: b"
    )
    changes = log.session().changes
    assert [(one.path, one.op, one.renamed_to) for one in changes] == [
        ("new.py", ChangeOp.CREATE, None),
        ("old.py", ChangeOp.DELETE, None),
        ("a", ChangeOp.RENAME, "b"),
    ]
    assert [one.complete for one in changes] == [True, False, True]


@pytest.mark.parametrize(
    "output", ["Exit code: 1\nWall time: 0 seconds\nOutput:\nno", "apply_patch verification failed: x"]
)
def test_a_patch_that_failed_changed_nothing(output: str) -> None:
    log = started().custom("apply_patch", "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch").output(output)
    assert not log.session().changes


def test_a_patch_that_puts_the_old_lines_back_is_a_reversal() -> None:
    log = started().patch("*** Update File: a.py", "-one", "+two").patch("*** Update File: a.py", "-two", "+one")
    (path,) = log.session().rejected_paths
    assert (path.kind, path.target) == (RejectedPathKind.REVERSAL, "a.py")


def test_commands_that_throw_work_away_and_commits_in_output_are_seen() -> None:
    log = (
        started()
        .shell("git reset --hard HEAD~1")
        .shell("git commit -m x", "[main 1234abc] x\n")
        .shell("cat l", "[a 9999999] z")
    )
    session = log.session()
    assert [one.kind for one in session.rejected_paths] == [RejectedPathKind.DISCARD]
    assert [(one.oid, one.branch, one.basis) for one in session.commits] == [("1234abc", "main", Basis.INFERRED)]


def test_accesses_come_from_tools_and_from_command_lines() -> None:
    log = started().shell("cat .env").call("mcp__frogs__list").output("x")
    log.item("web_search_call", status="completed", action={"type": "search", "query": "frogs"})
    log.custom("exec", 'const r = await tools.exec_command({cmd:"cat b.txt", workdir: dir});\ntext(r.output);').output(
        [{"type": "input_text", "text": "Script completed\nWall time 0.1 seconds\nOutput:\n"}]
    )
    assert {(one.kind, one.target, one.basis) for one in log.session().access} == {
        (K.FILE_READ, ".env", Basis.INFERRED),
        (K.SECRET, ".env", Basis.INFERRED),
        (K.MCP, "frogs/list", Basis.OBSERVED),
        (K.NETWORK, "(web_search)", Basis.OBSERVED),
        (K.FILE_READ, "b.txt", Basis.INFERRED),
    }


def test_an_mcp_call_with_a_record_of_its_own_counts_once() -> None:
    log = started().call("mcp__frogs__list")
    log.event("mcp_tool_call_end", call_id="call_1", invocation={"server": "frogs", "tool": "list"}).output("x")
    assert [(one.target, one.count) for one in log.session().access] == [("frogs/list", 1)]


def test_usage_counts_a_repeated_counter_once_and_by_the_model_of_the_turn() -> None:
    log = started().tokens(10, 10, cached=4).tokens(10, 10, cached=4).turn(model="model-b").tokens(30, 20)
    assert [(one.model, one.messages, one.input_tokens, one.cache_read_tokens) for one in log.session().usage] == [
        ("model-a", 1, 6, 4),
        ("model-b", 1, 20, 0),
    ]


def test_a_started_agent_is_listed_and_its_missing_transcript_is_a_gap() -> None:
    log = started().call("spawn_agent", agent_type="explorer", message="Look around").output('{"agent_id":"a1"}')
    session = log.session()
    (one,) = session.subagents
    assert (one.native_id, one.kind, one.task, one.status) == ("a1", "explorer", "Look around", "started")
    assert {gap.kind for gap in session.gaps} == {"subagent-transcript"}


def test_instruction_text_is_known_by_folder_and_digest() -> None:
    text = "# AGENTS.md instructions for /x\n\n<INSTRUCTIONS>\nBe brief.\n</INSTRUCTIONS>"
    (file,) = Rollout().meta().message("user", text).session().instructions
    assert (file.path, file.sha256) == ("/x/AGENTS.md", hashlib.sha256(b"Be brief.").hexdigest())


def test_encrypted_reasoning_is_opaque_to_redaction() -> None:
    policy = fields_for("codex/jsonl")
    assert policy.kind(["payload", "encrypted_content"], "gAAAA") is FieldKind.OPAQUE
    assert policy.kind(["payload", "output"], "x") is FieldKind.IO
    assert fields_for("claude-code/jsonl").kind(["payload", "encrypted_content"], "gAAAA") is FieldKind.IO


@pytest.fixture(scope="module")
def samples() -> list[Path]:
    folder = Path(__file__).resolve().parents[4] / "shared" / "samples" / "codex"
    if not folder.is_dir():
        pytest.skip("needs the shared samples beside the checkout")
    return sorted(folder.glob("*.jsonl"))


def test_every_record_of_every_sample_is_an_event_or_a_counted_skip(samples: list[Path]) -> None:
    assert samples
    for path in samples:
        lines = path.read_bytes().splitlines(keepends=True)
        session = read_session(lines)
        counts = session.counts
        assert counts.records == sum(bool(line.strip()) for line in lines)
        assert counts.records == counts.with_events + sum(one.count for one in counts.skipped)
        assert (counts.bad_lines, counts.unknown_types, len(session.events)) == (0, (), counts.events)
        assert session.intent is not None
        assert from_documents(json.loads(json.dumps(documents_of(session)))) == session


def test_calls_commands_and_totals_of_the_samples_agree_with_a_plain_count(samples: list[Path]) -> None:
    for path in samples:
        records = [json.loads(line) for line in path.read_bytes().splitlines()]
        payloads = [record["payload"] for record in records]
        session = read_session(path.read_bytes().splitlines(keepends=True))
        calls = sum(one.get("type", "").endswith("_call") for one in payloads)
        assert sum(event.kind is EventKind.TOOL_CALL for event in session.events) == calls
        totals = [
            one["info"]["total_token_usage"] for one in payloads if one.get("type") == "token_count" and one["info"]
        ]
        spent = totals[-1]["total_tokens"] if totals else 0
        assert sum(one.input_tokens + one.cache_read_tokens + one.output_tokens for one in session.usage) == spent
