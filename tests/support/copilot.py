"""Session logs of Copilot, event by event, for tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from attest.capture.reader import read_session
from attest.model.session import Session

CWD = "/home/ada/shop"
OID = "c" * 40


@dataclass
class Log:
    """A log under construction; every method adds one event."""

    events: list[dict[str, object]] = field(default_factory=list)

    def add(self, kind: str, data: dict[str, object], **envelope: object) -> Log:
        """Add an event of any type."""
        number = len(self.events)
        parent = f"ev-{number - 1}" if number else None
        time = f"2026-03-02T10:{number // 60:02}:{number % 60:02}.000Z"
        self.events.append(
            {"type": kind, "data": data, "id": f"ev-{number}", "timestamp": time, "parentId": parent, **envelope}
        )
        return self

    def started(self, **more: object) -> Log:
        """Begin the session."""
        context = {"cwd": CWD, "gitRoot": CWD, "branch": "till", "headCommit": OID, "baseCommit": "d" * 40}
        data: dict[str, object] = {"sessionId": "0b5c-session-1", "version": 1, "producer": "copilot-agent"}
        return self.add("session.start", {**data, "copilotVersion": "1.0.80", "context": context, **more})

    def prompt(self, text: str, **more: object) -> Log:
        """Add a message in the place of a person's."""
        return self.add("user.message", {"content": text, "attachments": [], **more})

    def call(self, call_id: str, tool: str, arguments: object, **more: object) -> Log:
        """Add the message that asks for a call, and its start."""
        asked = {"toolCallId": call_id, "name": tool, "arguments": arguments, "type": "function", **more}
        self.add("assistant.message", {"messageId": f"m-{call_id}", "content": "", "toolRequests": [asked]})
        return self.add("tool.execution_start", {"toolCallId": call_id, "toolName": tool, "arguments": arguments})

    def result(self, call_id: str, content: str = "", *, success: bool = True, **more: object) -> Log:
        """Add the end of a call."""
        told: dict[str, object] = {"toolCallId": call_id, "success": success}
        return self.add(
            "tool.execution_complete", {**told, **({"result": {"content": content}} if content else {}), **more}
        )

    def lines(self) -> list[bytes]:
        """Give the log's lines."""
        return [json.dumps(event).encode() + b"\n" for event in self.events]

    def session(self) -> Session:
        """Read it."""
        return read_session(self.lines())
