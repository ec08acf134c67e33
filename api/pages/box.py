"""What somebody typed into the one box, told by its form alone. Nothing is looked up, and nothing typed becomes an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

MAX_QUERY_CHARS: Final = 500
_WHOLE: Final = (
    ("session", re.compile(r"ses_[0-9A-HJKMNP-TV-Z]{26}")),
    ("attestation", re.compile(r"att_[0-9a-f]{64}")),
    ("population", re.compile(r"pop_[0-9a-f]{64}")),
    ("digest", re.compile(r"sha256:([0-9a-f]{64})")),
    ("entry", re.compile(r"(?:entry|index|leaf)[: #]*([0-9]{1,15})|#?([0-9]{1,6})")),
    ("commit", re.compile(r"[0-9a-f]{7,64}")),
)
_PULL: Final = re.compile(
    r"https?://([A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?)/([A-Za-z0-9._~/-]{1,300}?)/"
    r"(?:-/)?(?:pull|pulls|merge_requests|pull-requests|pullrequest)/([0-9]{1,9})(?:[/?#].*)?"
)
_SHORT_PULL: Final = re.compile(r"([A-Za-z0-9._-]{1,100}(?:/[A-Za-z0-9._-]{1,100}){1,5})[#!]([0-9]{1,9})")
_FIELD: Final = re.compile(r"[a-z]{1,16}:\S")
_PATH: Final = re.compile(r"[^\s:]{1,400}")


class Kind(Enum):
    """What it is the form of."""

    SESSION = "session"
    ATTESTATION = "attestation"
    POPULATION = "population"
    DIGEST = "digest"
    ENTRY = "entry"
    COMMIT = "commit"
    """A full oid, or 7 or more of its first digits."""
    PULL = "pull"
    PATH = "path"
    QUERY = "query"
    """Has a field with a value, such as `file:src/**`."""
    WORDS = "words"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One query."""

    kind: Kind
    value: str
    host: str = ""
    """Of a pull request; empty where only its repository was named."""
    number: int = 0


def asked(query: str) -> Asked:
    """Tell what a query is. A pull request's repository is in `value`, without its host."""
    text = query.strip()[:MAX_QUERY_CHARS]
    if not text:
        return Asked(kind=Kind.NOTHING, value="")
    for name, form in _WHOLE:
        found = form.fullmatch(text) or form.fullmatch(text.lower() if name == "commit" else text)
        if found:
            inner = next((one for one in found.groups() if one), found.group())
            return Asked(kind=Kind(name), value=inner)
    pull = _PULL.fullmatch(text)
    if pull:
        return Asked(kind=Kind.PULL, value=pull[2].strip("/"), host=pull[1].lower(), number=int(pull[3]))
    short = _SHORT_PULL.fullmatch(text)
    if short:
        return Asked(kind=Kind.PULL, value=short[1], number=int(short[2]))
    if text.startswith("path:") and _PATH.fullmatch(text[5:]):
        return Asked(kind=Kind.PATH, value=text[5:])
    if _FIELD.match(text):
        return Asked(kind=Kind.QUERY, value=text)
    if _PATH.fullmatch(text) and ("/" in text or "." in text):
        return Asked(kind=Kind.PATH, value=text)
    return Asked(kind=Kind.WORDS, value=text)
