"""Builds small Claude Code transcripts, record by record."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from attest.capture.reader import read_session
from attest.model.session import Session

REFUSED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the "
    "new_string was NOT written to the file). "
)


@dataclass(slots=True)
class Transcript:
    """Grows by one record per call; `session()` reads it."""

    cwd: str = "/home/ada/pond"
    records: list[bytes] = field(default_factory=list)
    calls: int = 0

    def raw(self, line: bytes) -> Transcript:
        self.records.append(line)
        return self

    def add(self, kind: str, **fields: Any) -> Transcript:
        number = len(self.records)
        record = {
            "type": kind,
            "uuid": f"u{number}",
            "parentUuid": f"u{number - 1}" if number else None,
            "sessionId": "s1",
            "version": "2.1.9",
            "cwd": self.cwd,
            "timestamp": f"2026-03-01T10:{number // 60:02d}:{number % 60:02d}.000Z",
            "isSidechain": False,
        }
        return self.raw(json.dumps(record | fields).encode())

    def prompt(self, text: str, **fields: Any) -> Transcript:
        return self.add("user", message={"role": "user", "content": text}, **fields)

    def says(self, text: str, **fields: Any) -> Transcript:
        return self.agent({"type": "text", "text": text}, **fields)

    def agent(
        self, block: dict[str, Any], *, message_id: str = "", usage: dict[str, int] | None = None, **fields: Any
    ) -> Transcript:
        message = {
            "role": "assistant",
            "model": "model-a",
            "id": message_id or f"m{len(self.records)}",
            "content": [block],
        }
        return self.add("assistant", message=message | ({"usage": usage} if usage else {}), **fields)

    def call(self, tool: str, **arguments: Any) -> Transcript:
        self.calls += 1
        return self.agent({"type": "tool_use", "id": f"t{self.calls}", "name": tool, "input": arguments})

    def result(self, text: str = "", *, error: bool = False, told: Any = None, call: int = 0) -> Transcript:
        block = {"type": "tool_result", "tool_use_id": f"t{call or self.calls}", "content": text, "is_error": error}
        return self.add(
            "user", message={"role": "user", "content": [block]}, toolUseResult=told if told is not None else {}
        )

    def shell(self, command: str, output: str = "", *, code: int = 0, told: Any = None) -> Transcript:
        self.call("Bash", command=command)
        return self.result(f"Exit code {code}\n{output}" if code else output, error=bool(code), told=told)

    def edit(self, path: str, old: str, new: str, **told: Any) -> Transcript:
        return self.call("Edit", file_path=path, old_string=old, new_string=new).result("updated", told=told)

    def refused(self, reason: str = "") -> Transcript:
        rest = (
            f"To tell you how to proceed, the user said:\n{reason}" if reason else "STOP what you are doing and wait."
        )
        return self.result(REFUSED + rest, error=True, told="Error")

    def interrupted(self, *, tool: bool = False) -> Transcript:
        text = "[Request interrupted by user for tool use]" if tool else "[Request interrupted by user]"
        return self.add("user", message={"role": "user", "content": [{"type": "text", "text": text}]})

    def lines(self) -> list[bytes]:
        return [record + b"\n" for record in self.records]

    def session(self) -> Session:
        return read_session(self.lines())
