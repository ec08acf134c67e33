"""The query language of a responder: `entity:file=config/keys.pem op:read since:30d`, parsed within bounds, nothing else.

Terms stand apart by spaces and all must hold. A value may be quoted (`cmd:~"curl .*"`), in quotes a
backslash keeps a quotation mark or a backslash. A word without a key is looked for in the redacted text. There is no key for a person.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from attest.errors import InvalidInput
from attest.model.search_touch import Entity, Op
from attest.model.times import read_moment

MAX_QUERY_CHARS: Final = 1024
MAX_TERMS: Final = 16
MAX_VALUE_CHARS: Final = 512
MAX_DAYS: Final = 36_600
"""A relative time reaches back a hundred years at most."""
_SHORT: Final = {
    "secret": Entity.SECRET,
    "file": Entity.FILE,
    "url": Entity.URL,
    "host": Entity.HOST,
    "env": Entity.ENV,
    "mcp": Entity.MCP,
    "cmd": Entity.COMMAND,
    "perm": Entity.PERMISSION,
    "model": Entity.MODEL,
    "fingerprint": Entity.FINGERPRINT,
}
_FILTERS: Final = frozenset({"agent", "repo", "session", "commit", "op", "since", "until", "text", "entity"})
KEYS: Final = tuple(sorted({*_SHORT, *_FILTERS}))
_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_RELATIVE: Final = re.compile(r"([0-9]{1,6})([hdw])", re.ASCII)
_FINGERPRINT: Final = re.compile(r"fp_[0-9a-f]{64}", re.ASCII)
_KEY: Final = re.compile(r"([a-z]{1,16}):", re.ASCII)


class Match(Enum):
    """How a value is compared."""

    EXACT = "exact"
    GLOB = "glob"
    """`*` is any run of characters (in a path: inside one name), `?` one, `**` in a path any number of folders."""
    REGEXP = "regexp"
    """An RE2 expression, found anywhere in the value; its time is linear in the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing that a session must have touched."""

    entity: Entity
    value: str
    match: Match

    def to_text(self) -> str:
        """Give the term as it is typed."""
        mark = "~" if self.match is Match.REGEXP else ""
        return f'entity:{self.entity.value}={mark}"{self.value}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """A parsed query. Empty members ask for nothing."""

    terms: tuple[Term, ...] = ()
    op: Op | None = None
    words: tuple[str, ...] = ()
    agent: str = ""
    repository: str = ""
    session: str = ""
    commit: str = ""
    since: datetime | timedelta | None = None
    """A moment, or how long before the one at which the query is asked."""
    until: datetime | timedelta | None = None

    @property
    def narrows(self) -> bool:
        """Say whether anything but a time is asked."""
        return bool(self.terms or self.words or self.agent or self.repository or self.session or self.commit)


def parse_query(text: str) -> SearchQuery:
    """Parse a query.

    Raises:
        InvalidInput: `search.query`: too long, too many terms, an unknown key, a value that is none of its key's.
    """
    if len(text) > MAX_QUERY_CHARS:
        raise _bad("the query is too long", expected=f"<= {MAX_QUERY_CHARS} characters")
    tokens = _tokens(text)
    if len(tokens) > MAX_TERMS:
        raise _bad("the query has too many terms", expected=f"<= {MAX_TERMS} terms")
    gathered = _Gathered()
    for key, value in tokens:
        gathered.add(key, value)
    return gathered.query()


def moment_of(value: datetime | timedelta | None, now: datetime) -> datetime | None:
    """Give the moment that `since` or `until` means at a time of asking."""
    return now - value if isinstance(value, timedelta) else value


class _Gathered:
    def __init__(self) -> None:
        self._terms: list[Term] = []
        self._words: list[str] = []
        self._one: dict[str, str] = {}
        self._op: Op | None = None
        self._times: dict[str, datetime | timedelta] = {}

    def add(self, key: str, value: str) -> None:
        if not value:
            raise _bad("a term has no value", where=key or "text")
        if key in {"", "text"}:
            self._words.append(value)
        elif key == "entity":
            name, _, rest = value.partition("=")
            if name not in _SHORT or not rest:
                raise _bad("an entity is written KIND=VALUE", expected=", ".join(sorted(_SHORT)), where="entity")
            self._terms.append(_term(_SHORT[name], rest))
        elif key in _SHORT:
            self._terms.append(_term(_SHORT[key], value))
        elif key not in _FILTERS:
            raise _bad("there is no such key", expected=", ".join(KEYS), where=key)
        else:
            self._filter(key, value)

    def _filter(self, key: str, value: str) -> None:
        if key in self._one or key in self._times or (key == "op" and self._op is not None):
            raise _bad("this key is there twice", where=key)
        if key == "op":
            self._op = _op(value)
        elif key in {"since", "until"}:
            self._times[key] = _time(key, value)
        else:
            self._one[key] = value

    def query(self) -> SearchQuery:
        if self._op is not None and not self._terms:
            raise _bad("an operation needs an entity beside it", where="op")
        return SearchQuery(
            terms=tuple(self._terms),
            op=self._op,
            words=tuple(self._words),
            agent=self._one.get("agent", ""),
            repository=self._one.get("repo", ""),
            session=self._one.get("session", ""),
            commit=self._one.get("commit", ""),
            since=self._times.get("since"),
            until=self._times.get("until"),
        )


def _term(entity: Entity, value: str) -> Term:
    if value.startswith("~"):
        value, match = value[1:], Match.REGEXP
    else:
        match = Match.GLOB if "*" in value or "?" in value else Match.EXACT
    if entity is Entity.SECRET and _FINGERPRINT.fullmatch(value):
        entity = Entity.FINGERPRINT
    if entity is Entity.FINGERPRINT and not _FINGERPRINT.fullmatch(value):
        raise _bad("this is no fingerprint of a secret", expected="fp_ and 64 hex digits", where="fingerprint")
    if not value or len(value) > MAX_VALUE_CHARS:
        raise _bad("a value is empty or too long", expected=f"<= {MAX_VALUE_CHARS} characters", where=entity.value)
    return Term(entity=entity, value=value, match=match)


def _op(value: str) -> Op:
    try:
        return Op(value)
    except ValueError as err:
        raise _bad("there is no such operation", expected=", ".join(Op), where="op") from err


def _time(key: str, value: str) -> datetime | timedelta:
    relative = _RELATIVE.fullmatch(value)
    if relative:
        number, unit = int(relative[1]), _UNITS[relative[2]]
        if number * unit <= timedelta(days=MAX_DAYS):
            return number * unit
    else:
        with suppress(ValueError):
            return read_moment(value)
    raise _bad("this is no time", expected="30d, 12h, 4w, or RFC 3339", where=key)


def _tokens(text: str) -> list[tuple[str, str]]:
    """Split a query into keys and values in one pass."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        head = _KEY.match(text, at)
        key = head[1] if head else ""
        value, at = _value(text, head.end() if head else at)
        found.append((key, value))
        if len(found) > MAX_TERMS:
            break
    return found


def _value(text: str, at: int) -> tuple[str, int]:
    out: list[str] = []
    quoted = False
    while at < len(text) and (quoted or not text[at].isspace()):
        char = text[at]
        if char == '"':
            quoted = not quoted
        elif quoted and char == "\\" and text[at + 1 : at + 2] in {'"', "\\"}:
            at += 1
            out.append(text[at])
        else:
            out.append(char)
        at += 1
    if quoted:
        raise _bad("a quotation mark is not closed")
    value = "".join(out)
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in value):
        raise _bad("a value holds a control character")
    return value, at


def _bad(what: str, *, expected: str = "", where: str = "") -> InvalidInput:
    # The query may hold a name that should stand in no error: only the key is named.
    return InvalidInput("search.query", what, expected=expected, where=where if where in KEYS else "")
