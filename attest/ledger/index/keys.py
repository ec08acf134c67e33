"""Which keys a signed statement is found by: a written function, so that anyone derives the same (docs/spec/index.md).

The function is total: whatever JSON a stranger signed, it gives keys or none, and never fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from hashlib import sha256

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_SESSION = re.compile(r"ses_[0-9A-HJKMNP-TV-Z]{26}", re.ASCII)
_AT_OID = re.compile(r"(git\+.+)@(?:[0-9a-f]{64}|[0-9a-f]{40})", re.ASCII | re.DOTALL)
_REMOTE = re.compile(r"(git\+[A-Za-z0-9.+-]+)://([^/]*)(.*)", re.ASCII | re.DOTALL)
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class KeyKind(Enum):
    """What a key names. The value is part of what is hashed."""

    GIT_COMMIT = "git-commit"
    """A full object id, lower-case hex, 40 or 64 digits."""
    REPOSITORY = "repository"
    """A repository as `normal_repository` writes it."""
    SESSION = "session"
    """A `ses_` id."""
    PREDICATE_TYPE = "predicate-type"
    """The type URI, exactly as signed."""


def index_key(kind: KeyKind, value: str) -> bytes:
    """Give the 32-byte key of a value: SHA-256(kind || 0x00 || value), UTF-8."""
    return sha256(kind.value.encode() + b"\0" + value.encode()).digest()


def index_keys(statement: Mapping[str, object]) -> tuple[bytes, ...]:
    """Give the keys of an in-toto statement, each once, in ascending order of their bytes."""
    return tuple(sorted(index_key(kind, value) for kind, value in index_terms(statement)))


def index_terms(statement: Mapping[str, object]) -> frozenset[tuple[KeyKind, str]]:
    """Give what the keys of a statement are made of, before hashing."""
    found = {(kind, value) for kind, value in _terms(statement) if _is_unicode(value)}
    return frozenset(found)


def _terms(statement: Mapping[str, object]) -> Iterator[tuple[KeyKind, str]]:
    predicate_type = statement.get("predicateType")
    if isinstance(predicate_type, str):
        yield KeyKind.PREDICATE_TYPE, predicate_type
    for subject in _mappings(statement.get("subject")):
        yield from _subject_terms(subject)
    predicate = statement.get("predicate")
    if isinstance(predicate, Mapping):
        for commit in _mappings(predicate.get("commits")):
            yield from _commit(commit.get("oid"))


def _subject_terms(subject: Mapping[str, object]) -> Iterator[tuple[KeyKind, str]]:
    name, uri = subject.get("name"), subject.get("uri")
    if isinstance(name, str) and _SESSION.fullmatch(name):
        yield KeyKind.SESSION, name
    for place in (subject.get("annotations"), subject.get("digest")):
        if isinstance(place, Mapping):
            yield from _commit(place.get("gitCommit"))
    for locator in (uri, name):
        found = _AT_OID.fullmatch(locator) if isinstance(locator, str) else None
        if found:
            yield KeyKind.REPOSITORY, normal_repository(found[1])
            return


def _commit(oid: object) -> Iterator[tuple[KeyKind, str]]:
    if isinstance(oid, str) and _OID.fullmatch(oid):
        yield KeyKind.GIT_COMMIT, oid


def normal_repository(locator: str) -> str:
    """Give the one spelling of a repository (without `@<oid>`): what a person asks by and what a statement says meet.

    Of `git+<scheme>://…`: scheme and host in lower case (ASCII), user info gone, trailing slashes gone, then one
    trailing `.git` gone. Anything else, such as `git+file:<root commit>`, stays as it is.
    """
    parts = _REMOTE.fullmatch(locator)
    if not parts:
        return locator
    scheme, authority, path = parts.groups()
    host = authority.rpartition("@")[2]
    return f"{scheme.translate(_LOWER)}://{host.translate(_LOWER)}{path.rstrip('/').removesuffix('.git')}"


def _mappings(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, list | tuple):
        yield from (item for item in value if isinstance(item, Mapping))


def _is_unicode(value: str) -> bool:
    # JSON can spell half a surrogate pair, which has no UTF-8: such a string is no key.
    return value.isascii() or not any("\ud800" <= ch <= "\udfff" for ch in value)
