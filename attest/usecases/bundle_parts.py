"""The parts of one session as files of an evidence bundle: the list, what is here, and why the rest is not."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.evidence.bundle.layout import parts_folder
from attest.ledger.commitments import commitment_list
from attest.model.erasure_predicate import ErasureScope
from attest.model.parts import SessionKeys
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.erased import erasure_of_session
from attest.usecases.read_transcript import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.store.attestations import StoredAttestation, StoredPart
    from attest.usecases.instance import Instance


def part_files(instance: Instance, stored: StoredAttestation, *, give: bool = True) -> Iterator[tuple[str, bytes]]:
    """Give (path, bytes) of all files about one session's parts, in the order of their paths; none where no list is here.

    A part that does not open is `erased` where an `erasure/v1` of this log says so, and else `not-kept`. Those that could
    be given and are not to be (`give`) are `withheld`.
    """
    predicate = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate
    stated, nonce = predicate.get("parts"), predicate.get("nonce")
    if stored.session is None or not isinstance(stated, dict):
        return
    listed = attestations.parts_of(instance.engine, instance.scope, stored.id)
    rows = tuple((part.name, part.commitment, part.size) for part in listed)
    raw = commitment_list(rows, nonce=b"" if rows or not isinstance(nonce, str) else bytes.fromhex(nonce))
    if hashlib.sha256(raw).hexdigest() != stated.get("list"):
        return
    folder = parts_folder(stored.receipt.index)
    secret = instance.keys.load(f"session/{stored.session}")
    keys = SessionKeys.from_secret(secret) if secret else None
    erased = _erased(instance, stored.session)
    states = []
    for place, part in enumerate(listed):
        data = _open(instance, keys, part)
        if data is None or keys is None:
            states.append({"name": part.name, "state": "erased" if part.name.startswith(erased) else "not-kept"})
            continue
        if not give:
            states.append({"name": part.name, "state": "withheld"})
            continue
        states.append({"name": part.name, "state": "here", "salt": keys.salt_of(part.name).hex()})
        yield f"{folder}{place:06}.part", data
    yield f"{folder}list.json", raw
    yield f"{folder}state.jsonl", b"".join(json.dumps(one).encode() + b"\n" for one in states)


def _erased(instance: Instance, session: str) -> tuple[str, ...]:
    """Give what the names of erased parts begin with; nothing where none was erased."""
    told = erasure_of_session(instance, session)
    if told is None:
        return ()
    return (PREFIX,) if told["scope"] == ErasureScope.TRANSCRIPT else ("",)


def opened_parts(instance: Instance, stored: StoredAttestation) -> Iterator[tuple[StoredPart, bytes | None]]:
    """Give each listed part of a session with its bytes; None where it does not open, or was erased."""
    secret = instance.keys.load(f"session/{stored.session}") if stored.session else None
    keys = SessionKeys.from_secret(secret) if secret else None
    for part in attestations.parts_of(instance.engine, instance.scope, stored.id):
        yield part, _open(instance, keys, part)


def _open(instance: Instance, keys: SessionKeys | None, part: StoredPart) -> bytes | None:
    if keys is None:
        return None
    try:
        return keys.open(part.name, instance.objects.get(part.ciphertext), part.commitment)
    except AttestError:
        return None
