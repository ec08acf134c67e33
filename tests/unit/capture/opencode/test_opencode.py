"""What OpenCode's files and database tell of a session."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from attest.capture.gather.opencode_files import sessions as sessions_of_files
from attest.capture.reader import read_session
from attest.capture.transcript import Transcript
from attest.errors import InvalidInput
from attest.model.changes import ChangeOp
from attest.model.checks import CheckStatus
from attest.model.decisions import OverrideKind, RejectedPathKind
from attest.model.session import Actor, Session

Json = dict[str, Any]
T0 = 1_772_000_000_000
MAIN, CHILD = "ses_1main", "ses_2child"


def user(number: int, session: str = MAIN, **more: Any) -> Json:
    model = {"providerID": "vendor", "modelID": "m-1"}
    return {
        "id": f"msg_{number}",
        "sessionID": session,
        "role": "user",
        "time": {"created": T0 + number},
        "model": model,
        **more,
    }


def assistant(number: int, session: str = MAIN, **more: Any) -> Json:
    told: Json = {"providerID": "vendor", "modelID": "m-1", "mode": "build", "path": {"cwd": "/shop", "root": "/shop"}}
    return {
        "id": f"msg_{number}",
        "sessionID": session,
        "role": "assistant",
        "time": {"created": T0 + number},
        **told,
        **more,
    }


def text(words: str, **more: Any) -> Json:
    return {"type": "text", "text": words, **more}


def tool(name: str, state: Json, call_id: str = "c1", **arguments: object) -> Json:
    return {"type": "tool", "tool": name, "callID": call_id, "state": {"input": arguments, **state}}


def done(output: str = "", **metadata: object) -> Json:
    return {"status": "completed", "output": output, "metadata": metadata, "time": {"start": T0, "end": T0 + 5}}


def failed(error: str) -> Json:
    return {"status": "error", "error": error, "time": {"start": T0, "end": T0 + 5}}


def info(session: str, updated: int = 1, **more: Any) -> Json:
    return {"id": session, "directory": "/shop", "version": "1.2.0", "time": {"updated": updated}, **more}


def files(root: Path, infos: list[Json], messages: list[tuple[Json, list[Json]]]) -> Path:
    storage = root / "storage"

    def put(value: Json, *names: str) -> None:
        path = storage.joinpath(*names)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))

    (storage / "part").mkdir(parents=True)
    for one in infos:
        put(one, "session", "proj", f"{one['id']}.json")
    for message, parts in messages:
        put(message, "message", str(message["sessionID"]), f"{message['id']}.json")
        for number, part in enumerate(parts):
            name = f"prt_{number}"
            put({"id": name, "messageID": message["id"], **part}, "part", str(message["id"]), f"{name}.json")
    return root


def database(
    path: Path, infos: list[Json], messages: list[tuple[Json, list[Json]]], entries: list[Json] | None = None
) -> Path:
    made = sqlite3.connect(path)
    made.executescript(
        "CREATE TABLE `session` (id TEXT PRIMARY KEY, project_id TEXT, parent_id TEXT, directory TEXT, version TEXT,"
        " permission TEXT, revert TEXT, time_created INTEGER, time_updated INTEGER);"
        "CREATE TABLE `message` (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT);"
        "CREATE TABLE `part` (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, data TEXT);"
        "CREATE TABLE `session_message` (id TEXT, session_id TEXT, type TEXT, time_created INTEGER, data TEXT);"
    )
    for one in infos:
        told = (
            one["id"],
            "p",
            one.get("parentID"),
            "/shop",
            "1.2.0",
            json.dumps(one.get("permission")),
            None,
            T0,
            one["time"]["updated"],
        )
        made.execute("INSERT INTO session VALUES (?,?,?,?,?,?,?,?,?)", told)
    for message, parts in messages:
        data = {key: value for key, value in message.items() if key not in ("id", "sessionID")}
        created = message["time"]["created"]
        made.execute(
            "INSERT INTO message VALUES (?,?,?,?,?)",
            (message["id"], message["sessionID"], created, created, json.dumps(data)),
        )
        for number, part in enumerate(parts):
            row = (f"{message['id']}-{number}", message["id"], message["sessionID"], created, json.dumps(part))
            made.execute("INSERT INTO part VALUES (?,?,?,?,?)", row)
    for number, entry in enumerate(entries or []):
        row = (f"evt_{number}", MAIN, entry["type"], T0 + number, json.dumps(entry))
        made.execute("INSERT INTO session_message VALUES (?,?,?,?,?)", row)
    made.commit()
    made.close()
    return path


def read(path: Path, session: str = "") -> Session:
    named = path.with_name(f"{path.name}#{session}") if session else path
    return read_session(line + b"\n" for line in Transcript.open(named).lines())


def one(tmp_path: Path, *parts: Json, **more: Any) -> Session:
    messages = [(user(1), [text("Add a till")]), (assistant(2, **more), list(parts)), (user(3), [text("And then")])]
    return read(files(tmp_path, [info(MAIN)], messages))


def story() -> tuple[list[Json], list[tuple[Json, list[Json]]]]:
    write = tool("write", done("ok", exists=False), filePath="/shop/till.py", content="x = 1\n")
    task = tool("task", done("found", sessionId=CHILD), "c2", prompt="Find the drawer", subagent_type="explore")
    tokens = {"input": 10, "output": 4, "reasoning": 2, "cache": {"read": 3, "write": 1}}
    rules = [
        {"permission": "bash", "pattern": "git *", "action": "allow"},
        {"permission": "edit", "pattern": "*", "action": "ask"},
    ]
    infos = [info(MAIN, 9, permission=rules), info(CHILD, 8, parentID=MAIN)]
    messages = [
        (user(1), [text("Add a till"), text("reminder", synthetic=True)]),
        (assistant(2, tokens=tokens), [text("On it"), write, task, {"type": "patch", "hash": "h", "files": []}]),
        (user(3, CHILD), [text("Find the drawer")]),
        (assistant(4, CHILD, tokens=tokens), [text("There")]),
    ]
    return infos, messages


def test_files_and_database_tell_the_same(tmp_path: Path) -> None:
    from_files = read(files(tmp_path / "a", *story()))
    from_database = read(database(tmp_path / "opencode.db", *story()))
    for session in (from_files, from_database):
        assert (session.native_id, session.cwd, session.source.agent_version) == (MAIN, "/shop", "1.2.0")
        assert session.intent is not None
        assert (session.intent.text, session.directions) == ("Add a till", ())
        assert [(change.path, change.op) for change in session.changes] == [("/shop/till.py", ChangeOp.CREATE)]
        assert [(sub.native_id, sub.kind, sub.transcript_present) for sub in session.subagents] == [
            (CHILD, "explore", True)
        ]
        assert [event.actor for event in session.events if event.preview == "There"] == [Actor.SUBAGENT]
        assert [(grant.kind, grant.value) for grant in session.authority.granted if grant.kind == "allowed-tool"] == [
            ("allowed-tool", "bash(git *)")
        ]
        usage = {
            one.by_subagents: (one.input_tokens, one.output_tokens, one.cache_read_tokens) for one in session.usage
        }
        assert usage == {False: (10, 6, 3), True: (10, 6, 3)}
        assert session.gaps == ()
        counts = session.counts
        assert counts.records == counts.with_events + sum(skip.count for skip in counts.skipped)
    assert [event.preview for event in from_files.events] == [event.preview for event in from_database.events]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (done("3 passed", exit=0), CheckStatus.PASSED),
        (done("1 failed", exit=1), CheckStatus.FAILED),
        (done("3 passed"), CheckStatus.INCONCLUSIVE),
        (
            done("x\nbash tool terminated command after exceeding timeout 120000 ms", exit=None),
            CheckStatus.INCONCLUSIVE,
        ),
        (failed("Tool execution aborted"), CheckStatus.INCONCLUSIVE),
    ],
)
def test_a_check_has_the_exit_that_the_program_recorded(tmp_path: Path, state: Json, status: CheckStatus) -> None:
    assert [check.status for check in one(tmp_path, tool("bash", state, command="pytest")).checks] == [status]


@pytest.mark.parametrize(
    ("error", "reason", "refused"),
    [
        ("The user rejected permission to use this specific tool call.", None, True),
        (
            "The user rejected permission to use this specific tool call with the following feedback: not there",
            "not there",
            True,
        ),
        ("The user has specified a rule which prevents you from using this specific tool call.", None, False),
        ("File not found", None, False),
    ],
)
def test_only_a_persons_refusal_is_an_override(tmp_path: Path, error: str, reason: str | None, refused: bool) -> None:
    session = one(tmp_path, tool("edit", failed(error), filePath="a", oldString="x", newString="y"))
    assert [(act.kind, act.reason, act.correction) for act in session.overrides] == (
        [(OverrideKind.REJECTION, reason, "And then")] if refused else []
    )
    assert session.changes == ()


def test_a_stopped_message_is_an_interrupt_and_an_error_is_not(tmp_path: Path) -> None:
    session = one(tmp_path, text("I"), error={"name": "MessageAbortedError", "data": {"message": "aborted"}})
    assert [act.kind for act in session.overrides] == [OverrideKind.INTERRUPT]
    assert one(tmp_path / "b", error={"name": "APIError", "data": {"message": "busy"}}).overrides == ()


def test_what_a_person_took_back_is_a_path_that_was_left(tmp_path: Path) -> None:
    messages = [(user(1), [text("One")]), (user(2), [text("Two")])]
    session = read(files(tmp_path, [info(MAIN, revert={"messageID": "msg_2"})], messages))
    assert [path.kind for path in session.rejected_paths] == [RejectedPathKind.BRANCH]


def test_an_answered_question_and_a_call_that_never_ended(tmp_path: Path) -> None:
    questions = [{"question": "Which?", "header": "h", "options": [{"label": "a"}, {"label": "b"}]}]
    ask = tool("question", done("ok", answers=[["b"]]), questions=questions)
    running = tool("bash", {"status": "running", "time": {"start": T0}}, "c2", command="pytest")
    session = one(tmp_path, ask, running)
    assert [(answer.question, answer.answer) for answer in session.answers] == [("Which?", "b")]
    assert [(gap.kind, gap.count) for gap in session.gaps] == [("call-without-result", 1)]


def test_steps_tell_tokens_that_the_message_tells_only_of_the_last(tmp_path: Path) -> None:
    tokens = {"input": 5, "output": 1, "reasoning": 0, "cache": {"read": 0, "write": 0}}
    steps = [{"type": "step-finish", "reason": "stop", "cost": 0, "tokens": tokens}] * 2
    assert [usage.input_tokens for usage in one(tmp_path, *steps, tokens=tokens).usage] == [10]


def test_the_newer_form_of_messages_is_read_where_there_is_no_other(tmp_path: Path) -> None:
    call = {"type": "tool", "id": "c1", "name": "shell", "time": {"created": T0}}
    state = {
        "status": "completed",
        "input": {"command": "pytest"},
        "content": [{"type": "text", "text": "1 passed"}],
        "structured": {"exit": 0},
    }
    entries: list[Json] = [
        {"type": "user", "text": "Test it", "time": {"created": T0}},
        {"type": "synthetic", "text": "note", "time": {"created": T0}},
        {
            "type": "assistant",
            "model": {"id": "m-2", "providerID": "v"},
            "content": [text("Yes"), {**call, "state": state}],
            "time": {"created": T0},
        },
        {"type": "compaction", "summary": "so far", "reason": "auto", "time": {"created": T0}},
        {"type": "shell", "callID": "u", "command": "ls", "output": "", "time": {"created": T0}},
    ]
    session = read(database(tmp_path / "opencode.db", [info(MAIN)], [], entries))
    assert session.intent is not None
    assert (session.intent.text, session.models) == ("Test it", ("v/m-2",))
    assert [check.status for check in session.checks] == [CheckStatus.PASSED]
    assert [gap.kind for gap in session.gaps] == ["compaction"]
    both = read(database(tmp_path / "both.db", *story(), entries))
    assert both.directions == ()


def test_an_exported_session_tells_the_same(tmp_path: Path) -> None:
    infos, messages = story()
    own = [{"info": message, "parts": parts} for message, parts in messages if message["sessionID"] == MAIN]
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"info": infos[0], "messages": own}))
    session = read(path)
    assert (session.native_id, session.source.format) == (MAIN, "opencode/session")
    assert [change.path for change in session.changes] == ["/shop/till.py"]
    assert [sub.transcript_present for sub in session.subagents] == [False]
    assert [gap.kind for gap in session.gaps] == ["subagent-transcript"]


def test_a_session_is_chosen_by_its_id_and_the_newest_otherwise(tmp_path: Path) -> None:
    infos = [info("ses_old", 1), info("ses_new", 5)]
    messages = [(user(1, "ses_old"), [text("Old")]), (user(2, "ses_new"), [text("New")])]
    root = files(tmp_path, infos, messages)
    assert sessions_of_files(root) == ("ses_new", "ses_old")
    assert (read(root).native_id, read(root, "ses_old").native_id) == ("ses_new", "ses_old")
    path = database(tmp_path / "opencode.db", infos, messages)
    assert (read(path).native_id, read(path, "ses_old").native_id) == ("ses_new", "ses_old")
    for source in (root, path):
        with pytest.raises(InvalidInput):
            read(source, "ses_none")


def test_links_inside_the_folder_are_not_followed_and_bad_files_are_counted(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps(text("from outside")))
    root = files(tmp_path / "a", [info(MAIN)], [(user(1), [text("Inside")])])
    parts = root / "storage" / "part" / "msg_1"
    (parts / "prt_9.json").symlink_to(outside)
    (parts / "prt_8.json").write_text("{torn")
    session = read(root)
    assert [event.preview for event in session.events if event.actor is Actor.HUMAN] == ["Inside"]
    assert {skip.name for skip in session.counts.skipped} >= {"unreadable"}


def test_reading_a_database_leaves_it_and_its_folder_as_they_were(tmp_path: Path) -> None:
    path = database(tmp_path / "opencode.db", *story())
    before = (path.read_bytes(), sorted(tmp_path.iterdir()))
    read(path)
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == before


def test_hostile_rows_are_nothing(tmp_path: Path) -> None:
    parts: list[Json] = [{"type": []}, {"type": "tool", "state": 3}, {"type": "text"}, {"type": "brand-new"}]
    session = one(tmp_path, *parts, tokens={"input": "x", "cache": 3}, path=[])
    assert [name.name for name in session.counts.unknown_types] == ["part/", "part/brand-new"]
