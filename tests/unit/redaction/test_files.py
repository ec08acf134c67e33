"""Files in which programs keep passwords: as plain text, and as an agent's tool prints them."""

from __future__ import annotations

import json

import pytest

from redaction.redactor import Redactor
from tests.support.plants.files import TEMPLATES, filled

from .conftest import run

SEEDS = ("quillbox", "sandpiper")
LEAST = 0.97
"""Of all values; a file in which most of the values stay is a form that is not known."""


def _lines(text: str, form: str) -> list[bytes]:
    if form == "plain":
        return [line.encode() + b"\n" for line in text.splitlines()]
    if form == "numbered":
        text = "".join(f"{number:6d}\u2192{line}\n" for number, line in enumerate(text.splitlines(), 1))
    return [json.dumps({"type": "user", "content": text}).encode() + b"\n"]


@pytest.mark.parametrize("form", ["plain", "json", "numbered"])
def test_secrets_of_well_known_files_are_taken_out(redactor: Redactor, form: str) -> None:
    total, left = 0, []
    for name in TEMPLATES:
        for seed in SEEDS:
            file = filled(name, f"{seed}/{form}")
            total += len(file.values)
            left += [(name, value) for value in file.left_in(run(redactor, *_lines(file.text, form)).decode())]
    assert len(left) <= (1 - LEAST) * total, left
