"""Builds small sessions of OpenHands: events of the old form, and conversation folders of the new one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attest.capture.gather.openhands import gather_folder
from attest.capture.reader import read_session
from attest.capture.unroll.registry import unroller_of
from attest.model.session import Session

Event = dict[str, Any]


def read_document(value: object) -> Session:
    """Read a document as the product does: unrolled to lines, then by the reader of its format."""
    data = json.dumps(value).encode()
    unroller = unroller_of(data)
    assert unroller is not None
    return read_lines(unroller.unroll(data))


def read_lines(lines: Iterable[bytes]) -> Session:
    """Read record lines without line ends."""
    return read_session([line + b"\n" for line in lines])


def person(number: int, text: str) -> Event:
    return {"id": number, "source": "user", "action": "message", "args": {"content": text}, "message": text}


def action(number: int, name: str, call_id: str | None = None, *, tool: str = "", **args: Any) -> Event:
    event: Event = {"id": number, "source": "agent", "action": name, "args": args, "message": ""}
    if call_id:
        event["tool_call_metadata"] = {"tool_call_id": call_id, "function_name": tool or name}
    return event


def observation(number: int, cause: int, name: str, content: str = "", **extras: Any) -> Event:
    return {
        "id": number,
        "source": "agent",
        "observation": name,
        "cause": cause,
        "content": content,
        "extras": extras,
        "message": "",
    }


def ran(number: int, cause: int, code: int, content: str = "") -> Event:
    """The record of a command that ended."""
    return observation(number, cause, "run", content, metadata={"exit_code": code, "working_dir": "/home/ada/pond"})


def conversation(folder: Path, events: list[Event], **state: Any) -> Path:
    """Write a conversation folder."""
    (folder / "events").mkdir(parents=True)
    base = {
        "id": "0c9f5c52-1111-4222-8333-444455556666",
        "agent": {"llm": {"model": "provider/model-a"}},
        "workspace": {"kind": "LocalWorkspace", "working_dir": "/home/ada/pond"},
        "confirmation_policy": {"kind": "AlwaysConfirm"},
        **state,
    }
    (folder / "base_state.json").write_text(json.dumps(base))
    for number, event in enumerate(events):
        (folder / "events" / f"event-{number:05d}-{number:08d}.json").write_text(json.dumps(event))
    return folder


def read_folder(folder: Path) -> Session:
    return read_lines(gather_folder(folder, None))
