"""Prove one redacted value later: a disclosure made on the producer's machine, and its check against the signed bundle.

1. prove   find the newest recording of the session, open the sealed values, take one, make its inclusion proof
2. check   verify the bundle, read the root the statement commits to, follow the proof

A disclosure holds the value. It proves that the producer committed to this value, in this place, when the statement was
signed; it does not prove that the transcript was true.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, CannotVerify, InvalidInput, NotVerified
from attest.ledger.index import KeyKind
from attest.ledger.withheld_tree import verify_disclosure, withheld_proof
from attest.model.parts import SessionKeys
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.model.withheld import MAX_LEAVES, Disclosure, parse_disclosure
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.redaction_statement import EXTENSION
from attest.usecases.verify_bundle import BundleRequest, verify_one_bundle
from attest.usecases.withheld import SALTS, open_withheld

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attest.model.statement import Statement
    from attest.model.withheld import Withheld
    from attest.signing.verify import Verified
    from attest.usecases.instance import Instance

MAX_DISCLOSURE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which value is asked for."""

    unit: str
    """`record`, or `line` for images and other binary data."""
    record: int
    pointer: str
    span: int


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


def prove_redaction(instance: Instance, session: str, place: Place) -> Disclosure:
    """Give the disclosure of one redacted value of the newest recording of a session.

    Raises:
        Absent: `service.not-found`: no such session; `redaction.not-committed`: no such place, or nothing was committed
            to there (a secret, by default).
        CannotVerify: `key.missing`: the session was erased; `store.missing`: its values are not on this machine.
    """
    rows = attestations.about(instance.engine, instance.scope, KeyKind.SESSION.value, session).rows
    stored = next((row for row in rows if row.predicate_type == SESSION_V1), None)
    if stored is None:
        raise Absent("service.not-found", where=session)
    statement = parse_statement(parse_envelope(stored.leaf.envelope).payload)
    count, root = _committed(statement)
    secret = instance.keys.load(f"session/{session}")
    if secret is None:
        raise CannotVerify("key.missing", "the session's secret is gone: its values were erased", where=session)
    keys = SessionKeys.from_secret(secret)
    withheld = open_withheld(instance.settings.home, session, keys, root) if count else ()
    index = _index(withheld, place)
    key = keys.salt_of(SALTS)
    return Disclosure(
        session=session,
        subject=f"sha256:{_subject(statement, session)}",
        withheld=withheld[index],
        salt=withheld[index].salt(key),
        index=index,
        size=count,
        root=root,
        proof=withheld_proof(withheld, key, index),
    )


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
    if f"sha256:{_subject(statement, disclosure.session)}" != disclosure.subject:
        raise NotVerified("evidence.subject", "the bundle is of another session", where=disclosure.session)
    count, root = _committed(statement)
    if (disclosure.size, disclosure.root) != (count, root):
        raise NotVerified("evidence.inclusion", "the disclosure is of another tree than the statement commits to")
    verify_disclosure(disclosure, count=count, root=root)
    return Proved(disclosure=disclosure, verified=verified)


def _index(withheld: tuple[Withheld, ...], place: Place) -> int:
    wanted = (place.unit, place.record, place.pointer, place.span)
    for index, one in enumerate(withheld):
        if (one.unit, one.record, one.pointer, one.span) == wanted:
            return index
    raise Absent("redaction.not-committed", where=f"{place.unit} {place.record} {place.pointer} span {place.span}")


def _committed(statement: Statement) -> tuple[int, bytes]:
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


def _subject(statement: Statement, session: str) -> str:
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
