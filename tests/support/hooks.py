"""Clones with hooks in them: agents that call, snapshots of what is on disk, other hook managers' layouts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from attest.git import Repository
from attest.usecases.hooks_apply import Removed, apply_plan, hook_script, installed, remove_hooks
from attest.usecases.hooks_plan import Plan, plan_hooks
from tests.support.recording import git

VOLATILE = ("objects", "logs", "refs", "index", "COMMIT_EDITMSG", "ORIG_HEAD", "HEAD", "worktrees", "packed-refs")


def snapshot(*folders: Path) -> dict[str, tuple[int, bytes]]:
    """Give mode and bytes of everything below some folders, but for what git itself changes."""
    found: dict[str, tuple[int, bytes]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if ".git" in parts[:1] and parts[1:2] and parts[1] in VOLATILE:
                continue
            if path.is_symlink():
                found[str(path)] = (0, os.fsencode(path.readlink()))
            else:
                found[str(path)] = (path.stat().st_mode, b"" if path.is_dir() else path.read_bytes())
    return found


def plan(clone: Path, **options: object) -> Plan:
    """Plan an `init` with every agent."""
    repository = Repository.open(clone)
    moved = frozenset(name for name, row in installed(repository).items() if row.get("moved_to"))
    return plan_hooks(repository, agents=frozenset(), policy=bool(options.get("policy")), previous=moved)


def init(clone: Path, **options: object) -> Plan:
    """Put hooks into a clone."""
    made = plan(clone, **options)
    apply_plan(made, program=sys.executable if options.get("sync") else "/nonexistent/python")
    return made


def uninstall(clone: Path, home: Path) -> Removed:
    """Take them out again."""
    return remove_hooks(Repository.open(clone), home)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The hook's folder by itself, without git."""

    folder: Path
    shell: str = "sh"

    @classmethod
    def make(cls, top: Path, shell: str = "sh") -> Bench:
        folder = top / ".git" / "whereof"
        folder.mkdir(parents=True)
        (folder / "hook").write_bytes(hook_script())
        return cls(folder=folder, shell=shell)

    def call(
        self, event: str, payload: bytes | dict[str, object], *, agent: str = "claude-code", **env: str
    ) -> subprocess.CompletedProcess[bytes]:
        data = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
        return subprocess.run(
            [*self.shell.split(), str(self.folder / "hook"), agent, event],
            input=data,
            capture_output=True,
            timeout=30,
            check=False,
            env={**os.environ, **env},
        )

    def raw(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted((self.folder / "spool").glob("events-*.jsonl")))

    def rows(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.raw().split(b"\n") if line.strip()]


def payload(
    transcript: Path | str, cwd: Path | str, session: str = "sess-00000001", **more: object
) -> dict[str, object]:
    """Give what an agent sends, with members in the order it sends them."""
    return {"session_id": session, "transcript_path": str(transcript), "cwd": str(cwd), **more}


def until(condition: object, *, seconds: float = 10.0) -> None:
    """Wait for work in the background; fails when it does not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


@dataclass(slots=True, kw_only=True)
class Agent:
    """An agent at work in a clone: calls the commands that `init` wrote, as the agent would."""

    clone: Path
    transcript: Path
    session: str
    config: str = ".claude/settings.json"
    calls: int = 0

    def hook(self, event: str, **more: object) -> None:
        settings = json.loads((self.clone / self.config).read_bytes())
        entry = settings["hooks"][event][0]
        command = entry["hooks"][0]["command"]
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.clone,
            input=json.dumps(
                payload(self.transcript, self.clone, self.session, hook_event_name=event, **more)
            ).encode(),
            env={**os.environ, "CLAUDE_PROJECT_DIR": str(self.clone)},
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")

    def shell(self, *arguments: str, marked: bool = True) -> str:
        """Run git as the agent's shell would, between the two hooks of a tool call."""
        self.calls += 1
        self.hook("PreToolUse", tool_name="Bash", tool_use_id=f"{self.session}-{self.calls}")
        env = {"CLAUDECODE": "1"} if marked else {}
        subprocess.run(
            ["git", *arguments], cwd=self.clone, env={**os.environ, **env}, capture_output=True, check=True, timeout=60
        )
        self.hook("PostToolUse", tool_name="Bash", tool_use_id=f"{self.session}-{self.calls}")
        return git(self.clone, "rev-parse", "HEAD")


def write_husky(clone: Path) -> None:
    """Lay out what husky 9 makes: a folder of one-line hooks that find the person's own by the name they run under."""
    inner = clone / ".husky" / "_"
    inner.mkdir(parents=True)
    (inner / ".gitignore").write_text("*")
    (inner / "h").write_text(
        '#!/usr/bin/env sh\nn=$(basename "$0")\ns=$(dirname "$(dirname "$0")")/$n\n[ ! -f "$s" ] && exit 0\n'
        'sh -e "$s" "$@"\nc=$?\n[ $c != 0 ] && echo "husky - $n script failed (code $c)"\nexit $c\n'
    )
    for name in ("pre-commit", "post-commit", "post-rewrite", "pre-push", "commit-msg"):
        (inner / name).write_text('#!/usr/bin/env sh\n. "$(dirname "$0")/h"')
        (inner / name).chmod(0o755)
    git(clone, "config", "core.hooksPath", ".husky/_")


def executable(path: Path, text: str) -> Path:
    """Write a script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path
