"""Check the disclosure of one redacted value against the signed bundle; needs no store and nothing of this machine.

1. verify  the bundle: signer, log, and that it is about the session named
2. read    count and root of the tree that the statement commits to
3. follow  the path from the leaf of value, place and salt to that root

A disclosure proves that the producer committed to this value, in this place, when the statement was signed; it does not
prove that the transcript was true.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput, NotVerified
from attest.ledger.withheld_tree import verify_disclosure
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.model.withheld import MAX_LEAVES, Disclosure, parse_disclosure
from attest.usecases.redaction_statement import EXTENSION
from attest.usecases.verify_bundle import BundleRequest, verify_one_bundle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attest.model.statement import Statement
    from attest.signing.verify import Verified

MAX_DISCLOSURE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerNamed:
    """How the caller names bundle, trust root and signer."""

    bundle: Path
    trusted_root: Path
    identity: str | None
    issuer: str | None
    key: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A disclosure that holds, and what holds about its bundle."""

    disclosure: Disclosure
    verified: Verified


def check_redaction(raw: bytes, signer: SignerNamed) -> Proved:
    """Check a disclosure against a signed bundle.

    Raises:
        NotVerified: `evidence.malformed`: no disclosure; `evidence.inclusion`: value, place, salt or path is another
            than was committed to; `evidence.subject`: the bundle is of another session; any failing check of the bundle.
        CannotVerify: the trust root cannot be read.
        InvalidInput: `input.usage`: no signer was named.
    """
    try:
        disclosure = parse_disclosure(json.loads(raw))
    except (ValueError, RecursionError) as err:
        raise NotVerified("evidence.malformed", "this is no disclosure of a redacted value") from err
    verified = verify_one_bundle(
        BundleRequest(
            artifact=disclosure.subject,
            bundle=signer.bundle,
            trusted_root=signer.trusted_root,
            identity=signer.identity,
            issuer=signer.issuer,
            key=signer.key,
        )
    )
    if verified.payload is None:
        raise NotVerified("evidence.statement", "the bundle holds no statement")
    statement = parse_statement(verified.payload)
    if f"sha256:{subject_of(statement, disclosure.session)}" != disclosure.subject:
        raise NotVerified("evidence.subject", "the bundle is of another session", where=disclosure.session)
    count, root = committed(statement)
    if (disclosure.size, disclosure.root) != (count, root):
        raise NotVerified("evidence.inclusion", "the disclosure is of another tree than the statement commits to")
    verify_disclosure(disclosure, count=count, root=root)
    return Proved(disclosure=disclosure, verified=verified)


def committed(statement: Statement) -> tuple[int, bytes]:
    """Give count and root of the tree over redacted values that a statement commits to."""
    if statement.predicate_type != SESSION_V1:
        raise NotVerified("evidence.statement", "not a statement about a session", expected=SESSION_V1)
    found = _member(_member(_member(statement.predicate, "extensions"), EXTENSION), "commitments")
    count, root = found.get("count"), found.get("root")
    if type(count) is not int or not 0 <= count <= MAX_LEAVES or not isinstance(root, str):
        raise NotVerified("evidence.statement", "the statement commits to no redacted value")
    try:
        return count, bytes.fromhex(root)
    except ValueError as err:
        raise NotVerified("evidence.statement", "the statement commits to no redacted value") from err


def _member(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = value.get(name, {})
    return found if isinstance(found, dict) else {}


def subject_of(statement: Statement, session: str) -> str:
    """Give the digest of a session as a subject of a statement; `evidence.subject` when it is none."""
    for subject in statement.subjects:
        if subject.name == session:
            return subject.sha256
    raise NotVerified("evidence.subject", "the statement is not about this session", where=session)


def read_disclosure(path: Path) -> bytes:
    """Read a disclosure file.

    Raises:
        InvalidInput: there is no such file, or it is larger than 1 MiB.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_DISCLOSURE_BYTES + 1)
    except OSError as err:
        raise InvalidInput("input.not-found", where=str(path)) from err
    if len(raw) > MAX_DISCLOSURE_BYTES:
        raise InvalidInput("input.too-large", where=str(path))
    return raw
