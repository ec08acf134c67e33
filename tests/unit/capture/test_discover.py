from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

from attest.capture.discover import all_transcripts, newest_transcript


def test_the_newest_transcript_of_the_folder_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "my.repo_x"
    folder.mkdir()
    name = "".join(c if c.isalnum() else "-" for c in str(folder.resolve()))
    kept = tmp_path / "home" / ".claude" / "projects" / name
    kept.mkdir(parents=True)
    for number, file in enumerate(("old.jsonl", "new.jsonl", "notes.txt")):
        (kept / file).write_text("x")
        os.utime(kept / file, (number, number))
    assert newest_transcript(tmp_path / "home", folder) == kept / "new.jsonl"


def test_a_folder_without_transcripts_has_none(tmp_path: Path) -> None:
    assert newest_transcript(tmp_path / "home", tmp_path) is None


def keep(path: Path, text: str = "x", at: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (at, at))
    return path


def test_every_agents_place_is_known(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", (tmp_path / "pond").resolve()
    folder.mkdir()
    cwd = json.dumps({"payload": {"cwd": str(folder)}})
    name = re.sub("[^A-Za-z0-9]", "-", str(folder))
    storage = home / ".config/Code/User/workspaceStorage/ab12"
    keep(storage / "workspace.json", json.dumps({"folder": folder.as_uri()}))
    keep(home / ".gemini/tmp/pond/.project_root", f"{folder}\n")
    legacy = hashlib.sha256(str(folder).encode()).hexdigest()
    kept = {
        keep(home / ".claude/projects" / name / "a.jsonl"),
        keep(home / ".codex/sessions/2026/01/02/rollout-a.jsonl", cwd),
        keep(home / ".gemini/tmp/pond/chats/session-a.jsonl"),
        keep(home / ".gemini/tmp" / legacy / "chats/session-a.json"),
        keep(home / ".copilot/session-state/a/events.jsonl", cwd),
        keep(storage / "chatSessions/a.json"),
        keep(home / ".cursor/projects" / name.lstrip("-") / "agent-transcripts/a/a.jsonl"),
        keep(folder / ".aider.chat.history.md"),
    }
    elsewhere = json.dumps({"cwd": str(tmp_path / "other")})
    keep(home / ".codex/sessions/2026/01/02/rollout-b.jsonl", elsewhere)
    keep(home / ".claude/projects" / name / "auth.txt")
    inside = keep(home / ".copilot/session-state/b/events.jsonl", json.dumps({"cwd": str(folder / "deep")}))
    unknown = keep(home / ".copilot/session-state/c/events.jsonl")
    found = list(all_transcripts(home, folder))
    assert {one.path for one in found} == {*kept, inside}
    assert len(found) == len(kept) + 1
    assert {one.agent for one in found} == {
        "claude-code", "codex", "gemini-cli", "copilot-cli", "copilot-vscode", "cursor", "aider",
    }  # fmt: skip
    everything = {one.path: one.folder for one in all_transcripts(home)}
    assert everything[unknown] is None
    assert len(everything) == len(kept) - 1 + 3


def test_a_newer_transcript_of_another_agent_wins(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path.resolve() / "pond"
    folder.mkdir()
    keep(home / ".claude/projects" / re.sub("[^A-Za-z0-9]", "-", str(folder)) / "a.jsonl", at=5)
    newer = keep(home / ".codex/archived_sessions/b.jsonl", json.dumps({"cwd": str(folder)}), at=9)
    keep(home / ".codex/archived_sessions/c.jsonl", json.dumps({"cwd": str(folder / "below")}), at=20)
    assert newest_transcript(home, folder) == newer


def test_two_folders_of_one_name_are_told_apart_by_the_records(tmp_path: Path) -> None:
    home, folder, twin = tmp_path / "home", tmp_path.resolve() / "a-b", tmp_path.resolve() / "a" / "b"
    name = re.sub("[^A-Za-z0-9]", "-", str(folder))
    keep(home / ".claude/projects" / name / "a.jsonl", json.dumps({"cwd": str(twin)}))
    assert newest_transcript(home, folder) is None
    assert newest_transcript(home, twin) is not None


def test_links_are_not_followed(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    secret = keep(outside / "2026/01/02/rollout.jsonl")
    (home / ".codex").mkdir(parents=True)
    (home / ".codex/sessions").symlink_to(outside)
    (home / ".codex/archived_sessions").mkdir()
    (home / ".codex/archived_sessions/a.jsonl").symlink_to(secret)
    os.mkfifo(home / ".codex/archived_sessions/b.jsonl")
    assert list(all_transcripts(home)) == []
