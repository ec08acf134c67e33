"""Redacted values that can later be proved: what one is, the bytes its leaf is made of, and the disclosure of one.

A leaf of the tree is SHA-256(0x00, salt, canonical JSON of place, kind, token and value) with a salt of 128 bits. The
statement holds the root alone. Whoever is given salt, value and path can check that this value stood in that place;
nobody else can test a guess, and one disclosure says nothing about any other leaf.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from attest.canonical import canonical_json
from attest.errors import NotVerified

SALT_BYTES: Final = 16
SCHEMA: Final = "whereof/redaction-disclosure/v1"
MAX_VALUE_CHARS: Final = 64 * 1024
MAX_LEAVES: Final = 1 << 20
_PLACE: Final = ("unit", "record", "pointer", "span")


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """One value that redaction took out, and where it stood."""

    unit: str
    """`record`: counted in records and text blocks; `line`: in lines, for images and other binary data."""
    record: int
    pointer: str
    span: int
    """Its number among the values of that place, from zero."""
    entity: str
    token: str
    """What stands there now."""
    value: str = field(repr=False)
    """The value in NFC; of binary data `sha256:` and the digest of its bytes."""

    def place(self) -> dict[str, object]:
        """Give where it stood."""
        return {"unit": self.unit, "record": self.record, "pointer": self.pointer, "span": self.span}

    def to_json(self) -> dict[str, object]:
        """Give all of it: for sealing, or for the one who may see it."""
        return {**self.place(), "entity": self.entity, "token": self.token, "value": self.value}

    def leaf(self, salt: bytes) -> bytes:
        """Give the data of its leaf."""
        value = unicodedata.normalize("NFC", self.value)
        return salt + canonical_json({**self.to_json(), "value": value, "version": 1})

    def salt(self, key: bytes) -> bytes:
        """Derive its salt from a key of the session: destroyed with the session's secret."""
        return hmac.digest(key, canonical_json(self.place()), "sha256")[:SALT_BYTES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One value with what proves it against a signed statement."""

    session: str
    subject: str
    """`sha256:` and the digest of the session as a subject of the statement."""
    withheld: Withheld
    salt: bytes = field(repr=False)
    index: int
    size: int
    root: bytes
    proof: tuple[bytes, ...]

    def to_json(self) -> dict[str, object]:
        """Give it as JSON; it holds the value."""
        return {
            "schema": SCHEMA,
            "session": self.session,
            "subject": self.subject,
            "withheld": self.withheld.to_json(),
            "salt": self.salt.hex(),
            "index": self.index,
            "size": self.size,
            "root": self.root.hex(),
            "proof": [node.hex() for node in self.proof],
        }


def in_order(found: Iterable[tuple[int, str, str, str, str]]) -> tuple[Withheld, ...]:
    """Number values of one place: takes (record, pointer, entity, token, value) in the order in which they stand."""
    seen: dict[tuple[int, str], int] = {}
    out = []
    for record, pointer, entity, token, value in found:
        span = seen[record, pointer] = seen.get((record, pointer), -1) + 1
        out.append(
            Withheld(
                unit="record",
                record=record,
                pointer=pointer,
                span=span,
                entity=entity,
                token=token,
                value=unicodedata.normalize("NFC", value),
            )
        )
    return tuple(out)


def parse_withheld(value: object) -> Withheld:
    """Read one value from JSON.

    Raises:
        NotVerified: `evidence.malformed`: not of the form.
    """
    document = _object(value, {*_PLACE, "entity", "token", "value"})
    texts = {name: _text(document, name) for name in ("unit", "pointer", "entity", "token", "value")}
    return Withheld(record=_whole(document, "record"), span=_whole(document, "span"), **texts)


def parse_disclosure(value: object) -> Disclosure:
    """Read a disclosure from JSON. That it fits any statement is not checked here.

    Raises:
        NotVerified: `evidence.malformed`: not of the form.
    """
    members = {"schema", "session", "subject", "withheld", "salt", "index", "size", "root", "proof"}
    document = _object(value, members)
    proof = document["proof"]
    if document["schema"] != SCHEMA or not isinstance(proof, list) or len(proof) > 64:
        raise _wrong(SCHEMA)
    return Disclosure(
        session=_text(document, "session"),
        subject=_text(document, "subject"),
        withheld=parse_withheld(document["withheld"]),
        salt=_bytes(document["salt"], SALT_BYTES),
        index=_whole(document, "index"),
        size=_whole(document, "size"),
        root=_bytes(document["root"], 32),
        proof=tuple(_bytes(node, 32) for node in proof),
    )


def _object(value: object, members: set[str]) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or set(value) != members:
        raise _wrong("members " + ", ".join(sorted(members)))
    return value


def _text(document: Mapping[str, object], name: str) -> str:
    value = document[name]
    if not isinstance(value, str) or len(value) > MAX_VALUE_CHARS:
        raise _wrong(f"{name}: a text")
    return value


def _whole(document: Mapping[str, object], name: str) -> int:
    value = document[name]
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise _wrong(f"{name}: a whole number")
    return value


def _bytes(value: object, size: int) -> bytes:
    if not isinstance(value, str) or len(value) != 2 * size or not set(value) <= set("0123456789abcdef"):
        raise _wrong(f"{size} bytes in lower-case hex")
    return bytes.fromhex(value)


def _wrong(expected: str) -> NotVerified:
    return NotVerified("evidence.malformed", "this is no disclosure of a redacted value", expected=expected)
