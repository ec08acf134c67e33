"""Many recorded sessions, quickly: each with its commit, its certificate and two parts, signed one by one, logged by batch."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, Final

from attest.ledger.commitments import commitment_list, commitment_root
from attest.ledger.index import index_keys
from attest.model.parts import SESSION_SECRET_BYTES, SessionKeys
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject, build_statement, commit_subject
from attest.signing.embedded.direct import DirectSigner
from attest.store.database import writing
from attest.store.log_store import Submission
from attest.store.new_attestation import KeptPart, NewAttestation
from attest.store.tables import ClaimRow
from attest.usecases.receipts import attestation_id
from tests.support.evidence import PREDICATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.model.statement import Statement
    from attest.usecases.instance import Instance

_REPOSITORY: Final = "git+https://git.example/pond"
_SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ONE_BATCH: Final = 512


def commit_of(number: int) -> str:
    """Give the object id of the commit that a session is about; no clone holds it."""
    return hashlib.sha256(b"commit %d" % number).hexdigest()[:40]


def session_name(number: int) -> str:
    """Give the `ses_…` of a session."""
    digits = "".join(_SYMBOLS[number >> shift & 31] for shift in (25, 20, 15, 10, 5, 0))
    return f"ses_01KAC4W9Q2M7T3V8X5Y6{digits}"


def log_sessions(instance: Instance, numbers: Sequence[int], *, text_bytes: int = 2000) -> None:
    """Record the sessions of these numbers, with a transcript of about so many bytes each."""
    for at in range(0, len(numbers), _ONE_BATCH):
        batch = [_recorded(instance, number, text_bytes) for number in numbers[at : at + _ONE_BATCH]]
        with writing(instance.engine) as session:
            for new, _ in batch:
                session.add(
                    ClaimRow(
                        tenant=instance.scope.tenant,
                        write_key=new.write_key,
                        holder="many",
                        claimed_at=0,
                        attestation=None,
                    )
                )
        instance.append([submission for _, submission in batch])


def _recorded(instance: Instance, number: int, text_bytes: int) -> tuple[NewAttestation, Submission]:
    name, identity = session_name(number), f"https://{instance.services.host}/actor/{number % 8}"
    statement, parts = _statement(instance, number, text_bytes)
    signer = DirectSigner(instance=instance.services, identity=identity, clock=instance.clock, entropy=instance.entropy)
    leaf = signer.leaf(statement.raw)
    new = NewAttestation(
        scope=instance.scope,
        log=instance.log.name,
        id=attestation_id(leaf.envelope),
        statement=statement,
        session_id=name,
        identity=identity,
        issuer=instance.services.issuer,
        recorded_at=int(instance.clock.now().timestamp()),
        parts=parts,
        write_key=name,
    )
    keys = index_keys(statement.document)
    return new, Submission(leaf=leaf, keys=keys, payload_hash=statement.digest, within=new.write)


def _statement(instance: Instance, number: int, text_bytes: int) -> tuple[Statement, tuple[KeptPart, ...]]:
    name, oid = session_name(number), commit_of(number)
    secret = hashlib.shake_256(name.encode()).digest(SESSION_SECRET_BYTES)
    instance.keys.create(f"session/{name}", secret)
    line = f"{number}: I will make room for one more duck in the pond. "
    texts = {"intent": f"Make room for duck {number}.", "transcript/0000": (line * (text_bytes // len(line) + 1))}
    sealed = [SessionKeys.from_secret(secret).seal(part, text.encode()) for part, text in texts.items()]
    rows = tuple((one.name, one.commitment, one.size) for one in sealed)
    listing = hashlib.sha256(commitment_list(rows)).hexdigest()
    predicate = copy.deepcopy(PREDICATE) | {
        "session": {"id": name, "format": "claude-code"},
        "nonce": hashlib.sha256(name.encode()).hexdigest()[:32],
        "parts": {
            "count": len(rows),
            "bytes": sum(one.size for one in sealed),
            "root": commitment_root(rows).hex(),
            "list": listing,
        },
    }
    commit = commit_subject(_REPOSITORY, oid, hashlib.sha256(b"tree %d" % number).hexdigest()[:40], b"\1" * 32)
    subjects = (commit, Subject(name=name, sha256=listing))
    kept = tuple(
        KeptPart(name=one.name, size=one.size, commitment=one.commitment, address=instance.objects.put(one.ciphertext))
        for one in sealed
    )
    return build_statement(SESSION_V1, subjects, predicate), kept
