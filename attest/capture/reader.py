"""The door of this package: bytes of a transcript in, `Session` out, whatever agent wrote it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from attest.capture.agent_trace.normalise import PROFILE as AGENT_TRACE
from attest.capture.agent_trace.normalise import AgentTraceNormaliser
from attest.capture.agent_trace.sniff import looks_like_agent_trace
from attest.capture.aider.normalise import PROFILE as AIDER
from attest.capture.aider.normalise import AiderNormaliser
from attest.capture.aider.sniff import looks_like_aider
from attest.capture.atif.normalise import AtifNormaliser
from attest.capture.atif.read import PROFILE as ATIF
from attest.capture.atif.sniff import looks_like_atif
from attest.capture.claude_code.read import FORMAT as CLAUDE_CODE
from attest.capture.claude_code.read import read_claude_code
from attest.capture.claude_code.sniff import looks_like_claude_code
from attest.capture.codex.read import FORMAT as CODEX
from attest.capture.codex.read import read_codex
from attest.capture.codex.sniff import looks_like_codex
from attest.capture.copilot.cli_normalise import PROFILE as COPILOT_CLI
from attest.capture.copilot.cli_normalise import TRANSCRIPT_PROFILE as COPILOT_TRANSCRIPT
from attest.capture.copilot.cli_normalise import CopilotNormaliser
from attest.capture.copilot.sniff import (
    looks_like_copilot_cli,
    looks_like_copilot_transcript,
    looks_like_vscode_session,
)
from attest.capture.copilot.vscode_normalise import PROFILE as VSCODE_SESSION
from attest.capture.copilot.vscode_normalise import VsCodeNormaliser
from attest.capture.cursor.normalise import PROFILE as CURSOR
from attest.capture.cursor.normalise import CursorNormaliser
from attest.capture.cursor.sniff import looks_like_cursor
from attest.capture.gemini.normalise import GeminiNormaliser
from attest.capture.gemini.read import PROFILE_JSON as GEMINI_JSON
from attest.capture.gemini.read import PROFILE_JSONL as GEMINI_JSONL
from attest.capture.gemini.sniff import looks_like_gemini_json, looks_like_gemini_jsonl
from attest.capture.normaliser import Normaliser, Profile
from attest.capture.opencode.normalise import OpenCodeNormaliser
from attest.capture.opencode.sniff import PROFILE as OPENCODE
from attest.capture.opencode.sniff import looks_like_opencode
from attest.capture.openhands.read import PROFILE_V0 as OPENHANDS_V0
from attest.capture.openhands.read import PROFILE_V1 as OPENHANDS_V1
from attest.capture.openhands.sniff import looks_like_v0, looks_like_v1
from attest.capture.openhands.v0 import NormaliserV0
from attest.capture.openhands.v1 import NormaliserV1
from attest.capture.otlp.genai import GenAiNormaliser
from attest.capture.otlp.sniff import PROFILE as GENAI
from attest.capture.otlp.sniff import (
    TRACES_PROFILE,
    VISUAL_STUDIO_PROFILE,
    looks_like_genai,
    looks_like_traces,
    looks_like_visual_studio,
)
from attest.capture.records import DROPPED_TYPE
from attest.capture.step_reader import read_with
from attest.capture.swe_agent.normalise import SweAgentNormaliser
from attest.capture.swe_agent.read import PROFILE as SWE_AGENT
from attest.capture.swe_agent.sniff import looks_like_swe_agent
from attest.errors import InvalidInput
from attest.model.session import Session

SNIFF_BYTES = 1024 * 1024
"""As much of the beginning is looked at to tell the format."""
SNIFF_LINES = 256


@dataclass(frozen=True, slots=True)
class Reader:
    """One format: how to tell it, and how to read it."""

    format: str
    agent: str
    sniff: Callable[[bytes], bool]
    read: Callable[..., Session]
    normaliser: Callable[[], Normaliser] | None = None
    """Makes what reads the format's records; None for a format with a reader of its own."""


