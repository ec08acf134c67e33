"""Names are looked for in what is said, in every format, and never in what tools are given or give back."""

from __future__ import annotations

import json

import pytest

from attest.capture.fields import fields_for
from attest.capture.prose_fields import prose_for
from attest.capture.reader import READERS
from redaction.fields import matches

INSIDE_STRINGS = {"agent-trace/json", "otlp/genai", "visualstudio-copilot/otlp", "copilot-vscode/traces"}
"""Formats whose prose stands in encoded strings, or that hold none."""


@pytest.mark.parametrize("name", sorted({reader.format for reader in READERS}))
def test_every_format_says_where_its_prose_stands(name: str) -> None:
    patterns = prose_for(name)
    assert ("message",) in patterns
    assert (len(patterns) == 1) == (name in INSIDE_STRINGS)
    assert fields_for(name).prose == patterns


@pytest.mark.parametrize(
    "path, prose",
    [
        (["message", "content"], True),
        (["message", "content", 2, "text"], True),
        (["message", "content", 0, "thinking"], True),
        (["message", "content", 0, "content", 0, "text"], False),
        (["message", "content", 0, "input", "command"], False),
        (["toolUseResult", "stdout"], False),
        (["cwd"], False),
    ],
)
def test_claude_code_talks_in_text_and_thinking(path: list[str | int], prose: bool) -> None:
    assert any(matches(pattern, path) for pattern in prose_for("claude-code/jsonl")) is prose


def test_the_policy_digest_tells_prose_fields() -> None:
    assert ["message/content/*/text", "prose", ""] in json.loads(json.dumps(fields_for(None).describe()))
