"""Texts that Codex itself writes in the place of words of a person or of a tool's output, and what they mean."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_INJECTED_OPENINGS = (
    "# AGENTS.md instructions",
    "<environment_context>",
    "<user_instructions>",
    "<user_action>",
    "<turn_aborted>",
    "<recommended_plugins>",
    "<skill>",
    "<permissions instructions>",
    "<subagent_notification>",
    "<user_shell_command>",
    "<hook_prompt",
    "Another language model started to solve this problem and produced a summary",
)
_TAGGED = re.compile(r"\A<([a-z]+(?:_[a-z]+)+)\b[^>]{0,200}>.*</\1>\Z", re.DOTALL)
"""A text that is one element with a name of Codex's own kind, such as `<environment_context>`."""
_IDE_OPENING = "# Context from my IDE setup:"
_IDE_REQUEST = re.compile(r"^## My request for Codex:[ \t]*\n?", re.MULTILINE)
_ABORTED_BY_USER = re.compile(r"\A<turn_aborted>\s*The user interrupted")

_HEAD_CHARS = 2_000
_EXIT = re.compile(r"^(?:Process exited with code|Exit code:) (-?\d{1,10})$", re.MULTILINE)
_RUNNING = re.compile(r"^Process running with session ID (\d{1,19})$", re.MULTILINE)
_HEAD_LINE = re.compile(
    r"(?:Chunk ID|Wall time|Process exited with code|Process running with session ID|Exit code|Original token count|"
    r"Total output lines|Script (?:completed|failed|running|terminated))\b[^\n]*\n"
)
_BY_PERSON = re.compile(
    r"\b(?:rejected|denied|declined) by (?:the )?user\b(?! approval settings)|\buser (?:rejected|cancelled) MCP tool call",
    re.IGNORECASE,
)
_BY_REVIEWER = re.compile(r"Rejected\(\s*\\*\"This action was rejected")
_BY_PROGRAM = re.compile(r"unacceptable risk|AskForApproval|\bpolicy\b", re.IGNORECASE)
_REFUSED = re.compile(
    r"\A(?:[^\n]{0,80}?failed\b[^\n]{0,8000}?)?Rejected\(|"
    r"\A(?:err: )?\"?user (?:rejected|cancelled) MCP tool call|"
    r"\A(?:exec command|command|patch|apply_patch)[^\n]{0,120}?(?:rejected|denied|declined) by (?:the )?user\b"
)
_NOT_STARTED = ("exec_command failed", "write_stdin failed", "failed to parse function arguments", "unsupported call")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutput:
    """What Codex wrote around the output of a tool."""

    text: str
    """The output itself."""
    exit: int | None
    """As Codex recorded it ahead of the output; a number inside the output never counts."""
    running: str | None
    """The id under which the process runs on; None where it ended or nothing says so."""
    headed: bool
    """True where Codex's own lines stand ahead of the output: the tool ran."""


def injected_kind(text: str) -> str | None:
    """Give the kind of text in a prompt's place that a program wrote, or None where a person may have written it."""
    stripped = text.strip()
    for opening in _INJECTED_OPENINGS:
        if stripped.startswith(opening):
            return opening.strip("<>#").split(" ", 1)[0].strip(">") or "AGENTS.md"
    tag = _TAGGED.match(stripped)
    return tag[1] if tag else None


def is_interrupt(text: str) -> bool:
    """Tell whether the text is the note that a person interrupted the turn."""
    return _ABORTED_BY_USER.match(text.strip()) is not None


def words_of(text: str) -> str:
    """Give a prompt without the context that an editor's extension put before it."""
    stripped = text.strip()
    if stripped.startswith(_IDE_OPENING):
        requests = list(_IDE_REQUEST.finditer(stripped))
        return stripped[requests[-1].end() :].strip() if requests else ""
    return stripped


def tool_output(text: str) -> ToolOutput:
    """Take Codex's own lines off the output of a tool, in any of the forms that versions 0.99 to 0.145 write."""
    if text.startswith('{"output":'):
        told = _json_object(text)
        metadata = told.get("metadata")
        code = metadata.get("exit_code") if isinstance(metadata, dict) else None
        output = told.get("output")
        if isinstance(output, str) and isinstance(code, int) and not isinstance(code, bool):
            return ToolOutput(text=output, exit=code, running=None, headed=True)
    head, output = _split_head(text)
    codes, running = _EXIT.findall(head), _RUNNING.findall(head)
    exit_code = int(codes[0]) if len(codes) == 1 and not running else None
    return ToolOutput(
        text=output, exit=exit_code, running=running[0] if len(running) == 1 and not codes else None, headed=bool(head)
    )


def not_started(text: str) -> bool:
    """Tell whether an output without Codex's own head says that nothing was run."""
    return text.startswith(_NOT_STARTED) or refused(text)


def refused(text: str) -> bool:
    """Tell whether an output without Codex's own head says that the call was not let through, by whomever."""
    return _REFUSED.search(text[:8_400]) is not None


def refused_by_person(text: str, reviewer: str | None) -> bool:
    """Tell whether a refused call was refused by a person.

    A rule of the program or an automatic reviewer refuses in similar words. `reviewer` is who the turn says reviews
    approvals; None where it does not say, which was always a person.
    """
    if _BY_PERSON.search(text[:8_400]):
        return True
    return (
        _BY_REVIEWER.search(text[:8_400]) is not None
        and _BY_PROGRAM.search(text[:8_400]) is None
        and reviewer in (None, "user")
    )


def _split_head(text: str) -> tuple[str, str]:
    """Give Codex's lines up to `Output:`, and what stands behind; no lines where the text is not of that form."""
    place = 0
    while place < _HEAD_CHARS:
        if text.startswith("Output:", place) and place:
            return text[:place], text[place + len("Output:") :].removeprefix("\n")
        line = _HEAD_LINE.match(text, place)
        if line is None:
            return "", text
        place = line.end()
    return "", text


def _json_object(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
