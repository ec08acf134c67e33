"""in-toto Statement v1: built once as canonical bytes, and read back with the signed bytes kept beside the values.

Subjects follow decision D1: a commit is bound by the SHA-256 of its raw object; `annotations` (gitCommit, gitTree)
are claims that `verify` recomputes from the clone; a session is bound by the digest of its commitment list.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import AttestError, InvalidInput, NotVerified

if TYPE_CHECKING:
    from collections.abc import Mapping

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
MAX_STATEMENT_BYTES: Final = 1024 * 1024
MAX_SUBJECTS: Final = 1024
MAX_DEPTH: Final = 32
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_OID: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing a statement is about."""

    name: str
    sha256: str
    """Lower-case hex; empty where the digest is a commit's oid alone, as summaries have it."""
    uri: str | None = None
    git_commit: str | None = None
    """The oid as the signer claims it; None when the subject is not a commit."""
    git_tree: str | None = None
    git_digest: str | None = None
    """The oid where it is the digest itself; no statement that counts as evidence is bound by it."""

    def to_json(self) -> dict[str, object]:
        """Give the in-toto ResourceDescriptor."""
        digest = {"sha256": self.sha256} if self.git_digest is None else {"gitCommit": self.git_digest}
        out: dict[str, object] = {"name": self.name, "digest": digest}
        if self.uri is not None:
            out["uri"] = self.uri
        notes = {k: v for k, v in (("gitCommit", self.git_commit), ("gitTree", self.git_tree)) if v is not None}
        if notes:
            out["annotations"] = notes
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement as signed: the exact bytes, and the values read from them."""

    raw: bytes
    predicate_type: str
    subjects: tuple[Subject, ...]
    predicate: Mapping[str, object]
    document: Mapping[str, object]
    """The whole statement as JSON values, everything that was signed included: index keys are derived from it."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the signed bytes: the payload hash of index rows."""
        return hashlib.sha256(self.raw).digest()

    def commit_subject(self, oid: str) -> Subject | None:
        """Give the subject that claims to be this commit; None when the statement names it nowhere."""
        return next((s for s in self.subjects if s.git_commit == oid), None)


def commit_subject(repository: str, oid: str, tree: str, object_sha256: bytes) -> Subject:
    """Name a commit as a subject (D1): name = uri = `<repository>@<oid>`, digest of the raw commit object."""
    name = f"{repository}@{oid}"
    return Subject(name=name, uri=name, sha256=object_sha256.hex(), git_commit=oid, git_tree=tree)


def build_statement(predicate_type: str, subjects: tuple[Subject, ...], predicate: Mapping[str, object]) -> Statement:
    """Make a statement and its canonical bytes.

    Raises:
        InvalidInput: more than 1,024 subjects, or more than 1 MiB.
    """
    if not 1 <= len(subjects) <= MAX_SUBJECTS:
        raise InvalidInput("input.too-large", "subjects", expected=f"1 to {MAX_SUBJECTS}", got=str(len(subjects)))
    document = {
        "_type": STATEMENT_TYPE,
        "subject": [s.to_json() for s in subjects],
        "predicateType": predicate_type,
        "predicate": dict(predicate),
    }
    raw = canonical_json(document)
    if len(raw) > MAX_STATEMENT_BYTES:
        raise InvalidInput(
            "input.too-large", "statement", expected=f"<= {MAX_STATEMENT_BYTES} bytes", got=str(len(raw))
        )
    return Statement(raw=raw, predicate_type=predicate_type, subjects=subjects, predicate=predicate, document=document)


def parse_statement(raw: bytes) -> Statement:
    """Read signed statement bytes; they are kept as they are.

    Checks the form of the statement and its subjects, not the predicate: see `check_predicate`.

    Raises:
        NotVerified: `evidence.statement`, with the place that is wrong.
    """
    if len(raw) > MAX_STATEMENT_BYTES:
        raise _bad("size", f"<= {MAX_STATEMENT_BYTES} bytes")
    value = strict_json(raw)
    if not isinstance(value, dict) or value.get("_type") != STATEMENT_TYPE:
        raise _bad("/_type", STATEMENT_TYPE)
    predicate_type, predicate, subjects = value.get("predicateType"), value.get("predicate"), value.get("subject")
    if not isinstance(predicate_type, str) or not predicate_type:
        raise _bad("/predicateType", "a type URI")
    if not isinstance(predicate, dict):
        raise _bad("/predicate", "an object")
    if not isinstance(subjects, list) or not 1 <= len(subjects) <= MAX_SUBJECTS:
        raise _bad("/subject", f"1 to {MAX_SUBJECTS} subjects")
    return Statement(
        raw=raw,
        predicate_type=predicate_type,
        subjects=tuple(_subject(s, f"/subject/{i}") for i, s in enumerate(subjects)),
        predicate=predicate,
        document=value,
    )


def strict_json(raw: bytes) -> object:
    """Read JSON that was signed: UTF-8, no duplicate keys, no NaN or infinity, no lone surrogate, bounded depth.

    Raises:
        NotVerified: `evidence.statement`.
    """
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
        if b"\\ud" in raw.lower():
            _require_unicode(value)
    except AttestError:
        raise
    except (ValueError, RecursionError) as err:
        raise _bad("/", "UTF-8 JSON without duplicate keys") from err
    if _deeper_than(value, MAX_DEPTH):
        raise _bad("/", f"depth <= {MAX_DEPTH}")
    return value


def _subject(value: object, where: str) -> Subject:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        raise _bad(where, "a subject with a name")
    digest = value.get("digest")
    sha256 = digest.get("sha256") if isinstance(digest, dict) else None
    oid = digest.get("gitCommit") if isinstance(digest, dict) and set(digest) == {"gitCommit"} else None
    if oid is not None:
        if not isinstance(oid, str) or not _OID.fullmatch(oid):
            raise _bad(f"{where}/digest/gitCommit", "40 or 64 hex digits")
        sha256 = ""
    elif not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise _bad(f"{where}/digest/sha256", "64 hex digits")
    notes = value.get("annotations")
    notes = notes if isinstance(notes, dict) else {}
    uri = value.get("uri")
    return Subject(
        name=value["name"],
        sha256=sha256,
        uri=uri if isinstance(uri, str) else None,
        git_commit=_text(notes.get("gitCommit")),
        git_tree=_text(notes.get("gitTree")),
        git_digest=oid,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise _bad("/", "no duplicate keys")
    return out


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _bad("/", "numbers that a double can hold")
    return number


def _no_constant(name: str) -> object:
    raise _bad("/", f"no {name}")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite)
"""Made once: making one takes a fifth as long as reading a statement."""


def _deeper_than(value: object, depth: int) -> bool:
    layer: list[object] = [value]
    for _ in range(depth - 1):
        # Only what may hold something is looked at again: most of a statement are strings and numbers. What the decoder
        # gives is a dict or a list itself, never of a type below them, and asking for that is twice as quick.
        layer = [child for item in layer for child in _children(item) if type(child) is dict or type(child) is list]
        if not layer:
            return False
    return any(layer)


def _require_unicode(value: object) -> None:
    # JSON can spell half of a surrogate pair, which has no UTF-8: UnicodeEncodeError is a ValueError.
    layer = [value]
    while layer:
        for item in layer:
            "".join([item] if isinstance(item, str) else item if isinstance(item, dict) else ()).encode()
        layer = [child for item in layer for child in _children(item)]


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _bad(where: str, expected: str) -> NotVerified:
    return NotVerified("evidence.statement", expected=expected, where=where)
