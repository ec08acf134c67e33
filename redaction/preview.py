"""One file redacted for a person to look at first: where, what, which token, and masked words around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from redaction.records import file_lines
from redaction.redactor import Redaction, Redactor
from redaction.tokens import TOKEN

CONTEXT_CHARS = 24
MAX_PREVIEW = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One replacement as a person sees it. The value itself is in no field."""

    place: str
    """`line <n>`, from one, of the output."""
    entity: str
    token: str
    context: str = field(repr=False)
    """Redacted text around the token."""


def redact_file(redactor: Redactor, path: Path) -> Redaction:
    """Give the redaction of a file, read with the limits of the redactor's configuration."""
    return redactor.redact(file_lines(path, redactor.config.limits))


def preview_file(redactor: Redactor, path: Path) -> tuple[PreviewRow, ...]:
    """Give what would be replaced in a file, at most 1000 rows; the same failures as a redaction."""
    return preview_of(redact_file(redactor, path))


def preview_of(redaction: Redaction) -> tuple[PreviewRow, ...]:
    """Give what a redaction replaces, at most 1000 rows."""
    return tuple(islice(_rows(redaction), MAX_PREVIEW))


def _rows(redaction: Redaction) -> Iterator[PreviewRow]:
    for number, line in enumerate(redaction.lines(), start=1):
        text = line.decode("utf-8", "replace")
        for match in TOKEN.finditer(text):
            before = text[max(0, match.start() - CONTEXT_CHARS) : match.start()]
            after = text[match.end() : match.end() + CONTEXT_CHARS]
            entity = match.group().split(":")[1]
            shown = json.dumps(f"{before}{match.group()}{after}", ensure_ascii=False)[1:-1]
            yield PreviewRow(place=f"line {number}", entity=entity, token=match.group(), context=shown)
