"""Steps 5 to 7 of `record`: sign a statement as this machine's actor and log it in one transaction with its rows."""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Conflict
from attest.ledger.index import index_keys, index_terms
from attest.signing.embedded.actor import actor_uri
from attest.signing.sigstore import EmbeddedSigner
from attest.store.claims import fulfil
from attest.store.log_store import Submission
from attest.store.tables import AttestationRow, PartRow, SubjectRow
from attest.usecases.receipts import attestation_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

    from attest.model.ports import LeafParts, LogReceipt
    from attest.model.statement import Statement
    from attest.usecases.instance import Instance
    from attest.usecases.state_session import KeptPart

ACTOR_SALT_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What is logged together with a statement."""

    statement: Statement
    session_id: str | None
    parts: tuple[KeptPart, ...]
    key_id: str
    """Root key that the session's secret is wrapped under."""
    write_key: str


@dataclass(frozen=True, slots=True)
class _BoundLog:
    """The log, with the rows that belong to the one statement being signed."""

    instance: Instance
    recording: Recording
    identity: str
    on_step: Callable[[str], None]

    def append(self, leaf: LeafParts) -> LogReceipt:
        """Append the leaf and its rows in one transaction."""
        statement = self.recording.statement
        submission = Submission(
            leaf=leaf,
            keys=index_keys(statement.document),
            payload_hash=statement.digest,
            within=lambda session, receipt: self._rows(session, leaf, receipt),
        )
        return self.instance.log.append((submission,), on_step=self.on_step)[0]

    def _rows(self, session: Session, leaf: LeafParts, receipt: LogReceipt) -> None:
        name = attestation_id(leaf.envelope)
        instance, recording = self.instance, self.recording
        session.add(
            AttestationRow(
                tenant=instance.scope.tenant,
                id=name,
                log=instance.log.name,
                idx=receipt.index,
                predicate_type=recording.statement.predicate_type,
                session=recording.session_id,
                identity=self.identity,
                issuer=instance.services.issuer,
                recorded_at=int(instance.clock.now().timestamp()),
                foreign_bundle=None,
            )
        )
        session.add_all(subject_rows(instance.scope.tenant, name, receipt.index, recording.statement))
        session.add_all(_part_rows(instance.scope.tenant, name, recording))
        if not fulfil(session, instance.scope, recording.write_key, name):
            raise Conflict("ledger.conflict", "this recording was logged by another process")


def sign_and_log(instance: Instance, recording: Recording, *, on_step: Callable[[str], None]) -> str:
    """Sign and log a statement; gives its `att_…`. When this returns, the entry is committed and published."""
    on_step("sign")
    identity = actor_of(instance)
    log = _BoundLog(instance, recording, identity, on_step)
    signer = EmbeddedSigner(instance=instance.services, log=log, clock=instance.clock, identity=identity, entropy=instance.entropy)
    return attestation_id(signer.sign(recording.statement.raw).leaf.envelope)


def actor_of(instance: Instance) -> str:
    """Give the pseudonym of whoever runs this process: self-asserted, from the account's name and this host's."""
    salt = instance.keys.load("actor/salt") or instance.keys.create("actor/salt", instance.entropy.bytes(ACTOR_SALT_BYTES))
    subject = f"{getpass.getuser()}@{socket.gethostname()}"
    return actor_uri(instance.services.host, salt, issuer=instance.services.issuer, subject=subject)


def subject_rows(tenant: str, attestation: str, index: int, statement: Statement) -> list[SubjectRow]:
    """Give the rows by which a statement is looked up in clear: the same terms as its index keys."""
    return [
        SubjectRow(tenant=tenant, kind=kind.value, value=value, idx=index, attestation=attestation)
        for kind, value in sorted(index_terms(statement.document), key=lambda term: (term[0].value, term[1]))
    ]


def _part_rows(tenant: str, attestation: str, recording: Recording) -> list[PartRow]:
    return [
        PartRow(
            tenant=tenant,
            attestation=attestation,
            name=part.name,
            position=position,
            commitment=part.commitment,
            ciphertext=part.address,
            size=part.size,
            key_id=recording.key_id,
        )
        for position, part in enumerate(recording.parts)
    ]
