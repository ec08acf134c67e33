"""What a redaction would take out, on a terminal: counts, then each value once with the words around its token."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from attest.cli.output import print_line
from attest.model.plain_text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redaction.preview import Preview
    from redaction.report import Report

_YELLOW: Final = "\x1b[33m"
_CYAN: Final = "\x1b[36m"
_END: Final = "\x1b[0m"
MAX_RULES: Final = 40


def print_preview(preview: Preview) -> None:
    """Print a preview; colours only where standard output is a terminal and NO_COLOR is not set."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for row in preview.rows:
        times = f"{row.count:,}x" if row.count > 1 else ""
        # Everything is made harmless before a colour is added, so no escape of a transcript reaches the terminal.
        place, entity, context = f"{row.place:<12}", f"{row.entity:<18}", printable(row.context)
        if colour:
            entity = f"{_YELLOW}{entity}{_END}"
            context = context.replace(row.token, f"{_CYAN}{row.token}{_END}")
        sys.stdout.write(f"{place}{times:>8}  {entity}{context}\n")
    if preview.left_out:
        print_line(f"and {preview.left_out:,} more values")
    print_counts(preview.report)


def print_counts(report: Report) -> None:
    """Print what was replaced, by entity and by rule, and what was dropped."""
    total = sum(count for _, count in report.by_entity)
    print_line(f"{report.records:,} records, {total:,} values replaced, second scan clean")
    print_line(f"  {report.bytes_in:,} bytes read, {report.bytes_out:,} bytes would leave")
    _table("by entity", report.by_entity)
    _table("by rule", report.by_rule)
    _table("found encoded", report.decoded_layers)
    _table("binary data taken out", report.blobs)
    for count, what in (
        (report.opaque, "fields replaced unread"),
        (report.dropped, "records over the size limit, dropped"),
        (report.text_lines, "lines that are no JSON, read as text"),
    ):
        if count:
            print_line(f"{count:>9,}  {what}")


def _table(title: str, rows: Iterable[tuple[str, int]]) -> None:
    ordered = sorted(rows, key=lambda row: (-row[1], row[0]))
    if ordered:
        print_line(f"  {title}")
    for name, count in ordered[:MAX_RULES]:
        print_line(f"{count:>9,}  {name}")
    if len(ordered) > MAX_RULES:
        print_line(f"           and {len(ordered) - MAX_RULES} more")
