"""`data/bundle.json`: which question a bundle answers, and at which place of which log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import CannotVerify, NotVerified
from attest.signing.strict import parse_json

if TYPE_CHECKING:
    from attest.signing.strict import Fields

FAMILY: Final = "whereof-evidence/"
VERSION: Final = FAMILY + "v1"
MAX_QUESTION_BYTES: Final = 64 * 1024 * 1024
MAX_VALUES: Final = 100_000
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_SESSION = re.compile(r"ses_[0-9A-HJKMNP-TV-Z]{26}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TRUST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


class Asked(Enum):
    """What is asked for."""

    COMMITS = "commits"
    SESSIONS = "sessions"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a bundle answers."""

    kind: Asked
    values: tuple[str, ...] = ()
    """Full object ids, or sessions; none for an interval."""
    asked: str = ""
    """The words in which commits were asked for, such as `v1..v2`."""
    since: str | None = None
    until: str | None = None

    def to_json(self) -> dict[str, object]:
        """Give the member `question`."""
        match self.kind:
            case Asked.COMMITS:
                return {"kind": "commits", "commits": list(self.values), "asked": self.asked}
            case Asked.SESSIONS:
                return {"kind": "sessions", "sessions": list(self.values)}
            case Asked.INTERVAL:
                return {"kind": "interval", "since": self.since, "until": self.until}

    def words(self) -> str:
        """Give the question in a few words."""
        match self.kind:
            case Asked.COMMITS:
                return f"{len(self.values)} commits, asked for as {self.asked}"
            case Asked.SESSIONS:
                shown = ", ".join(self.values[:3])
                return f"{len(self.values)} sessions: {shown}{' …' if len(self.values) > 3 else ''}"
            case Asked.INTERVAL:
                return f"everything logged from {self.since or 'the beginning'} to {self.until or 'the head'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFacts:
    """All of `data/bundle.json`."""

    log: str
    size: int
    root: bytes
    first: int
    end: int
    question: Question
    entries: int
    parts: bool
    """Whether parts were asked for."""
    trust: bytes
    """SHA-256 of the trusted root in the bundle."""

    def encode(self) -> bytes:
        """Give the file's bytes."""
        document: dict[str, object] = {
            "bundle": VERSION,
            "log": self.log,
            "head": {"size": self.size, "root": self.root.hex()},
            "window": {"first": self.first, "end": self.end},
            "question": self.question.to_json(),
            "entries": self.entries,
            "parts": "redacted" if self.parts else "none",
            "trust": f"sha256:{self.trust.hex()}",
        }
        return canonical_json(document) + b"\n"


def parse_facts(raw: bytes) -> BundleFacts:
    """Read the file strictly: only the bytes that `encode` gives for what it says.

    Raises:
        NotVerified: `evidence.malformed`.
        CannotVerify: `evidence.unsupported`, it is of another version.
    """
    top = parse_json(raw, MAX_QUESTION_BYTES, where="bundle.json")
    version = top.text("bundle")
    if version != VERSION and version.startswith(FAMILY):
        raise CannotVerify("evidence.unsupported", "an unknown version of evidence bundles", got=version[:80])
    head, window = top.child("head"), top.child("window")
    root, trust, parts = head.text("root"), top.text("trust"), top.text("parts")
    if not _HEX.fullmatch(root) or not _TRUST.fullmatch(trust) or parts not in {"none", "redacted"}:
        raise NotVerified("evidence.malformed", "a member of the bundle's facts is malformed", where="bundle.json")
    facts = BundleFacts(
        log=top.text("log"),
        size=_number(head, "size"),
        root=bytes.fromhex(root),
        first=_number(window, "first"),
        end=_number(window, "end"),
        question=_question(top.child("question")),
        entries=_number(top, "entries"),
        parts=parts == "redacted",
        trust=bytes.fromhex(trust[7:]),
    )
    if not 0 <= facts.first < facts.end <= facts.size or facts.encode() != raw:
        raise NotVerified("evidence.malformed", "the bundle's facts are not in their one form", where="bundle.json")
    return facts


def _number(fields: Fields, name: str) -> int:
    value = fields.value.get(name)
    if type(value) is not int or not 0 <= value < 2**53:
        raise fields.fail(name, "a number is required")
    return value


def _question(fields: Fields) -> Question:
    known = {one.value: one for one in Asked}
    kind = known.get(fields.text("kind"))
    if kind is None:
        raise fields.fail("kind", "an unknown kind of question")
    if kind is Asked.INTERVAL:
        return Question(kind=kind, since=_moment(fields, "since"), until=_moment(fields, "until"))
    name, pattern = ("commits", _OID) if kind is Asked.COMMITS else ("sessions", _SESSION)
    values = fields.value.get(name)
    if not isinstance(values, list) or not 0 < len(values) <= MAX_VALUES or len(set(map(str, values))) < len(values):
        raise fields.fail(name, f"1 to {MAX_VALUES} values, each once, are required")
    if not all(isinstance(value, str) and pattern.fullmatch(value) for value in values):
        raise fields.fail(name, "a value is malformed")
    asked = fields.text("asked") if kind is Asked.COMMITS else ""
    return Question(kind=kind, values=tuple(map(str, values)), asked=asked)


def _moment(fields: Fields, name: str) -> str | None:
    return None if fields.value.get(name) is None else fields.text(name, 64)
