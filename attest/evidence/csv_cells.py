"""CSV that a spreadsheet opens without running it: a cell that would begin a formula begins with an apostrophe.

There is no sanitizer for all programs. This one is lossy on purpose: it is for reading. The JSON lines beside it are the
evidence of record. RFC 4180: every cell quoted, lines end with CRLF.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FORMULA_STARTS: Final = frozenset("=+-@|%")
"""What some spreadsheet takes as the beginning of a formula, a call or a command; compared after NFKC (full-width forms)."""
MAX_CELL_CHARACTERS: Final = 32_767
"""What one cell of a spreadsheet holds; a longer text ends with a mark."""
BOM: Final = "\ufeff"
"""Put before the first line by whoever asks for it: some spreadsheets read UTF-8 only so."""
_CUT: Final = "…"
_BESIDE: Final = frozenset("\t\r\n\x0b\x0c")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def csv_cell(value: str | int | None) -> str:
    """Give one quoted cell. None is an empty cell; a number stays as it is, its sign included.

    Control, format and unassigned characters become a space: they hide what a cell begins with.
    """
    if value is None:
        return '""'
    if isinstance(value, int):
        return f'"{value}"'
    text = "".join(" " if one in _BESIDE or unicodedata.category(one) in _HIDDEN else one for one in value)
    if _begins_formula(text) or (value[:1] in _BESIDE):
        text = "'" + text
    if len(text) > MAX_CELL_CHARACTERS:
        text = text[: MAX_CELL_CHARACTERS - 1] + _CUT
    return '"' + text.replace('"', '""') + '"'


def csv_line(cells: Sequence[str | int | None]) -> str:
    """Give one line with its end."""
    return ",".join(csv_cell(one) for one in cells) + "\r\n"


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[str | int | None]]) -> Iterator[str]:
    """Give the head and every row, a line at a time; no comment line, no total."""
    yield csv_line(head)
    for row in rows:
        yield csv_line(row)


def _begins_formula(text: str) -> bool:
    shown = unicodedata.normalize("NFKC", text[:64]).lstrip(" \u00a0'\"")
    return shown[:1] in FORMULA_STARTS and bool(shown)
