"""Every pointer of every derived item leads to something in the record it names."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attest.capture.reader import SNIFF_BYTES, read_session, sniff
from attest.capture.transcript import Transcript
from attest.model.basis import Evidence


def _evidence(value: object) -> Iterator[Evidence]:
    if isinstance(value, Evidence):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _evidence(item)
    elif dataclasses.is_dataclass(value):
        for member in dataclasses.fields(value):
            yield from _evidence(getattr(value, member.name))


def _resolves(record: Any, pointer: str) -> bool:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(record, dict) and name in record:
            record = record[name]
        elif isinstance(record, list) and name.isdigit() and int(name) < len(record):
            record = record[int(name)]
        else:
            return False
    return True


@pytest.mark.parametrize(
    "folder", ["atif", "claude-code", "codex", "copilot", "cursor", "gemini", "openhands", "opencode", "swe-agent"]
)
def test_pointers_resolve(shared: Path, folder: str) -> None:
    for path in sorted((shared / "samples" / folder).iterdir()):
        source = Transcript.open(path)
        if sniff(source.head(SNIFF_BYTES)) is None:
            continue
        lines = list(source.lines())
        records = [json.loads(line) if line[:1] == b"{" else {} for line in lines]
        session = read_session(line + b"\n" for line in lines)
        broken = {one.pointer for one in _evidence(session) if not _resolves(records[one.record], one.pointer)}
        assert broken == set(), path.name
        for one in _evidence(session.events):
            assert one.byte_end - one.byte_start == len(lines[one.record].rstrip(b"\r"))
