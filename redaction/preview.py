"""One redaction for a person to look at first: where, what, which token, and the redacted words around it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from redaction.records import file_lines
from redaction.tokens import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from redaction.redactor import AnyRedaction, Redactor
    from redaction.report import Report

CONTEXT_CHARS: Final = 24
MAX_PREVIEW: Final = 1000
"""Most distinct values shown; the report's counts are always whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One replaced value as a person sees it. The value itself is in no field."""

    place: str
    """`line <n>`, from one, of the output: where it stands first."""
    entity: str
    token: str
    context: str = field(repr=False)
    """Redacted text around the first token; line ends are escaped, other control characters are the printer's affair."""
    count: int = 1
    """How often this value stood in the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a redaction would replace, and its whole account."""

    rows: tuple[PreviewRow, ...]
    """One for each distinct value, in the order of first sight, at most 1,000."""
    left_out: int
    """Distinct values beyond that."""
    report: Report


def redact_file(redactor: Redactor, path: Path) -> AnyRedaction:
    """Give the redaction of a file, read with the limits of the redactor's configuration."""
    return redactor.redact(file_lines(path, redactor.config.limits))


def preview_file(redactor: Redactor, path: Path) -> tuple[PreviewRow, ...]:
    """Give what would be replaced in a file, at most 1,000 rows; the same failures as a redaction."""
    return preview_of(redact_file(redactor, path)).rows


def preview_of(redaction: AnyRedaction) -> Preview:
    """Read a redaction to its end and give what it replaces; the same failures as a redaction."""
    first: dict[str, tuple[int, str]] = {}
    counts: dict[str, int] = {}
    for number, line in enumerate(redaction.lines(), start=1):
        text = line.decode("utf-8", "replace")
        for match in TOKEN.finditer(text):
            token = match.group()
            counts[token] = counts.get(token, 0) + 1
            if counts[token] == 1 and len(first) < MAX_PREVIEW:
                first[token] = number, _around(text, match.start(), match.end())
    rows = tuple(
        PreviewRow(
            place=f"line {number}", entity=token.split(":")[1], token=token, context=context, count=counts[token]
        )
        for token, (number, context) in first.items()
    )
    return Preview(rows=rows, left_out=len(counts) - len(rows), report=redaction.report)


def _around(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - CONTEXT_CHARS) : start], text[end : end + CONTEXT_CHARS]
    # A neighbour that is cut in the middle would be no token any more; what stands before the cut says enough.
    before = before.rpartition("]")[2] if "[" not in before and "]" in before else before
    return json.dumps(f"{before}{text[start:end]}{after}", ensure_ascii=False)[1:-1]
