"""Steps 5 to 7 of `record`: sign a statement as this machine's actor and log it in one transaction with its rows."""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.ledger.index import index_keys
from attest.signing.embedded.actor import actor_uri
from attest.signing.sigstore import EmbeddedSigner
from attest.store.given import after
from attest.store.log_store import Submission
from attest.store.new_attestation import NewAttestation
from attest.usecases.receipts import attestation_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.ports import LeafParts, LogReceipt
    from attest.model.statement import Statement
    from attest.store.given import Change
    from attest.store.new_attestation import KeptPart
    from attest.usecases.instance import Instance

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
    beside: Change | None = None
    """What else happens in the log's own transaction: with the entry, or not at all."""


@dataclass(frozen=True, slots=True)
class _BoundLog:
    """The log, with the rows that belong to the one statement being signed."""

    instance: Instance
    recording: Recording
    identity: str
    on_step: Callable[[str], None]

    def append(self, leaf: LeafParts) -> LogReceipt:
        """Append the leaf and its rows in one transaction."""
        instance, recording = self.instance, self.recording
        new = NewAttestation(
            scope=instance.scope,
            log=instance.log.name,
            id=attestation_id(leaf.envelope),
            statement=recording.statement,
            session_id=recording.session_id,
            identity=self.identity,
            issuer=instance.services.issuer,
            recorded_at=int(instance.clock.now().timestamp()),
            parts=recording.parts,
            key_id=recording.key_id,
            write_key=recording.write_key,
        )
        submission = Submission(
            leaf=leaf,
            keys=index_keys(recording.statement.document),
            payload_hash=recording.statement.digest,
            within=new.write if recording.beside is None else after(new.write, recording.beside),
        )
        return instance.append((submission,), on_step=self.on_step)[0]


def sign_and_log(instance: Instance, recording: Recording, *, on_step: Callable[[str], None]) -> str:
    """Sign and log a statement; gives its `att_…`. When this returns, the entry is committed and published."""
    on_step("sign")
    identity = actor_of(instance)
    log = _BoundLog(instance, recording, identity, on_step)
    signer = EmbeddedSigner(
        instance=instance.services, log=log, clock=instance.clock, identity=identity, entropy=instance.entropy
    )
    return attestation_id(signer.sign(recording.statement.raw).leaf.envelope)


def actor_of(instance: Instance) -> str:
    """Give the pseudonym of whoever runs this process: self-asserted, from the account's name and this host's."""
    salt = instance.keys.load("actor/salt") or instance.keys.create(
        "actor/salt", instance.entropy.bytes(ACTOR_SALT_BYTES)
    )
    subject = f"{getpass.getuser()}@{socket.gethostname()}"
    return actor_uri(instance.services.host, salt, issuer=instance.services.issuer, subject=subject)
