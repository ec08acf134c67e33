"""Builds small Codex rollouts, record by record."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from attest.capture.reader import read_session
from attest.model.session import Session

CWD = "/home/ada/pond"


@dataclass(slots=True)
class Rollout:
    """Grows by one record per call; `session()` reads it."""

    records: list[bytes] = field(default_factory=list)
    calls: int = 0

    def raw(self, line: bytes) -> Rollout:
        self.records.append(line)
        return self

    def add(self, kind: str, **payload: Any) -> Rollout:
        number = len(self.records)
        stamp = f"2026-03-01T10:{number // 60:02d}:{number % 60:02d}.000Z"
        return self.raw(json.dumps({"timestamp": stamp, "type": kind, "payload": payload}).encode())

    def meta(self, native: str = "019c0000-0000-7000-8000-000000000001", **more: Any) -> Rollout:
        return self.add("session_meta", id=native, cwd=CWD, originator="codex-tui", cli_version="0.136.0", **more)

    def turn(self, policy: Any = "on-request", *, model: str = "model-a", **more: Any) -> Rollout:
        sandbox = {"type": "workspace-write", "network_access": False, "writable_roots": [CWD]}
        return self.add(
            "turn_context",
            **({"cwd": CWD, "approval_policy": policy, "sandbox_policy": sandbox, "model": model} | more),
        )

    def item(self, kind: str, **payload: Any) -> Rollout:
        return self.add("response_item", type=kind, **payload)

    def event(self, kind: str, **payload: Any) -> Rollout:
        return self.add("event_msg", type=kind, **payload)

    def message(self, role: str, *texts: str) -> Rollout:
        kind = "output_text" if role == "assistant" else "input_text"
        return self.item("message", role=role, content=[{"type": kind, "text": text} for text in texts])

    def prompt(self, text: str) -> Rollout:
        return self.message("user", text).event("user_message", message=text)

    def says(self, text: str) -> Rollout:
        return self.event("agent_message", message=text).message("assistant", text)

    def call(self, tool: str, **arguments: Any) -> Rollout:
        self.calls += 1
        return self.item("function_call", name=tool, arguments=json.dumps(arguments), call_id=f"call_{self.calls}")

    def custom(self, tool: str, text: str) -> Rollout:
        self.calls += 1
        return self.item("custom_tool_call", name=tool, input=text, call_id=f"call_{self.calls}")

    def output(self, output: Any, *, call: int = 0) -> Rollout:
        return self.item("function_call_output", call_id=f"call_{call or self.calls}", output=output)

    def shell(self, command: str, output: str = "", *, code: int = 0, **arguments: Any) -> Rollout:
        return self.call("exec_command", cmd=command, **arguments).output(ended(output, code))

    def patch(self, *lines: str, applied: dict[str, Any] | None = None) -> Rollout:
        self.custom("apply_patch", "\n".join(("*** Begin Patch", *lines, "*** End Patch")))
        if applied is not None:
            self.event("patch_apply_end", call_id=f"call_{self.calls}", success=True, changes=applied)
        return self.output("Exit code: 0\nWall time: 0.1 seconds\nOutput:\nSuccess.")

    def tokens(self, total: int, last: int, *, cached: int = 0) -> Rollout:
        info = {
            "total_token_usage": {"input_tokens": total, "output_tokens": 1, "total_tokens": total + 1},
            "last_token_usage": {"input_tokens": last, "cached_input_tokens": cached, "output_tokens": 1},
        }
        return self.event("token_count", info=info)

    def lines(self) -> list[bytes]:
        return [record + b"\n" for record in self.records]

    def session(self) -> Session:
        return read_session(self.lines())


def started() -> Rollout:
    """Give a rollout with identity, turn and a first prompt."""
    return Rollout().meta().turn().prompt("Go")


def ended(output: str, code: int) -> str:
    """Give a tool output with the lines that Codex writes ahead of it."""
    return f"Chunk ID: 0a0a0a\nWall time: 0.1 seconds\nProcess exited with code {code}\nOriginal token count: 3\nOutput:\n{output}"


def running(process: int) -> str:
    """Give the tool output of a process that runs on."""
    return (
        f"Chunk ID: 0b0b0b\nWall time: 1.0 seconds\nProcess running with session ID {process}\n"
        "Original token count: 0\nOutput:\n"
    )
