"""Programs that stand in for one that asks a model: small scripts, named as an operator would name one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

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
