"""Each agent's own payload, as its vendor documents it, through the command that stands in its configuration."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from attest.capture.hook.agents import AGENTS
from tests.support.hooks import init, until
from tests.support.recording import Clone, make_clone

TURN_END = {
    "claude-code": "Stop",
    "codex": "Stop",
    "gemini": "AfterAgent",
    "cursor": "stop",
    "copilot-cli": "agentStop",
}
NAMES = [agent.agent for agent in AGENTS]


@pytest.fixture
def clone(home: Path, tmp_path: Path) -> Clone:
    made = make_clone(tmp_path / "clone")
    init(made.path)
    return made


def sent(agent: str, event: str, transcript: Path, clone: Path) -> dict[str, object]:
    """Give what an agent writes to a hook's standard input, its members in its own order."""
    words = {"prompt": "some words", "tool_input": {"command": "ls", "session_id": "not-this-one"}}
    common = {"session_id": "sess-0000001", "transcript_path": str(transcript), "cwd": str(clone)}
    match agent:
        case "claude-code":
            return {**common, "prompt_id": "turn-1", "permission_mode": "default", "hook_event_name": event, **words}
        case "codex":
            return {
                "session_id": "sess-0000001",
                "turn_id": "turn-1",
                **common,
                "hook_event_name": event,
                "model": "m",
                **words,
            }
        case "gemini":
            return {**common, "hook_event_name": event, "timestamp": "2026-01-01T00:00:00Z", **words}
        case "cursor":
            return {
                "conversation_id": "sess-0000001", "generation_id": "turn-1", "model": "m", "hook_event_name": event,
                "cursor_version": "3.1", "workspace_roots": [str(clone)], "user_email": "ada@example.test",
                "transcript_path": str(transcript), **words,
            }  # fmt: skip
        case _:
            return {
                "timestamp": 1,
                "cwd": str(clone),
                "sessionId": "sess-0000001",
                "transcriptPath": str(transcript),
                **words,
            }


def commands(clone: Path, agent: str) -> dict[str, str]:
    path = next(one.path for one in AGENTS if one.agent == agent)
    hooks: dict[str, Any] = json.loads((clone / path).read_bytes())["hooks"]
    out = {}
    for event, (entry,) in hooks.items():
        handler = entry["hooks"][0] if "hooks" in entry else entry
        out[event] = handler.get("command") or handler["bash"]
    return out


def call(command: str, data: dict[str, object], cwd: Path) -> subprocess.CompletedProcess[bytes]:
    env = {k: v for k, v in os.environ.items() if not k.endswith("_PROJECT_DIR")}
    return subprocess.run(
        ["sh", "-c", command], cwd=cwd, input=json.dumps(data).encode(), env=env, capture_output=True, check=False
    )


def lines(clone: Path) -> list[dict[str, Any]]:
    folder = clone / ".git/whereof/spool"
    raw = b"".join(path.read_bytes() for path in sorted(folder.glob("events-*")))
    return [json.loads(line) for line in raw.split(b"\n") if line.strip()]


@pytest.mark.parametrize("agent", NAMES)
def test_every_event_gives_a_line_with_the_agents_own_ids(clone: Clone, tmp_path: Path, agent: str) -> None:
    transcript = tmp_path / "t.jsonl"
    transcript.write_text("{}\n")
    events = commands(clone.path, agent)
    for event, command in events.items():
        done = call(command, sent(agent, event, transcript, clone.path), clone.path)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout in (b"", b"{}\n")
    found = lines(clone.path)
    assert [row["event"] for row in found] == list(events)
    assert {(row["agent"], row["session"], row["transcript"], row["cwd"]) for row in found} == {
        (agent, "sess-0000001", str(transcript), str(clone.path))
    }
    raw = json.dumps(found)
    assert "some words" not in raw
    assert "ada@" not in raw


@pytest.mark.parametrize("agent", NAMES)
def test_a_turns_end_copies_the_transcript(clone: Clone, tmp_path: Path, agent: str) -> None:
    transcript = tmp_path / "t.jsonl"
    transcript.write_text("words of the session\n")
    event = TURN_END[agent]
    call(commands(clone.path, agent)[event], sent(agent, event, transcript, clone.path), clone.path)
    copy = clone.path / ".git/whereof/spool/copies" / f"{agent}-sess-0000001"
    until(copy.exists)
    assert copy.read_text() == "words of the session\n"


@pytest.mark.parametrize("agent", NAMES)
def test_from_a_folder_below_the_clone_is_found_too(clone: Clone, tmp_path: Path, agent: str) -> None:
    below = clone.path / "src" / "deep"
    below.mkdir(parents=True)
    event = TURN_END[agent]
    assert call(commands(clone.path, agent)[event], sent(agent, event, tmp_path / "t", below), below).returncode == 0
    assert len(lines(clone.path)) == 1


@pytest.mark.parametrize("agent", NAMES)
def test_outside_any_clone_nothing_happens(clone: Clone, tmp_path: Path, agent: str) -> None:
    for command in commands(clone.path, agent).values():
        done = call(command, {}, tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert lines(clone.path) == []
