"""Repositories with Entire checkpoints, made as its documentation describes them: a branch, or one ref each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.support.repository import GitRepository

BRANCH = "entire/checkpoints/v1"


@dataclass
class StoredSession:
    """One session of a checkpoint."""

    native_id: str
    edits: dict[str, list[str]]
    """Lines written, by path."""
    at: int
    files: list[str] | None = None
    """What the metadata says was touched; None: the paths of the edits."""
    agent: str = "Claude Code"
    kind: str | None = None
    transcript: bytes | None = None

    def touched(self) -> list[str]:
        return sorted(self.edits) if self.files is None else self.files

    def jsonl(self) -> bytes:
        if self.transcript is not None:
            return self.transcript
        rows = [{"type": "user", "uuid": "u0", "sessionId": self.native_id, "cwd": "/home/ada/pond",
                 "timestamp": stamp(self.at - 600), "version": "2.1.9",
                 "message": {"role": "user", "content": "Please do it."}}]  # fmt: skip
        for number, (path, lines) in enumerate(self.edits.items(), 1):
            call = {"type": "tool_use", "id": f"t{number}", "name": "Write",
                    "input": {"file_path": f"/home/ada/pond/{path}", "content": "\n".join(lines) + "\n"}}  # fmt: skip
            rows.append({"type": "assistant", "uuid": f"u{number}", "parentUuid": f"u{number - 1}",
                         "sessionId": self.native_id, "cwd": "/home/ada/pond", "timestamp": stamp(self.at - 300),
                         "version": "2.1.9",
                         "message": {"id": f"m{number}", "role": "assistant", "model": "model-a", "content": [call]}})  # fmt: skip
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@dataclass
class Checkpoints:
    """Collects checkpoints and writes them into a repository at once."""

    stored: dict[str, list[StoredSession]] = field(default_factory=dict)
    linked: dict[str, list[str]] = field(default_factory=dict)
    more: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Further files by checkpoint, which stand for those of the same path."""

    def add(self, checkpoint_id: str, *sessions: StoredSession) -> None:
        self.stored.setdefault(checkpoint_id, []).extend(sessions)

    def files(self, checkpoint_id: str) -> dict[str, bytes]:
        sessions = self.stored[checkpoint_id]
        touched = sorted({path for session in sessions for path in session.touched()})
        root: dict[str, object] = {
            "checkpoint_id": checkpoint_id, "strategy": "manual-commit", "branch": "work", "checkpoints_count": 1,
            "files_touched": touched, "sessions": [],
        }  # fmt: skip
        if checkpoint_id in self.linked:
            root["linked_commits"] = [{"sha": oid} for oid in self.linked[checkpoint_id]]
        out = {"metadata.json": json.dumps(root).encode()}
        for number, session in enumerate(sessions):
            document = {
                "checkpoint_id": checkpoint_id, "session_id": session.native_id, "strategy": "manual-commit",
                "created_at": stamp(session.at), "branch": "work", "files_touched": session.touched(),
                "agent": session.agent,
            } | ({"kind": session.kind} if session.kind else {})  # fmt: skip
            out[f"{number}/metadata.json"] = json.dumps(document).encode()
            out[f"{number}/prompt.txt"] = b"Please do it.\n"
            data = session.jsonl()
            if data:
                out[f"{number}/full.jsonl"] = data
        return out | self.more.get(checkpoint_id, {})

    def write_branch(self, repo: GitRepository, *, ref: str = f"refs/heads/{BRANCH}") -> None:
        """Write all as the tree of one orphan branch."""
        rows = []
        for name in self.stored:
            for path, data in self.files(name).items():
                rows.append((f"{name[:2]}/{name[2:]}/{path}", data))
        self._commit(repo, rows, ref)

    def write_refs(self, repo: GitRepository) -> None:
        """Write each as a ref of its own."""
        for name in self.stored:
            self._commit(repo, list(self.files(name).items()), f"refs/entire/checkpoints/{name[-2:]}/{name}")

    @staticmethod
    def _commit(repo: GitRepository, rows: list[tuple[str, bytes]], ref: str) -> None:
        stream = [f"commit {ref}\ncommitter Ada <ada@example.test> 1700000000 +0000\ndata 10\nCheckpoint\n".encode()]
        for path, data in rows:
            stream.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
        repo.git_bytes("fast-import", "--quiet", "--force", data=b"".join(stream))


def stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"
