"""Real transcripts: nothing is lost, hand-made labels agree, independent readers agree.

Tool uses agree exactly, by name, with `claude-code-log` and with `agentpile`. `agentpile` counts every text in a prompt's
place as a user's step; ours are split into prompts of a person, interrupt markers and injected text, which add up to its
count. Neither library adds up usage by API message, so usage is compared with a plain sum made here.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import agentpile
import pytest
from claude_code_log.converter import load_transcript
from claude_code_log.models import AssistantTranscriptEntry, ToolUseContent, UserTranscriptEntry

from attest.capture.reader import read_session
from attest.model.access import AccessKind
from attest.model.decisions import PlanKind
from attest.model.documents import documents_of, from_documents
from attest.model.session import EventKind, Session

LABELS = [
    path
    for path in sorted((Path(__file__).resolve().parents[2] / "labels").glob("*.json"))
    if json.loads(path.read_text())["labelled"] == "before-rules"
]
_KINDS = {
    AccessKind.FILE_READ: "file-read",
    AccessKind.FILE_WRITTEN: "file-written",
    AccessKind.MCP: "mcp",
    AccessKind.NETWORK: "network",
    AccessKind.SECRET: "secret",
    AccessKind.ENV: "env",
    AccessKind.URL: "url",
}


def _read(path: Path) -> Session:
    with path.open("rb") as lines:
        return read_session(lines)


@pytest.fixture(scope="module")
def samples() -> list[Path]:
    folder = Path(__file__).resolve().parents[4] / "shared" / "samples" / "claude-code"
    if not folder.is_dir():
        pytest.skip("needs the shared samples beside the checkout")
    return sorted(folder.glob("*.jsonl"))


def test_every_record_of_every_sample_is_an_event_or_a_counted_skip(samples: list[Path]) -> None:
    for path in samples:
        session = _read(path)
        lines = [line for line in path.read_bytes().split(b"\n") if line.strip()]
        assert session.counts.records == len(lines)
        assert session.counts.records == session.counts.with_events + sum(one.count for one in session.counts.skipped)
        assert session.counts.bad_lines == 0
        assert not session.counts.unknown_types
        assert len(session.events) == session.counts.events
        assert session.intent is not None


def test_samples_go_round_as_documents(samples: list[Path]) -> None:
    for path in samples:
        session = _read(path)
        assert from_documents(json.loads(json.dumps(documents_of(session)))) == session


def _extracted(session: Session) -> Counter[tuple[object, ...]]:
    found: list[tuple[object, ...]] = [(session.intent.evidence[0].record, "intent")] if session.intent else []
    for kind, items in (
        ("direction", session.directions),
        ("override", session.overrides),
        ("rejected-path", session.rejected_paths),
        ("commit", session.commits),
        ("subagent", session.subagents),
    ):
        found += [(one.evidence[0].record, kind) for one in items]
    found += [
        (one.evidence[0].record, "plan" if one.revision == 1 else "plan-revision")
        for one in session.plans
        if one.kind is PlanKind.PROPOSAL
    ]
    found += [(one.evidence[0].record, "check", one.status.value) for one in session.checks]
    found += [(spot.record, "pull-request") for one in session.pull_requests for spot in one.evidence if spot.pointer]
    found += sorted({(one.evidence[0].record, "question-answered") for one in session.answers})
    found += sorted(
        {(spot.record, _KINDS[one.kind]) for one in session.access if one.kind in _KINDS for spot in one.evidence}
    )
    return Counter(found)


@pytest.mark.parametrize("label", LABELS, ids=lambda path: path.stem)
def test_extraction_agrees_with_labels_made_by_hand_before_the_rules(label: Path, shared: Path) -> None:
    told = json.loads(label.read_text())
    path = shared / "samples" / told["sample"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == told["sha256"]
    wanted = Counter(
        tuple(item[key] for key in ("record", "kind", "outcome") if key in item)
        for item in told["items"]
        if "labelled" not in item  # what was looked for later
    )
    got = _extracted(_read(path))
    agreed = (wanted & got).total()
    figures = f"precision {agreed / got.total():.3f} recall {agreed / wanted.total():.3f} of {wanted.total()}"
    print(f"{label.stem}: {figures}")  # noqa: T201
    assert got == wanted


def test_tool_calls_and_messages_agree_with_an_independent_reader(samples: list[Path]) -> None:
    for path in samples:
        entries = load_transcript(path, silent=True)
        theirs = [entry for entry in entries if isinstance(entry, AssistantTranscriptEntry)]
        tools = Counter(
            item.name for entry in theirs for item in entry.message.content if isinstance(item, ToolUseContent)
        )
        session = _read(path)
        ours = Counter(event.tool for event in session.events if event.kind in (EventKind.TOOL_CALL, EventKind.PLAN))
        assert ours == tools, path.name
        people = sum(isinstance(entry, UserTranscriptEntry) for entry in entries)
        assert people >= 1 + len(session.directions)


def test_usage_is_each_api_message_once(samples: list[Path]) -> None:
    for path in samples:
        last: dict[str, dict[str, int]] = {}
        for line in path.read_bytes().splitlines():
            record = json.loads(line)
            message = record.get("message") or {}
            if record["type"] == "assistant" and message.get("usage") and message.get("model") != "<synthetic>":
                last[message["id"]] = message["usage"]
        session = _read(path)
        assert sum(one.output_tokens for one in session.usage) == sum(one["output_tokens"] for one in last.values())
        assert sum(one.messages for one in session.usage) == len(last)


def test_steps_agree_with_a_second_independent_reader(samples: list[Path]) -> None:
    for path in samples:
        (run,) = agentpile.load(str(path))
        steps = run.record["steps"]
        tools = Counter(call["function_name"] for step in steps for call in step.get("tool_calls") or [])
        session = _read(path)
        ours = Counter(event.tool for event in session.events if event.kind in (EventKind.TOOL_CALL, EventKind.PLAN))
        assert ours == tools, path.name
        prompts = len(session.directions) + 1
        others = sum(
            event.kind in (EventKind.INTERRUPT, EventKind.CONTEXT)
            and event.evidence.pointer.startswith("/message/content")
            for event in session.events
        )
        assert sum(step["source"] == "user" for step in steps) == prompts + others, path.name
