"""Which fields of a Claude Code transcript are opaque, which are structural; every other string is scanned."""

from __future__ import annotations

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


def claude_code_fields() -> FieldPolicy:
    """Give the field policy for transcripts of Claude Code."""
    opaque = tuple(FieldRule(pattern=pattern, kind=FieldKind.OPAQUE) for pattern in _OPAQUE)
    structural = tuple(
        FieldRule(pattern=("**", key), kind=FieldKind.STRUCTURAL, shape=shape)
        for shape, keys in _STRUCTURAL
        for key in keys
    )
    return FieldPolicy(opaque + structural)
