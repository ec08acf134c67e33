"""Builds small sessions of Gemini CLI, as JSON Lines or as one document."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from attest.capture.reader import read_session
from attest.capture.unroll.registry import unroller_of
from attest.model.session import Session

SESSION = "5f0c7a52-0000-4000-8000-00000000000a"
HEADER = {
    "sessionId": SESSION,
    "projectHash": "ab" * 32,
    "startTime": "2026-03-01T10:00:00.000Z",
    "lastUpdated": "2026-03-01T10:00:00.000Z",
}


@dataclass(slots=True)
class Chat:
    """Grows by one message per call."""

    header: dict[str, Any] = field(default_factory=lambda: dict(HEADER))
    records: list[dict[str, Any]] = field(default_factory=list)

    def add(self, **fields: Any) -> Chat:
        self.records.append(fields)
        return self

    def message(self, kind: str, content: Any, **fields: Any) -> Chat:
        number = len(self.records)
        own = {"id": f"m{number}", "timestamp": f"2026-03-01T10:00:{number:02d}.000Z", "type": kind, "content": content}
        return self.add(**(own | fields))

    def prompt(self, text: str, **fields: Any) -> Chat:
        return self.message("user", [{"text": text}], **fields)

    def says(self, text: str, **fields: Any) -> Chat:
        return self.message("gemini", text, model="gemini-3-pro", **fields)

    def calls(self, *calls: dict[str, Any], **fields: Any) -> Chat:
        return self.says("", toolCalls=list(calls), **fields)

    def shell(self, command: str, answer: str, **fields: Any) -> Chat:
        return self.calls(call("run_shell_command", {"command": command}, answer, **fields))

    def lines(self) -> list[bytes]:
        return [json.dumps(one).encode() + b"\n" for one in (self.header, *self.records)]

    def session(self) -> Session:
        return read_session(self.lines())

    def document(self) -> bytes:
        return json.dumps({**self.header, "messages": self.records}, indent=2).encode()

    def unrolled(self) -> list[bytes]:
        unroller = unroller_of(self.document())
        assert unroller is not None
        return [line + b"\n" for line in unroller.unroll(self.document())]


_COUNT = iter(range(10**9))


def call(
    name: str, args: dict[str, Any], answer: str | None, *, status: str = "success", **more: Any
) -> dict[str, Any]:
    own = more.pop("id", f"{name}-{next(_COUNT)}")
    key = "output" if status == "success" else "error"
    result = (
        [{"functionResponse": {"id": own, "name": name, "response": {key: answer}}}] if answer is not None else None
    )
    told = {"id": own, "name": name, "args": args, "status": status, "timestamp": "2026-03-01T10:00:30.000Z"}
    return told | {"result": result} | more
