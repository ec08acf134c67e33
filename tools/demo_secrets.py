"""Where planted values went: every byte of what was kept is searched, and the token that stands in each place is named."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TOKEN: Final = re.compile(r"\[REDACTED:[A-Z0-9_]+:[a-z0-9]+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A text of the transcript in which a value stands."""

    record: int
    """Line of the transcript, from zero."""
    pointer: str
    """JSON pointer of the text."""
    line: int
    """Line within the text, from zero."""


def places_of(value: str, transcript: bytes) -> tuple[Place, ...]:
    """Give every line of every text of a transcript that holds the value."""
    found = []
    for number, record in enumerate(transcript.splitlines()):
        for pointer, text in _texts(json.loads(record)):
            found += [
                Place(record=number, pointer=pointer, line=at)
                for at, line in enumerate(text.split("\n"))
                if value in line
            ]
    return tuple(found)


def tokens_at(places: Iterable[Place], redacted: bytes) -> frozenset[str]:
    """Give the tokens that stand in those lines of the redacted transcript."""
    records = redacted.splitlines()
    found: set[str] = set()
    for place in places:
        text = dict(_texts(json.loads(records[place.record])))[place.pointer]
        found.update(_TOKEN.findall(text.split("\n")[place.line]))
    return frozenset(found)


def needles(value: str) -> tuple[bytes, ...]:
    """Give the byte strings that would betray a value: itself, a password in it, and how encodings write them."""
    secrets = [value]
    if "://" in value and (password := urlsplit(value).password):
        secrets.append(password)
    found: set[bytes] = set()
    for secret in secrets:
        raw = secret.encode()
        found |= {raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode()}
        found |= {quote(secret, safe="").encode(), secret.replace("/", "\\/").encode(), secret.encode("utf-16-le")}
        for shift in range(3):
            # Base64 of a longer text: the value may begin at any of three places of a group of four letters.
            inner = base64.b64encode(b"\0" * shift + raw)[(0, 2, 3)[shift] : -4]
            found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return tuple(sorted(found))


def count_in(value: str, kept: Iterable[bytes]) -> int:
    """Count where a value, in any of its forms, stands in some bytes."""
    forms = needles(value)
    return sum(data.count(form) for data in kept for form in forms)


def _texts(value: object, pointer: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, f"{pointer}/{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{number}")
