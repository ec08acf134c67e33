"""Which fields of a transcript are opaque, which are structural, by format; every other string is scanned."""

from __future__ import annotations

from attest.capture.agent_trace.sniff import FORMAT as AGENT_TRACE
from attest.capture.claude_code.read import FORMAT as CLAUDE_CODE
from attest.capture.codex.read import FORMAT as CODEX
from attest.capture.copilot.cli_normalise import PROFILE as COPILOT_CLI
from attest.capture.copilot.cli_normalise import TRANSCRIPT_PROFILE as COPILOT_TRANSCRIPT
from attest.capture.gemini.sniff import JSON as GEMINI_JSON
from attest.capture.gemini.sniff import JSONL as GEMINI_JSONL
from attest.capture.opencode.sniff import FORMAT as OPENCODE
from attest.capture.openhands.sniff import V0 as OPENHANDS_V0
from attest.capture.openhands.sniff import V1 as OPENHANDS_V1
from attest.capture.otlp.sniff import PROFILE as GENAI
from attest.capture.otlp.sniff import TRACES_PROFILE, VISUAL_STUDIO_PROFILE
from attest.capture.prose_fields import Patterns, prose_for
from attest.capture.unroll.atif import FORMAT as ATIF
from attest.capture.unroll.swe_agent import FORMAT as SWE_AGENT
from redaction.fields import FieldKind, FieldPolicy, FieldRule

_OPAQUE = (
    ("**", "signature"),
    ("**", "thinkingMetadata", "signature"),
    ("**", "source", "data"),
    ("**", "file", "base64"),
)
"""Signatures of thinking blocks and image data: ciphertext and pixels, nothing a reader of the session could use."""

_STRUCTURAL: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("uuid", ("uuid", "parentUuid", "sessionId", "leafUuid", "logicalParentUuid", "messageId", "promptId")),
    ("id", ("requestId", "tool_use_id", "toolUseID", "parentToolUseID", "sourceToolUseID", "id")),
    ("timestamp", ("timestamp",)),
    ("word", ("type", "role", "stop_reason", "userType", "service_tier", "subtype", "level", "permissionMode")),
    ("version", ("version",)),
    ("model", ("model",)),
)
"""(shape, keys). A value that has not the shape is scanned like any other."""


_CODEX_OPAQUE = (("**", "encrypted_content"), ("**", "image_url"))
"""Reasoning that the vendor encrypts, and images."""

_CODEX_STRUCTURAL: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("uuid", ("id", "session_id", "turn_id", "forked_from_id", "thread_id", "window_id")),
    ("id", ("call_id",)),
    ("timestamp", ("timestamp",)),
    ("word", ("type", "role", "phase", "status", "approval_policy", "approvals_reviewer", "reason", "effort")),
    ("version", ("cli_version",)),
    ("model", ("model",)),
)


_Structural = tuple[tuple[str, tuple[str, ...]], ...]

_GENERAL_OPAQUE = (
    ("**", "encrypted_content"),
    ("**", "encryptedContent"),
    ("**", "thoughtSignature"),
    ("**", "thought_signature"),
    ("**", "reasoning_opaque"),
    ("**", "reasoningOpaque"),
    ("**", "inlineData", "data"),
    ("**", "inline_data", "data"),
    ("**", "source", "data"),
)
"""Reasoning that a vendor encrypts, signatures, and images, under the names that agents give them."""

_GENERAL_STRUCTURAL: _Structural = (
    ("uuid", ("id", "uuid", "sessionId", "session_id", "parentId", "parent_id", "messageId", "message_id")),
    ("id", ("id", "call_id", "callId", "tool_call_id", "toolCallId", "tool_use_id")),
    ("timestamp", ("timestamp", "startTime", "lastUpdated", "time", "created_at", "updated_at")),
    ("word", ("type", "role", "status", "kind", "action", "observation", "source")),
    ("version", ("version", "cli_version", "copilotVersion")),
    ("model", ("model", "modelId", "modelID")),
)
"""For formats that are read by their steps; a value that has not the shape is scanned like any other."""

_THINKING = (("**", "signature"),)
"""What a vendor signs its reasoning with."""

_SPANS: _Structural = (
    ("span", ("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id")),
    ("nanoseconds", ("startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "observedTimeUnixNano")),
)
_COPILOT_BINARY = (("data", "data"), ("**", "attachments", "*", "data"), ("**", "binaryResultsForLlm", "*", "data"))
"""Images and other files that a session log carries as base64."""
_OPENCODE: _Structural = (
    ("id", ("callID", "messageID", "sessionID", "parentID", "session", "parent_id", "sessionId")),
    ("uuid", ("callID",)),
    ("word", ("tool", "agent", "mode")),
)

_GEMINI: _Structural = (("uuid", ("$rewindTo",)),)

_MORE: dict[str, tuple[tuple[tuple[str, ...], ...], _Structural]] = {
    GEMINI_JSON: ((), _GEMINI),
    GEMINI_JSONL: ((), _GEMINI),
    OPENHANDS_V0: (_THINKING, ()),
    OPENHANDS_V1: (_THINKING, (("uuid", ("action_id",)), ("id", ("action_id", "llm_response_id")))),
    SWE_AGENT: (_THINKING, ()),
    ATIF: (
        (),
        (
            ("uuid", ("trajectory_id", "trajectory")),
            ("id", ("source_call_id", "trajectory_id", "trajectory")),
            ("word", ("actor",)),
            ("model", ("model_name",)),
        ),
    ),
    AGENT_TRACE: ((), (("model", ("model_id",)),)),
    OPENCODE: ((), _OPENCODE),
    COPILOT_CLI.format: (_COPILOT_BINARY, ()),
    COPILOT_TRANSCRIPT.format: (_COPILOT_BINARY, ()),
    GENAI.format: ((), _SPANS),
    VISUAL_STUDIO_PROFILE.format: ((), _SPANS),
    TRACES_PROFILE.format: ((), _SPANS),
}
"""By format: what is opaque and what is structural beyond the general policy."""


def fields_for(format: str | None) -> FieldPolicy:  # noqa: A002
    """Give the field policy for transcripts of a format; for one that is not known, that of Claude Code."""
    if format == CODEX:
        return codex_fields()
    if format in (None, CLAUDE_CODE):
        return claude_code_fields()
    opaque, structural = _MORE.get(format, ((), ()))
    return _policy((*_GENERAL_OPAQUE, *opaque), (*_GENERAL_STRUCTURAL, *structural), prose_for(format))


def claude_code_fields() -> FieldPolicy:
    """Give the field policy for transcripts of Claude Code."""
    return _policy(_OPAQUE, _STRUCTURAL, prose_for(CLAUDE_CODE))


def codex_fields() -> FieldPolicy:
    """Give the field policy for rollouts of Codex."""
    return _policy(_CODEX_OPAQUE, _CODEX_STRUCTURAL, prose_for(CODEX))


def _policy(opaque: Patterns, structural: _Structural, prose: Patterns) -> FieldPolicy:
    unread = tuple(FieldRule(pattern=pattern, kind=FieldKind.OPAQUE) for pattern in opaque)
    kept = tuple(
        FieldRule(pattern=("**", key), kind=FieldKind.STRUCTURAL, shape=shape)
        for shape, keys in structural
        for key in keys
    )
    return FieldPolicy(unread + kept, prose)
