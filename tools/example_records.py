"""Transcript records as Claude Code writes them (JSON lines), made one step at a time."""

from __future__ import annotations

import json
import random
import uuid
from datetime import datetime, timedelta
from pathlib import Path

Record = dict[str, object]

MODEL = "claude-opus-4-5-20251101"
VERSION = "2.1.39"
REJECTED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the "
    "new_string was NOT written to the file). To tell you how to proceed, the user said:\n"
)


class Transcript:
    """Collects the records of one session; ids come from the seed, times from the story."""

    def __init__(self, *, cwd: Path, seed: int, start: datetime) -> None:
        self._random = random.Random(seed)  # noqa: S311  # ids must be repeatable
        self._cwd = cwd
        self._start = start
        self._lines: list[str] = []
        self._parent: str | None = None
        self._mode = "default"
        self.session_id = self._uuid()

    def moment(self, seconds: int) -> datetime:
        """Give the time that lies `seconds` into the session."""
        return self._start + timedelta(seconds=seconds)

    def mode(self, name: str) -> None:
        """Note the permission mode from here on."""
        self._mode = name
        self._lines.append(_line({"type": "permission-mode", "permissionMode": name, "sessionId": self.session_id}))

    def user(self, seconds: int, text: str) -> None:
        """Add what the person typed."""
        record: Record = {"permissionMode": self._mode, "message": {"role": "user", "content": text}}
        self._add(seconds, "user", record)

    def say(self, seconds: int, text: str, *, think: str = "") -> None:
        """Add what the agent said, after what it thought."""
        if think:
            self._assistant(seconds, {"type": "thinking", "thinking": think, "signature": ""})
        self._assistant(seconds, {"type": "text", "text": text})

    def call(self, seconds: int, tool: str, arguments: Record) -> str:
        """Add a tool call and give its id."""
        call = "toolu_" + self._token(24)
        self._assistant(seconds, {"type": "tool_use", "id": call, "name": tool, "input": arguments})
        return call

    def result(self, seconds: int, call: str, text: str, detail: object, *, error: bool = False) -> None:
        """Add the result of a call: the text the agent saw, and the detail that the agent's own tool kept."""
        block: Record = {"type": "tool_result", "tool_use_id": call, "content": text, "is_error": error}
        record: Record = {"message": {"role": "user", "content": [block]}, "toolUseResult": detail}
        self._add(seconds, "user", record)

    def text(self) -> str:
        """Give the whole transcript, one record a line."""
        return "".join(self._lines)

    def _assistant(self, seconds: int, block: Record) -> None:
        message = {
            "id": "msg_" + self._token(24),
            "type": "message",
            "role": "assistant",
            "model": MODEL,
            "content": [block],
            "stop_reason": "tool_use" if block["type"] == "tool_use" else None,
            "stop_sequence": None,
            "usage": {
                "input_tokens": 8,
                "cache_creation_input_tokens": self._random.randrange(400, 4000),
                "cache_read_input_tokens": 18_000 + 40 * seconds,
                "output_tokens": len(json.dumps(block).replace(str(self._cwd), "")) // 4,
                "service_tier": "standard",
            },
        }
        self._add(seconds, "assistant", {"message": message, "requestId": "req_" + self._token(24)})

    def _add(self, seconds: int, kind: str, more: Record) -> None:
        own = self._uuid()
        record = {
            "parentUuid": self._parent,
            "isSidechain": False,
            "userType": "external",
            "cwd": str(self._cwd),
            "sessionId": self.session_id,
            "version": VERSION,
            "gitBranch": "main",
            "type": kind,
            **more,
            "uuid": own,
            "timestamp": self.moment(seconds).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }
        self._parent = own
        self._lines.append(_line(record))

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _token(self, count: int) -> str:
        return "".join(
            self._random.choice("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(count)
        )


def _line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
