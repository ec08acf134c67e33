"""Agent Trace in: records of the specification and those written in its name; out: strictly to the specification."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attest.capture.agent_trace.sniff import looks_like_agent_trace
from attest.capture.agent_trace.write import Contribution, Traced, model_id, write_trace
from attest.capture.reader import read_session
from attest.model.basis import Basis
from attest.model.line_ranges import FileRanges, LineRange
from attest.model.session import EventKind
from tests.support.openhands import read_document

OID = "0123456789abcdef0123456789abcdef01234567"


def _record(*conversations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "version": "0.1.0",
        "id": "11111111-2222-4333-8444-555555555555",
        "timestamp": "2026-03-01T10:00:00Z",
        "vcs": {"type": "git", "revision": OID},
        "tool": {"name": "agent-a", "version": "2.4.0"},
        "files": [{"path": "src/pond.py", "conversations": list(conversations)}],
        **more,
    }


def _of(kind: str, *ranges: tuple[int, int], model: str | None = None, url: str = "") -> dict[str, Any]:
    contributor = {"type": kind, **({"model_id": model} if model else {})}
    parts = [{"start_line": start, "end_line": end} for start, end in ranges]
    return {"contributor": contributor, "ranges": parts, **({"url": url} if url else {})}


def test_ranges_of_agents_are_changes_and_those_of_people_are_not() -> None:
    record = _record(
        _of("ai", (1, 3), model="vendor/model-a", url="https://a.example/1"), _of("human", (9, 9)), _of("mixed", (4, 5))
    )
    session = read_document([record])
    assert [(one.path, one.complete, one.basis) for one in session.changes] == [
        ("src/pond.py", False, Basis.REPORTED)
    ] * 2
    assert [one.oid for one in session.commits] == [OID]
    assert session.models == ("vendor/model-a",)
    assert (session.source.agent_version, session.source.format_version) == ("agent-a 2.4.0", "0.1.0")
    texts = [event.preview for event in session.events]
    assert "attributed-lines ai vendor/model-a src/pond.py 1-3" in texts
    assert "attributed-lines human src/pond.py 9-9" in texts
    assert "conversation https://a.example/1" in texts
    assert session.intent is None


def test_a_contributor_of_a_range_wins_over_that_of_its_conversation() -> None:
    conversation = _of("ai", (1, 3), (5, 6))
    conversation["ranges"][1]["contributor"] = {"type": "human"}
    assert len(read_document([_record(conversation)]).changes) == 1


def test_flat_records_are_read_and_their_file_is_no_one_session() -> None:
    flat = {
        "schema": "agent-trace/v0.1.0",
        "session_id": "session-1",
        "file_path": "/home/ada/pond/pond.py",
        "start_line": 2,
        "end_line": 4,
        "tool": "Edit",
        "tool_use_id": "toolu_1",
        "timestamp": "2026-03-01T10:00:00.123456+00:00",
    }
    lines = [json.dumps(one).encode() + b"\n" for one in (flat, flat | {"session_id": "session-2"})]
    session = read_session(lines)
    assert [one.path for one in session.changes] == ["/home/ada/pond/pond.py"] * 2
    assert session.native_id is None
    assert session.started is not None
    by_nobody = read_session([json.dumps({key: flat[key] for key in flat if key != "tool_use_id"}).encode()])
    assert not by_nobody.changes
    assert by_nobody.events


def test_a_document_over_several_lines_and_one_on_one_line_read_alike() -> None:
    record = _record(_of("ai", (1, 3)))
    one_line = read_session([json.dumps(record).encode()])
    assert not looks_like_agent_trace(json.dumps(record, indent=2).encode())
    assert [event.preview for event in read_document([record]).events] == [event.preview for event in one_line.events]


def test_odd_records_are_counted_not_raised() -> None:
    odd = [
        _record(files="none"),
        {**_record(), "files": [7, {"path": 3, "conversations": [{"ranges": [{"start_line": "x"}]}]}]},
        {"type": "other"},
    ]
    session = read_session([json.dumps(one).encode() + b"\n" for one in [_record(_of("ai", (1, 1))), *odd]])
    counts = session.counts
    assert counts.records == counts.with_events + sum(one.count for one in counts.skipped) == 4
    assert len(session.changes) == 1


def test_samples_parse_and_lose_nothing(shared: Path) -> None:
    for path in sorted((shared / "samples" / "agent-trace").iterdir()):
        data = path.read_bytes()
        if path.suffix == ".jsonl":
            records = [json.loads(line) for line in data.splitlines() if line.strip()]
            session = read_session([line + b"\n" for line in data.splitlines()])
            ranges = len(records)
        else:
            record = json.loads(data)
            session = read_document([record])
            told = [one for file in record["files"] for one in file["conversations"]]
            ranges = sum(len(one["ranges"]) for one in told)
        shown = [one for one in session.events if one.preview.startswith("attributed-lines ")]
        assert len(shown) == ranges
        assert all(event.kind is EventKind.NOTICE for event in session.events)
        assert not session.counts.unknown_types


def _traced(*contributions: Contribution) -> Traced:
    return Traced(
        oid=OID,
        recorded_at=datetime(2026, 3, 1, 10, 0, tzinfo=UTC),
        contributions=contributions,
        closed=(),
        diff_cut=False,
    )


def _contribution(name: str, *ranges: LineRange, models: tuple[str, ...] = ("claude-x",)) -> Contribution:
    attributed = sum(one.end - one.start + 1 for one in ranges)
    file = FileRanges(path="pond.py", ranges=ranges, added=10, attributed=attributed)
    return Contribution(
        session=f"ses_{name}",
        attestation=f"att_{name}",
        link="statement",
        agent="agent-a",
        agent_version="2.4.0",
        models=models,
        files=(file,),
    )


def require_strict(record: dict[str, Any]) -> None:
    """The schema of the specification, 0.1.0, members and patterns: nothing more is allowed, nothing less."""
    assert set(record) <= {"version", "id", "timestamp", "vcs", "tool", "files", "metadata"}
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", record["version"])
    assert str(uuid.UUID(record["id"])) == record["id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", record["timestamp"])
    assert set(record["vcs"]) == {"type", "revision"}
    assert re.fullmatch("[0-9a-f]{40}", record["vcs"]["revision"])
    assert set(record.get("tool", {"name", "version"})) == {"name", "version"}
    for file in record["files"]:
        assert set(file) == {"path", "conversations"}
        for told in file["conversations"]:
            assert set(told) <= {"url", "contributor", "ranges", "related"}
            for one in told["ranges"]:
                assert set(one) <= {"start_line", "end_line", "content_hash", "contributor"}
                assert 1 <= one["start_line"] <= one["end_line"]
            for who in (told["contributor"], *(one["contributor"] for one in told["ranges"] if "contributor" in one)):
                assert set(who) <= {"type", "model_id"}
                assert who["type"] in {"human", "ai", "mixed", "unknown"}


def test_what_goes_out_is_strict_names_the_method_and_counts_what_is_untracked() -> None:
    both = LineRange(start=7, end=7, by_person_too=True)
    record = write_trace(_traced(_contribution("1", LineRange(start=2, end=4, by_person_too=False), both)))
    require_strict(record)
    (told,) = record["files"][0]["conversations"]
    assert told["contributor"] == {"type": "ai", "model_id": "anthropic/claude-x"}
    assert [one.get("contributor", {}).get("type") for one in told["ranges"]] == [None, "mixed"]
    own = record["metadata"]["dev.whereof"]
    assert (own["added_lines"], own["attributed_lines"], own["untracked_lines"]) == (10, 4, 6)
    assert own["method"]
    assert "human" not in json.dumps(record)


def test_a_line_of_two_sessions_is_both_and_counts_once() -> None:
    lines = LineRange(start=2, end=4, by_person_too=False)
    record = write_trace(_traced(_contribution("1", lines), _contribution("2", lines, models=("a", "b"))))
    assert len(record["files"][0]["conversations"]) == 2
    assert "model_id" not in record["files"][0]["conversations"][1]["contributor"]
    assert record["metadata"]["dev.whereof"]["attributed_lines"] == 3


def test_the_same_sessions_give_the_same_record() -> None:
    told = _traced(_contribution("1", LineRange(start=2, end=4, by_person_too=False)))
    assert write_trace(told) == write_trace(told)
    assert model_id("vendor/x") == "vendor/x"
    assert model_id("local") == "local"
