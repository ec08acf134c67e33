"""Finders of passwords in rows: which column holds them is said once, above all the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from redaction.accept_secret import literal

MAX_TABLE_CHARS: Final = 256 * 1024
"""Rows of one table that are read."""
MAX_COLUMNS: Final = 64
_COLUMN: Final = re.compile(
    r"[\s\"'`\[]*(?:[a-z0-9]{1,20}[_ .-]?)?(?:pa{1,2}ss?w[a-z]{0,4}d?|pass(?:wd|phrase|code)?|pwd|secret|salt|api_?key|token)(?:[_ -]?(?:hash|digest|md5|sha\d*|salt|key|enc\w*|access\s?key|value))?[\s\"'`\]]*",
    re.IGNORECASE,
)
_HEX: Final = re.compile(r"[0-9a-fA-F]{32}(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{32}|[0-9a-fA-F]{96})?")
_INSERT: Final = re.compile(
    r"insert\s{1,8}(?:ignore\s{1,8})?into\s{1,8}[`\"'\[\]\w.]{1,120}\s{0,8}(?:\(([^()]{1,4000})\))?\s{0,8}values(?:\s|\d{1,6}→){0,40}",
    re.IGNORECASE,
)
_ACCOUNTS: Final = re.compile(
    r"into\s{1,8}[`\"'\[\]\w.]{0,60}(?:user|account|member|admin|customer|login|credential|auth|staff)[`\"'\[\]\w.]{0,60}",
    re.IGNORECASE,
)
_FIELD: Final = re.compile(r"\s*(?:[NnEeXx]?'((?:[^'\\]|\\.|'')*)'|\"((?:[^\"\\]|\\.)*)\"|([^,()'\"]*))\s*")
_NUMBERED: Final = re.compile(r"[ \t]{0,8}\d{1,6}→")
_NEXT_ROW: Final = re.compile(r"\)?\s{0,20},(?:\s|\d{1,6}→){0,200}(?=\()")
_COPY: Final = re.compile(
    r"COPY\s{1,8}[\w.\"]{1,120}\s{0,8}\(([^()]{1,4000})\)\s{1,8}FROM\s{1,8}stdin[^\n]{0,80}\n", re.IGNORECASE
)
_HEAD: Final = re.compile(r"^([^\n]{3,1000})$", re.MULTILINE)
_NAME: Final = re.compile(r"[\s\"'`]*[A-Za-z_][\w .#/-]{0,40}[\s\"'`]*")


def _wanted(columns: list[str]) -> frozenset[int]:
    return frozenset(n for n, name in enumerate(columns) if _COLUMN.fullmatch(name))


def sql_rows(text: str) -> Iterator[tuple[int, int]]:
    """Give the passwords of rows of `INSERT INTO`: of the columns that are named so, else hashes in tables of accounts."""
    past = 0
    for match in _INSERT.finditer(text):
        if match.start() < past:
            continue
        columns = match[1].split(",")[:MAX_COLUMNS] if match[1] else []
        wanted = _wanted(columns)
        accounts = _ACCOUNTS.search(match.group()) is not None
        if not wanted and not accounts:
            continue
        limit = min(len(text), match.end() + MAX_TABLE_CHARS)
        at = past = match.end()
        while text[at : at + 1] == "(":
            end = at + 1
            for number in range(MAX_COLUMNS):
                field = _FIELD.match(text, end, limit)
                if field is None:
                    break
                yield from _value(field, named=number in wanted, accounts=accounts)
                end = field.end() + 1
                if text[field.end() : end] != ",":
                    break
            past = end
            close = _NEXT_ROW.match(text, end - 1, limit)
            if close is None:
                break
            at = close.end()


def _value(field: re.Match[str], *, named: bool, accounts: bool) -> Iterator[tuple[int, int]]:
    group = 1 if field[1] is not None else 2 if field[2] is not None else 0
    if group == 0:
        return
    value = field[group]
    if (named and literal(value, "")) or (accounts and _HEX.fullmatch(value)):
        yield field.span(group)


def copied_rows(text: str) -> Iterator[tuple[int, int]]:
    """Give the passwords of rows of PostgreSQL's `COPY ... FROM stdin`."""
    for match in _COPY.finditer(text):
        wanted = _wanted(match[1].split(",")[:MAX_COLUMNS])
        if wanted:
            yield from _rows(text, match.end(), "\t", wanted, columns=match[1].count(",") + 1)


def separated_rows(text: str) -> Iterator[tuple[int, int]]:
    """Give the passwords of tables whose first line names the columns, with commas, semicolons or tabs between."""
    past = 0
    for match in _HEAD.finditer(text):
        if match.start() < past:
            continue
        line = _NUMBERED.sub("", match[1])
        sign = max(",;\t", key=line.count)
        columns = line.split(sign)
        if not 2 <= len(columns) <= MAX_COLUMNS or not all(_NAME.fullmatch(name) for name in columns):
            continue
        wanted = _wanted(columns)
        if not wanted:
            continue
        past = match.end()
        for start, end in _rows(text, match.end() + 1, sign, wanted, columns=len(columns)):
            past = end
            yield start, end


def _rows(text: str, at: int, sign: str, wanted: frozenset[int], *, columns: int) -> Iterator[tuple[int, int]]:
    limit = min(len(text), at + MAX_TABLE_CHARS)
    while at < limit:
        end = text.find("\n", at, limit)
        end = limit if end < 0 else end
        number = _NUMBERED.match(text, at, end)
        at = number.end() if number else at
        fields = text[at:end].rstrip("\r").split(sign)
        if len(fields) != columns:
            return
        start = at
        for column, value in enumerate(fields):
            bare = value.strip(" \"'")
            if column in wanted and literal(bare, "") and " " not in bare:
                first = start + value.index(bare)
                yield first, first + len(bare)
            start += len(value) + 1
        at = end + 1
