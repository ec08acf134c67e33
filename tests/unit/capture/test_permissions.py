"""Who let calls through, how long permissions held, what of them was never used, what was made visible."""

from __future__ import annotations

import json
from dataclasses import replace

from attest.capture import limits
from attest.capture.reader import read_session
from attest.model.documents import LATER_PARTS, documents_of, from_documents
from attest.model.facts import facts_json, facts_of
from attest.model.permissions import ExcessKind, Permissions, Use
from attest.model.session import Session
from attest.model.session_predicate import FACTS
from tests.support.claude import Transcript
from tests.support.codex import CWD, started

POND = "/home/ada/pond"
FULL = {"type": "danger-full-access"}


def permissions(session: Session) -> Permissions:
    assert session.permissions is not None
    return session.permissions


class TestApprovals:
    def test_a_mode_that_asks_nothing_lets_through_and_the_default_mode_is_not_guessed_at(self) -> None:
        session = (
            Transcript()
            .add("permission-mode", permissionMode="default")
            .prompt("Go")
            .shell("ls")
            .edit(f"{POND}/a.py", "a", "b")
            .add("permission-mode", permissionMode="acceptEdits")
            .edit(f"{POND}/a.py", "b", "c")
            .shell("ls")
            .add("permission-mode", permissionMode="bypassPermissions")
            .shell("ls")
            .session()
        )
        found = permissions(session).approvals
        assert (found.auto, found.unknown, found.human, found.sandbox) == (2, 3, 0, 0)

    def test_a_refusal_is_a_persons_with_the_seconds_it_took(self) -> None:
        found = permissions(Transcript().prompt("Go").call("Bash", command="rm a").refused().session()).approvals
        assert (found.human_refused, found.human, found.unknown, found.seconds) == (1, 0, 0, (1,))
        assert [place.record for place in found.evidence] == [2]

    def test_codex_runs_in_the_sandbox_and_an_escalation_is_not_guessed_at(self) -> None:
        rollout = started().shell("ls").call("exec_command", cmd="curl x", sandbox_permissions="require_escalated")
        found = permissions(rollout.output("ok").session()).approvals
        assert (found.sandbox, found.unknown, found.auto) == (1, 1, 0)
        free = started().turn("never", sandbox_policy=FULL).shell("ls").session()
        assert permissions(free).approvals.auto == 1
        boxed = started().turn("never").shell("ls").session()
        assert permissions(boxed).approvals.sandbox == 1

    def test_every_call_counts_once_also_without_a_result(self) -> None:
        session = Transcript().prompt("Go").shell("ls").call("Bash", command="ls").session()
        found = permissions(session).approvals
        assert found.auto + found.human + found.human_refused + found.sandbox + found.unknown == 2


class TestTimeline:
    def test_a_mode_holds_until_the_next_and_the_last_until_the_end(self) -> None:
        session = (
            Transcript()
            .add("permission-mode", permissionMode="plan")
            .prompt("Go")
            .add("permission-mode", permissionMode="bypassPermissions")
            .says("Done.")
            .session()
        )
        first, second = (one for one in permissions(session).timeline if one.kind == "permission-mode")
        assert (first.value, first.from_event, first.until_event, first.seconds) == ("plan", 0, 2, 2)
        assert (second.value, second.until_event, second.seconds) == ("bypassPermissions", None, 1)

    def test_what_was_only_asked_for_is_no_grant(self) -> None:
        rollout = started().call("exec_command", cmd="curl x", sandbox_permissions="require_escalated").output("ok")
        assert "asked-permission" not in {one.kind for one in permissions(rollout.session()).timeline}


