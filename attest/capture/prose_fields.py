"""Which fields of a transcript hold what people and agents say to each other, by format: names are looked for there.

Every string is scanned for secrets and known identities wherever it stands. What is named here is looked at by a language
model besides, which would take code for names; so a field of tool input or output is never named, nor one of a span's
attributes, where prose stands inside JSON inside a string.
"""

from __future__ import annotations

from typing import Final

from attest.capture.agent_trace.sniff import FORMAT as AGENT_TRACE
from attest.capture.aider.sniff import FORMAT as AIDER
from attest.capture.claude_code.record_types import FORMAT as CLAUDE_CODE
from attest.capture.codex.read import FORMAT as CODEX
from attest.capture.copilot.cli_normalise import FORMAT as COPILOT_CLI
from attest.capture.copilot.cli_normalise import TRANSCRIPT_FORMAT as COPILOT_TRANSCRIPT
from attest.capture.cursor.sniff import FORMAT as CURSOR
from attest.capture.gemini.sniff import JSON as GEMINI_JSON
from attest.capture.gemini.sniff import JSONL as GEMINI_JSONL
from attest.capture.opencode.sniff import FORMAT as OPENCODE
from attest.capture.openhands.sniff import V0 as OPENHANDS_V0
from attest.capture.openhands.sniff import V1 as OPENHANDS_V1
from attest.capture.unroll.atif import FORMAT as ATIF
from attest.capture.unroll.copilot_vscode import FORMAT as COPILOT_VSCODE
from attest.capture.unroll.swe_agent import FORMAT as SWE_AGENT

Patterns = tuple[tuple[str, ...], ...]

_COMMIT: Final[Patterns] = (("message",),)
"""The record of a commit's texts, which goes through the same redaction as the transcript."""

_BLOCKS: Final[Patterns] = (
    ("message", "content"),
    ("message", "content", "*", "text"),
    ("message", "content", "*", "thinking"),
    ("message", "content", "*", "input", "prompt"),
    ("message", "content", "*", "input", "plan"),
)

_GEMINI: Final[Patterns] = (
    ("content",),
    ("content", "*", "text"),
    ("message", "content"),
    ("thoughts", "*", "subject"),
    ("thoughts", "*", "description"),
)

_COPILOT: Final[Patterns] = (
    ("data", "content"),
    ("data", "message"),
    ("data", "reasoningText"),
    ("data", "summary"),
    ("data", "question"),
    ("data", "answer"),
)

_PROSE: Final[dict[str, Patterns]] = {
    CLAUDE_CODE: (*_BLOCKS, ("summary",), ("content",), ("lastPrompt",), ("customTitle",), ("aiTitle",)),
    CODEX: (
        ("payload", "message"),
        ("payload", "text"),
        ("payload", "content", "*", "text"),
        ("payload", "summary", "*", "text"),
        ("payload", "last_agent_message"),
        ("payload", "user_instructions"),
        ("payload", "explanation"),
    ),
    CURSOR: (*_BLOCKS, ("message", "content", "*", "input", "explanation")),
    GEMINI_JSON: _GEMINI,
    GEMINI_JSONL: _GEMINI,
    COPILOT_CLI: _COPILOT,
    COPILOT_TRANSCRIPT: _COPILOT,
    COPILOT_VSCODE: (
        ("document", "customTitle"),
        ("value", "message", "text"),
        ("value", "message", "parts", "*", "text"),
        ("value", "value"),
        ("value", "thinking", "text"),
        ("value", "response"),
        ("value", "metadata", "summaries", "*", "text"),
    ),
    OPENCODE: (("value", "text"), ("value", "title"), ("value", "summary", "title")),
    OPENHANDS_V0: (("message",), ("args", "thought"), ("args", "content"), ("args", "final_thought")),
    OPENHANDS_V1: (
        ("llm_message", "content", "*", "text"),
        ("thought", "*", "text"),
        ("reasoning_content",),
        ("action", "message"),
        ("action", "thought"),
        ("summary",),
    ),
    SWE_AGENT: (
        ("step", "thought"),
        ("step", "response"),
        ("item", "thought"),
        ("document", "replay_config", "problem_statement", "text"),
        ("document", "problem_statement"),
    ),
    ATIF: (("step", "message"), ("step", "message", "*", "text"), ("step", "reasoning_content")),
    AIDER: (("text",),),
    AGENT_TRACE: (),
}


def prose_for(format: str | None) -> Patterns:  # noqa: A002
    """Give the patterns of the prose fields of a format; for one that is not known, those of Claude Code.

    For a format whose prose stands inside encoded strings (spans of a telemetry export) only commits' messages are prose.
    """
    return (*_COMMIT, *_PROSE.get(format or CLAUDE_CODE, ()))
