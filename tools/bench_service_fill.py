"""What the service is loaded with before it is measured: many small sessions, in the log and in the search index.

They are signed under one certificate and appended with all their rows by the code that the service itself appends with;
nothing of them is checked on the way, so that loading takes minutes. They have no parts.
"""

from __future__ import annotations

import copy
import hashlib
import secrets
from typing import TYPE_CHECKING, Final

from attest.clock import SystemClock, SystemEntropy, ulid
from attest.ledger.index import index_keys
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject, build_statement, commit_subject
from attest.signing.embedded.direct import DirectSigner
from attest.store import attestations
from attest.store.database import writing
from attest.store.log_store import Submission
from attest.store.new_attestation import NewAttestation
from attest.store.tables import ClaimRow
from attest.usecases.index_search import catch_up
from attest.usecases.instance import open_instance
from attest.usecases.receipts import attestation_id
from tests.support.evidence import PREDICATE

if TYPE_CHECKING:
    from attest.model.statement import Statement
    from attest.settings import Settings
    from attest.usecases.instance import Instance

BATCH: Final = 512
AGENTS: Final = ("claude-code", "codex", "gemini-cli", "openhands")
MODELS: Final = ("model-a", "model-b", "model-c")
REPOSITORIES: Final = tuple(f"git+https://git.example/pond-{number}" for number in range(20))


def fill(settings: Settings, count: int) -> None:
    """Append small sessions until the instance holds so many attestations, and index what is not."""
    instance = open_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
    signer = DirectSigner(
        instance=instance.services,
        identity=f"https://{instance.services.host}/actor/bench",
        clock=instance.clock,
        entropy=instance.entropy,
    )
    held = attestations.count(instance.engine, instance.scope)
    while held < count:
        batch = [_recorded(instance, signer, held + number) for number in range(min(BATCH, count - held))]
        with writing(instance.engine) as session:
            for new, _ in batch:
                session.add(
                    ClaimRow(
                        tenant=instance.scope.tenant,
                        write_key=new.write_key,
                        holder="bench",
                        claimed_at=0,
                        attestation=None,
                    )
                )
        instance.append([submission for _, submission in batch])
        held += len(batch)
    catch_up(instance)
    instance.engine.dispose()


def _recorded(instance: Instance, signer: DirectSigner, number: int) -> tuple[NewAttestation, Submission]:
    name = ulid("ses", instance.clock, instance.entropy)
    statement = _statement(name, number)
    leaf = signer.leaf(statement.raw)
    new = NewAttestation(
        scope=instance.scope,
        log=instance.log.name,
        id=attestation_id(leaf.envelope),
        statement=statement,
        session_id=name,
        identity=f"https://{instance.services.host}/actor/bench",
        issuer=instance.services.issuer,
        recorded_at=int(instance.clock.now().timestamp()),
        write_key=secrets.token_hex(32),
    )
    keys = index_keys(statement.document)
    return new, Submission(leaf=leaf, keys=keys, payload_hash=statement.digest, within=new.write)


def _statement(name: str, number: int) -> Statement:
    predicate = copy.deepcopy(PREDICATE) | {
        "session": {"id": name, "format": "claude-code"},
        "nonce": secrets.token_hex(16),
        "parts": {"count": 0, "bytes": 0, "root": "1" * 64, "list": "1" * 64},
    }
    facts = {
        "agent": {"value": AGENTS[number % len(AGENTS)], "basis": "observed"},
        "models": [{"value": MODELS[number % len(MODELS)], "basis": "reported"}],
    }
    predicate["facts"] = dict(PREDICATE["facts"]) | facts  # type: ignore[call-overload]
    repository = REPOSITORIES[number % len(REPOSITORIES)]
    tree = hashlib.sha256(b"tree %d" % number).hexdigest()[:40]
    commit = commit_subject(repository, secrets.token_hex(20), tree, secrets.token_bytes(32))
    return build_statement(SESSION_V1, (commit, Subject(name=name, sha256="1" * 64)), predicate)
