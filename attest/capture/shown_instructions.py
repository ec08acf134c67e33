"""The text of standing instructions that a step shows: what a format's own rules count, read here for its sentences."""

from __future__ import annotations

import re

from attest.capture.records import field, text_of
from attest.capture.steps import Attachment, Call, Injected, Result, Step
from attest.capture.tool_kinds import ToolKind

_NAME = re.compile(
    r"(?:\A|/)(?:AGENTS(?:\.override)?|CLAUDE|CLAUDE\.local|GEMINI|copilot-instructions)\.md\Z|(?:\A|/)\.(?:cursorrules|windsurfrules)\Z"
)
_AGENTS = re.compile(
    r"\A\s*# AGENTS\.md instructions[^\n]{0,1100}\n\s*<INSTRUCTIONS>\n?(?P<text>.*?)\n?</INSTRUCTIONS>", re.DOTALL
)
_NUMBERED = re.compile(r"^\s{0,8}\d{1,6}(?:→|\t|\|)", re.MULTILINE)


def shown_instructions(step: Step) -> str:
    """Give the text of standing instructions in a step, empty where it shows none."""
    match step:
        case Attachment(kind="instructions"):
            return text_of(step.fields, "text")
        case Attachment(kind="nested_memory"):
            return text_of(field(step.fields, "content"), "content")
        case Injected():
            found = _AGENTS.match(step.text)
            return found["text"] if found else ""
        case Result(call=Call(kind=ToolKind.READ) as call, is_error=False, rejected=None):
            path = text_of(call.arguments, "file_path") or text_of(call.arguments, "path")
            if not _NAME.search(path):
                return ""
            return text_of(field(step.structured, "file"), "content") or _NUMBERED.sub("", step.text)
        case _:
            return ""
