"""A recorded session leaves as ATIF, and its commit as an Agent Trace record, from what is stored alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from atif import Trajectory

from attest.capture.atif.digest import event_digest
from attest.capture.atif.write import events_digest
from attest.errors import Absent
from attest.model.link import Confidence
from attest.usecases.export_agent_trace import export_agent_trace
from attest.usecases.export_atif import export_atif
from attest.usecases.links import find_links
from attest.usecases.read_parts import session_of
from tests.support.command import whereof
from tests.support.openhands import read_document
from tests.support.recording import git, make_clone, open_home, record_file, story, write_story
from tests.unit.capture.test_agent_trace import require_strict


def test_a_recorded_session_goes_out_as_atif_and_its_commit_as_agent_trace(data: Path, tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "pond", text="ducks = 3\n")
    instance = open_home(data)
    receipt = record_file(instance, write_story(tmp_path / "story.jsonl", story()), clone)
    assert receipt.session is not None
    document = json.loads(json.dumps(export_atif(instance, receipt.session)))
    Trajectory.model_validate(document)
    assert document["trajectory_id"] == receipt.session
    assert event_digest(read_document(document)) == event_digest(session_of(instance, receipt.attestation))
    record = export_agent_trace(instance, clone.oid)
    require_strict(record)
    assert record["vcs"] == {"type": "git", "revision": clone.oid}
    with pytest.raises(Absent):
        export_atif(instance, "ses_none")
    with pytest.raises(Absent):
        export_agent_trace(instance, "0" * 40)


def test_the_commands_write_files_that_only_their_owner_reads(data: Path, tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "pond", text="ducks = 3  # room for one more\n")
    tale = story()
    tale.edit("/home/ada/pond/pond.py", "ducks = 3", "ducks = 3  # room for one more")
    receipt = record_file(open_home(data), write_story(tmp_path / "story.jsonl", tale), clone)
    assert receipt.session is not None
    out = tmp_path / "out.json"
    done = whereof("export", "atif", receipt.session, "-o", out, "--json", home=data, cwd=clone.path)
    assert done.returncode == 0, done.stderr
    assert out.stat().st_mode & 0o077 == 0
    document = json.loads(out.read_bytes())
    assert document["schema_version"] == "ATIF-v1.8"
    assert events_digest(document) == json.loads(done.stdout)["events_digest"]
    done = whereof("export", "agent-trace", "HEAD", home=data, cwd=clone.path)
    assert done.returncode == 0, done.stderr
    (file,) = json.loads(done.stdout)["files"]
    assert file["path"] == "pond.py"
    assert file["conversations"][0]["ranges"] == [{"start_line": 1, "end_line": 1}]


def test_an_export_that_another_instance_records_goes_out_again_with_an_equal_digest(
    new_home: Callable[[str], Path], tmp_path: Path
) -> None:
    tale = story()
    tale.edit("/home/ada/pond/pond.py", "ducks = 3", "ducks = 4")
    clone = make_clone(tmp_path / "pond", text="ducks = 4\n")
    here, there, out = open_home(new_home("here")), open_home(new_home("there")), tmp_path / "out.json"
    first = record_file(here, write_story(tmp_path / "story.jsonl", tale), clone)
    document = export_atif(here, first.attestation)
    out.write_text(json.dumps(document))
    digest = events_digest(document)
    again = export_atif(there, record_file(there, out, clone).attestation)
    assert events_digest(again) == digest
    assert event_digest(read_document(json.loads(json.dumps(again)))) == digest
    changed = json.loads(out.read_bytes())
    changed["steps"][0]["message"] += " twice"
    assert event_digest(read_document(changed)) != digest


def test_ids_that_join_a_call_and_its_result_outlive_redaction(data: Path, tmp_path: Path) -> None:
    name = "call_9fKq2LwX7vBz4RtY1mNc8HsD"
    steps = [
        {"step_id": 1, "source": "user", "message": "x"},
        {
            "step_id": 2,
            "source": "agent",
            "message": "",
            "tool_calls": [{"tool_call_id": name, "function_name": "bash", "arguments": {"command": "ls"}}],
            "observation": {"results": [{"source_call_id": name, "content": "pond.py"}]},
        },
    ]
    document = {
        "schema_version": "ATIF-v1.8",
        "session_id": "run-1",
        "agent": {"name": "a", "version": "1"},
        "steps": steps,
    }
    file = tmp_path / "trajectory.json"
    file.write_text(json.dumps(document, indent=2))
    instance = open_home(data)
    session = session_of(instance, record_file(instance, file).attestation)
    assert [event.call_id for event in session.events if event.tool] == [name, name]
    assert not session.gaps


def test_a_trace_that_names_a_commit_earns_no_link_to_it(data: Path, tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "pond")
    ranges = [{"start_line": 1, "end_line": 1}]
    trace = {
        "version": "0.1.0",
        "id": "11111111-2222-4333-8444-555555555555",
        "timestamp": "2026-03-01T10:00:00Z",
        "vcs": {"type": "git", "revision": clone.oid},
        "files": [{"path": "pond.py", "conversations": [{"contributor": {"type": "ai"}, "ranges": ranges}]}],
    }
    file = tmp_path / "traces.jsonl"
    file.write_text(json.dumps(trace) + "\n")
    instance = open_home(data)
    record_file(instance, file)
    (commit,) = find_links(clone.repository, clone.oid, instance).commits
    assert [link.confidence for link in commit.links] == [Confidence.HINT]
    assert not commit.linked


def test_a_commit_that_landed_in_another_form_keeps_the_lines_of_its_session(data: Path, tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "pond", text="ducks = 3  # room for one more\n")
    tale = story()
    tale.edit("/home/ada/pond/pond.py", "ducks = 3", "ducks = 3  # room for one more")
    instance = open_home(data)
    receipt = record_file(instance, write_story(tmp_path / "story.jsonl", tale), clone)
    git(clone.path, "branch", "as-recorded")
    git(clone.path, "commit", "-q", "--amend", "-m", "Add a pond for more ducks")
    landed = git(clone.path, "rev-parse", "HEAD")
    record = json.loads(json.dumps(export_agent_trace(instance, landed, clone.repository)))
    require_strict(record)
    assert record["files"][0]["conversations"][0]["ranges"] == [{"start_line": 1, "end_line": 1}]
    (told,) = record["metadata"]["dev.whereof"]["sessions"]
    assert (told["session"], told["link"]) == (receipt.session, "rewritten")
    with pytest.raises(Absent):
        export_agent_trace(instance, landed)
