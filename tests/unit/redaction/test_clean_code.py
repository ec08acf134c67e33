"""Programs that speak of passwords and hold none: nothing is taken out of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from redaction.redactor import Redactor

from .conftest import run

_SOURCE = Path(__file__).parents[2] / "support" / "plants" / "clean_code.txt"
_PARTS = re.split(r"^=== ", _SOURCE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
SNIPPETS = {name: text for name, _, text in (part.partition("\n") for part in _PARTS)}


@pytest.mark.parametrize("name", SNIPPETS)
def test_nothing_is_taken_out_of_code_that_only_speaks_of_secrets(redactor: Redactor, name: str) -> None:
    lines = [line.encode() + b"\n" for line in SNIPPETS[name].splitlines()]
    changed = [line for line in run(redactor, *lines).decode().splitlines() if "[REDACTED:" in line]
    assert changed == []
