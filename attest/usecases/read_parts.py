"""Opening parts: ciphertext from the object store, the session's secret from the key ring, each part checked.

A part whose secret is gone was erased: that is said, not guessed around.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attest.errors import Absent, CannotVerify
from attest.model.commit_document import parse_commit_document
from attest.model.documents import PARTS, from_documents
from attest.model.parts import SessionKeys
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.erased import closed, erasure_of_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.model.commit_document import CommitDocument
    from attest.model.session import Session
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance


def open_parts(
    instance: Instance, attestation: str, wanted: Callable[[str], bool] = lambda _: True
) -> dict[str, bytes]:
    """Give the parts of an attestation whose names are wanted, in the order of the commitment list.

    Raises:
        Absent: `service.not-found`, there is no such attestation, or as for `open_stored`.
        CannotVerify, NotVerified: as for `open_stored`.
    """
    stored = attestations.by_id(instance.engine, instance.scope, attestation)
    if stored is None:
        raise Absent("service.not-found", where=attestation)
    return open_stored(instance, stored, wanted)


def open_stored(instance: Instance, stored: StoredAttestation, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Give the same of an attestation that was read already.

    Raises:
        Absent: `service.not-found`, it is about no session; `redaction.not-kept`: the session was recorded without parts.
        Absent: `erasure.erased`, as the log says.
        CannotVerify: `store.missing` or `key.missing`: an object or the session's secret is gone.
        NotVerified: `ledger.corrupt`: a part differs from what was committed to.
    """
    if stored.session is None:
        raise Absent("service.not-found", where=stored.id)
    listed = attestations.parts_of(instance.engine, instance.scope, stored.id)
    if not listed and not parts_kept(stored):
        raise Absent("redaction.not-kept", where=stored.session)
    if not listed:
        raise CannotVerify("store.missing", "the session's parts stayed where it was recorded", where=stored.session)
    secret = instance.keys.load(f"session/{stored.session}")
    if secret is None:
        raise closed(instance, stored.session, "its parts cannot be opened")
    keys = SessionKeys.from_secret(secret)
    try:
        return {
            part.name: keys.open(part.name, instance.objects.get(part.ciphertext), part.commitment)
            for part in listed
            if wanted(part.name)
        }
    except CannotVerify as err:
        if err.code == "store.missing" and erasure_of_session(instance, stored.session) is not None:
            raise closed(instance, stored.session, "") from err
        raise


def parts_kept(stored: StoredAttestation) -> bool:
    """Say whether the signed statement of a session names any part: one recorded with `parts: none` names none."""
    parts = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate.get("parts")
    return not isinstance(parts, dict) or parts.get("count") != 0


def session_of(instance: Instance, attestation: str) -> Session:
    """Give the session as it was derived when it was recorded, from its documents."""
    return session_in(open_parts(instance, attestation, is_document))


def commit_document_of(instance: Instance, attestation: str, oid: str) -> CommitDocument | None:
    """Give what the clone said of a commit at recording; None when the attestation holds no such part."""
    return _commit(open_parts(instance, attestation, _commit_part(oid).__eq__), oid)


def told_of(instance: Instance, stored: StoredAttestation, oid: str) -> tuple[Session, CommitDocument | None]:
    """Give both of an attestation that was read already.

    Raises:
        Absent, CannotVerify, NotVerified: as for `open_stored`.
    """
    parts = open_stored(instance, stored, lambda name: is_document(name) or name == _commit_part(oid))
    return session_in(parts), _commit(parts, oid)


def is_document(name: str) -> bool:
    """Say whether a part is one of the documents that a session is derived from."""
    return name in PARTS or name.startswith("events/")


def session_in(parts: Mapping[str, bytes]) -> Session:
    """Give the session whose documents are among parts that were opened.

    Raises:
        InvalidInput: `input.malformed`, as for `from_documents`.
    """
    return from_documents(_Documents(parts))


class _Documents(Mapping[str, object]):
    """Documents, each parsed when it is asked for: parsed, those of a long session are many times as large as its events."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self._parts = parts

    def __getitem__(self, name: str) -> object:
        return json.loads(self._parts[name])

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def _commit_part(oid: str) -> str:
    return f"commits/{oid}"


def _commit(parts: dict[str, bytes], oid: str) -> CommitDocument | None:
    data = parts.get(_commit_part(oid))
    return parse_commit_document(json.loads(data)) if data is not None else None
