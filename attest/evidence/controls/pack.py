"""A control pack: controls in our own words, the questions each asks, what supports it, and what that does not show.

Packs are TOML files in this package, held against one closed schema. A pack is a mapping by its author, no opinion.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from attest.errors import InvalidInput
from attest.evidence.controls.queries import QUERIES

MAX_PACK_BYTES: Final = 256 * 1024
MAX_CONTROLS: Final = 64
MAX_TEXT: Final = 1200
"""Characters of one text of a pack."""
FORBIDDEN: Final = re.compile(
    r"\b(?:compl(?:y|ies|iant|iance|ied)|trusted|safe|human-written|satisf\w*|guarantee\w*)\b", re.IGNORECASE
)
"""Words that a mapping may not use of a change: it supports, and claims nothing."""
_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_PACK: Final = frozenset({"id", "title", "source", "note", "control"})
_CONTROL: Final = frozenset({"id", "title", "asks", "queries", "evidence", "not_shown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control."""

    id: str
    title: str
    asks: str
    """What the control asks for, in our own words."""
    queries: tuple[str, ...]
    """Names of `QUERIES`."""
    evidence: str
    """What of the record supports a test of it."""
    not_shown: str
    """What the record does not show; never empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One pack."""

    id: str
    title: str
    source: str
    """Which text it maps to: name and version; the text itself is not repeated."""
    note: str
    controls: tuple[Control, ...]


def packs() -> tuple[str, ...]:
    """Give the ids of the packs of this version."""
    folder = files(__package__).joinpath("packs")
    return tuple(sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml")))


@cache
def load_pack(name: str) -> Pack:
    """Give a pack by id.

    Raises:
        InvalidInput: `input.not-found`, there is none of that name; `input.malformed`, as for `parse_pack`.
    """
    if name not in packs():
        raise InvalidInput("input.not-found", "no such control pack", expected=", ".join(packs()), where=name[:80])
    return parse_pack(files(__package__).joinpath("packs", f"{name}.toml").read_bytes())


def parse_pack(data: bytes) -> Pack:
    """Read a pack strictly.

    Raises:
        InvalidInput: `input.malformed` or `input.too-large`: not TOML, a member missing or unknown, a question that does not
            exist, an id twice, an empty text, or a word that claims more than support.
    """
    if len(data) > MAX_PACK_BYTES:
        raise InvalidInput("input.too-large", "a control pack", expected=f"<= {MAX_PACK_BYTES} bytes")
    try:
        value = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise _malformed("/", "TOML in UTF-8") from err
    rows = value.get("control")
    if set(value) != _PACK or not isinstance(rows, list) or not 0 < len(rows) <= MAX_CONTROLS:
        raise _malformed("/", f"the members {', '.join(sorted(_PACK))}, with 1 to {MAX_CONTROLS} controls")
    controls = tuple(_control(row, f"/control/{at}") for at, row in enumerate(rows))
    if len({one.id for one in controls}) != len(controls):
        raise _malformed("/control", "each id once")
    return Pack(
        id=_name(value, "id", "/"),
        title=_text(value, "title", "/"),
        source=_text(value, "source", "/"),
        note=_text(value, "note", "/"),
        controls=controls,
    )


def _control(row: Any, where: str) -> Control:  # noqa: ANN401 - checked member by member
    if not isinstance(row, dict) or set(row) != _CONTROL:
        raise _malformed(where, f"the members {', '.join(sorted(_CONTROL))}")
    queries = row["queries"]
    if not isinstance(queries, list) or not queries or not all(one in QUERIES for one in map(str, queries)):
        raise _malformed(f"{where}/queries", ", ".join(QUERIES))
    return Control(
        id=_name(row, "id", where),
        title=_text(row, "title", where),
        asks=_text(row, "asks", where),
        queries=tuple(map(str, queries)),
        evidence=_text(row, "evidence", where),
        not_shown=_text(row, "not_shown", where),
    )


def _name(row: dict[str, Any], member: str, where: str) -> str:
    if not isinstance(row[member], str) or not _ID.fullmatch(row[member]):
        raise _malformed(f"{where}/{member}", "letters, digits, dots and dashes, beginning with a letter")
    return str(row[member])


def _text(row: dict[str, Any], member: str, where: str) -> str:
    value = row[member]
    if not isinstance(value, str) or not 0 < len(value.strip()) <= MAX_TEXT:
        raise _malformed(f"{where}/{member}", f"1 to {MAX_TEXT} characters")
    if FORBIDDEN.search(value):
        raise _malformed(f"{where}/{member}", "words of support only")
    return " ".join(value.split())


def _malformed(where: str, expected: str) -> InvalidInput:
    return InvalidInput("input.malformed", "not a control pack", expected=expected, where=where)