class TestUses:
    def test_network_and_directories_granted_and_never_used(self) -> None:
        sandbox = {"type": "workspace-write", "network_access": True, "writable_roots": [CWD, "/srv/frogs"]}
        rollout = started().turn(sandbox_policy=sandbox)
        idle = {(one.kind, one.use) for one in permissions(rollout.shell("ls").session()).uses}
        assert idle == {(ExcessKind.NETWORK, Use.UNUSED), (ExcessKind.DIRECTORY, Use.UNUSED)}
        rollout.shell("curl https://frogs.example/x").shell("cat /srv/frogs/list")
        busy = {(one.kind, one.use) for one in permissions(rollout.session()).uses}
        assert busy == {(ExcessKind.NETWORK, Use.USED), (ExcessKind.DIRECTORY, Use.USED)}

    def test_bypass_without_a_need_and_a_server_nobody_called(self) -> None:
        start = Transcript().add("permission-mode", permissionMode="bypassPermissions").prompt("Go")
        start.add("attachment", attachment={"type": "mcp_instructions_delta", "addedNames": ["frogs", "reeds"]})
        start.call("mcp__frogs__count", pond=1).result("3")
        found = {(one.kind, one.value): one.use for one in permissions(start.session()).uses}
        assert found == {
            (ExcessKind.BYPASS, "bypassPermissions"): Use.UNUSED,
            (ExcessKind.TOOL, "frogs"): Use.USED,
            (ExcessKind.TOOL, "reeds"): Use.UNUSED,
        }

    def test_a_rule_with_a_pattern_is_not_known_to_be_used(self) -> None:
        start = Transcript().prompt("Go")
        start.add("attachment", attachment={"type": "command_permissions", "allowedTools": ["Bash(npm *)", "Read"]})
        found = {one.value: one.use for one in permissions(start.shell("ls").session()).uses}
        assert found == {"Bash(npm *)": Use.UNKNOWN, "Read": Use.UNUSED}

    def test_with_records_missing_nothing_is_called_unused(self) -> None:
        start = Transcript().add("permission-mode", permissionMode="bypassPermissions").prompt("Go")
        session = read_session([*start.lines(), b'{"type": "us'])
        assert [one.use for one in permissions(session).uses] == [Use.UNKNOWN]


def test_mounts_and_added_directories_are_visible() -> None:
    session = (
        Transcript()
        .prompt("Go")
        .prompt("<command-name>/add-dir</command-name>\n<command-args>/srv/reeds</command-args>")
        .shell("docker run -v /srv/frogs:/frogs -v ./here:/here --mount type=bind,source=/srv/lake,target=/lake img")
        .shell("echo -v /srv/none:/none")
        .session()
    )
    found = {(one.kind, one.path) for one in permissions(session).visible}
    assert found == {("additional-directory", "/srv/reeds"), ("mount", "/srv/frogs"), ("mount", "/srv/lake")}


def test_files_read_against_files_written() -> None:
    session = (
        Transcript()
        .prompt("Go")
        .call("Read", file_path=f"{POND}/a.py")
        .result("a")
        .call("Read", file_path=f"{POND}/b.py")
        .result("b")
        .edit(f"{POND}/a.py", "a", "b")
        .edit(f"{POND}/unseen.py", "a", "b")
        .call("Write", file_path=f"{POND}/new.py", content="x")
        .result("", told={"type": "create"})
        .edit(f"{POND}/new.py", "x", "y")
        .session()
    )
    found = session.files
    assert found is not None
    assert (found.read, found.written, found.created, found.read_not_written) == (2, 3, 1, 1)
    assert [one.path for one in found.unseen] == ["unseen.py"]


def test_a_recording_without_the_later_parts_stays_readable_and_says_not_derived() -> None:
    session = Transcript().prompt("Don't touch a.py").session()
    documents = json.loads(json.dumps(documents_of(session)))
    assert from_documents(documents) == session
    old = from_documents({name: body for name, body in documents.items() if name not in LATER_PARTS})
    assert (old.constraints, old.course, old.permissions, old.files) == (None, None, None, None)


def test_a_full_list_is_a_gap() -> None:
    session = Transcript().prompt("Go").edit(f"{POND}/a.py", "a", "b").session()
    assert "limit" not in {gap.kind for gap in session.gaps}
    before = limits.MAX_CHANGES
    try:
        limits.MAX_CHANGES = 1  # the real limit would need a transcript of 20,000 edits
        full = Transcript().prompt("Go").edit(f"{POND}/a.py", "a", "b").session()
    finally:
        limits.MAX_CHANGES = before
    assert [(gap.kind, gap.count) for gap in full.gaps] == [("limit", 1)]


def test_the_statement_counts_without_a_word_and_a_policy_can_tell_absent_from_zero() -> None:
    session = Transcript().prompt("Don't touch a.py").edit(f"{POND}/a.py", "a", "b").session()
    facts = facts_json(facts_of(session))
    FACTS.check(facts, "")
    extensions = facts["extensions"]
    assert isinstance(extensions, dict)
    counts = extensions["counts"]
    assert counts["constraints.broken"] == {"count": 1, "basis": "observed"}
    assert counts["constraints.kept"] == {"count": 0, "basis": "inferred"}
    assert counts["approvals.unknown"] == {"count": 1, "basis": "unknown"}
    assert "a.py" not in json.dumps(facts)
    old = replace(session, constraints=None, course=None, permissions=None, files=None)
    left = json.dumps(facts_json(facts_of(old)))
    assert not [name for name in ("constraints.", "approvals.") if name in left]