def by_steps(profile: Profile, normaliser: Callable[[], Normaliser], sniff: Callable[[bytes], bool]) -> Reader:
    """Give the reader of a format that is read by its steps. `sniff` gets the first lines, of unrolled documents too."""

    def read(lines: Iterable[bytes], *, label_claimed: str | None) -> Session:
        return read_with(profile, normaliser(), lines, label_claimed=label_claimed)

    return Reader(profile.format, profile.agent, sniff, read, normaliser)


READERS: tuple[Reader, ...] = (
    Reader(CLAUDE_CODE, "claude-code", looks_like_claude_code, read_claude_code),
    Reader(CODEX, "codex", looks_like_codex, read_codex),
    by_steps(GEMINI_JSON, GeminiNormaliser, looks_like_gemini_json),
    by_steps(GEMINI_JSONL, GeminiNormaliser, looks_like_gemini_jsonl),
    by_steps(AIDER, AiderNormaliser, looks_like_aider),
    by_steps(CURSOR, CursorNormaliser, looks_like_cursor),
    by_steps(COPILOT_CLI, CopilotNormaliser, looks_like_copilot_cli),
    by_steps(COPILOT_TRANSCRIPT, CopilotNormaliser, looks_like_copilot_transcript),
    by_steps(VSCODE_SESSION, VsCodeNormaliser, looks_like_vscode_session),
    by_steps(TRACES_PROFILE, GenAiNormaliser, looks_like_traces),
    by_steps(VISUAL_STUDIO_PROFILE, GenAiNormaliser, looks_like_visual_studio),
    by_steps(GENAI, GenAiNormaliser, looks_like_genai),
    by_steps(OPENCODE, OpenCodeNormaliser, looks_like_opencode),
    by_steps(OPENHANDS_V0, NormaliserV0, looks_like_v0),
    by_steps(OPENHANDS_V1, NormaliserV1, looks_like_v1),
    by_steps(SWE_AGENT, SweAgentNormaliser, looks_like_swe_agent),
    by_steps(ATIF, AtifNormaliser, looks_like_atif),
    by_steps(AGENT_TRACE, AgentTraceNormaliser, looks_like_agent_trace),
)
"""The formats known, in the order they are tried. A format that is read by its steps adds `by_steps(...)`."""


def reader_of(format: str | None) -> Reader | None:  # noqa: A002
    """Give the reader of a format that is known."""
    return next((reader for reader in READERS if reader.format == format), None)


def sniff(head: bytes) -> str | None:
    """Give the format of a transcript from its first bytes, or None where no reader knows it."""
    return next((reader.format for reader in READERS if reader.sniff(head)), None)


def read_session(lines: Iterable[bytes], *, format: str | None = None) -> Session:  # noqa: A002
    """Give the session that a transcript's lines show, in one pass.

    `lines` are the transcript's lines in order, with their line ends (as an open binary file gives them); byte ranges in
    the evidence count from the first. `format` is what the caller believes: it is recorded as a claim, and the content
    decides. The caller bounds the length of one line in memory; a line over `MAX_LINE_BYTES` is counted, not parsed.

    Not checked: whether the transcript is whole or true.

    Raises:
        InvalidInput: `input.empty` for no bytes but white space, `input.unknown-format` where no reader knows it.
    """
    first, rest = _first_lines(iter(lines))
    head = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in first)
    if not head.strip():
        raise InvalidInput("input.empty")
    known = next((reader for reader in READERS if reader.sniff(head)), None)
    if known is None:
        raise InvalidInput(
            "input.unknown-format",
            expected=" or ".join(reader.format for reader in READERS),
            got=f"{len(head)} bytes looked at",
        )
    return known.read(itertools.chain(first, rest), label_claimed=format)


def _first_lines(lines: Iterator[bytes]) -> tuple[list[bytes], Iterator[bytes]]:
    """Take lines until there is enough to tell the format: more where the beginning is blank or was dropped."""
    first: list[bytes] = []
    seen = 0
    for line in lines:
        first.append(line)
        if line.strip() and DROPPED_TYPE.encode() not in line[:64]:
            seen += 1
        if seen >= SNIFF_LINES or sum(map(len, first[-8:])) > SNIFF_BYTES:
            break
    return first, lines
