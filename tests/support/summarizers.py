"""Programs that stand in for one that asks a model: small scripts, named as an operator would name one."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from attest.model.machine_summary import MachineSummary
from attest.usecases.summarizer import FILE_NAME

SAYS = """
import json, sys
given = sys.stdin.buffer.read()
print(json.dumps({"model": "acme/small", "version": "2026-11", "text": %s}))
"""


def name_summarizer(home: Path, code: str, **more: object) -> None:
    """Name a program that is this Python code."""
    command = [sys.executable, "-I", "-c", code]
    (home / FILE_NAME).write_text(json.dumps({"name": "acme-notes", "command": command, **more}))


def says(home: Path, text: str) -> None:
    """Name a program that reads what it is given and always says the same."""
    name_summarizer(home, SAYS % repr(text))


def written(session: str, attestation: str, text: str) -> MachineSummary:
    """Give a summary as it is kept, without running anything."""
    return MachineSummary(
        session=session,
        attestation=attestation,
        name="acme-notes",
        model="acme/small",
        version="2026-11",
        text=text,
        made_at=datetime(2026, 11, 3, 4, 5, 6, tzinfo=UTC),
        input_sha256="0" * 64,
        events=5,
        whole=False,
    )
