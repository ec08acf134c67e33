"""Attested entries: signing by batch, the whole audit, and bundles verified beside sigstore-python in one process."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import TYPE_CHECKING, Final

from sigstore.models import Bundle, ClientTrustConfig
from sigstore.verify import Verifier, policy

from attest.clock import SystemClock, SystemEntropy
from attest.ledger.index import index_keys
from attest.ledger.sequence import MAX_GROUP_ENTRIES
from attest.model.statement import build_statement, commit_subject
from attest.settings import Settings
from attest.signing.embedded.direct import DirectSigner
from attest.signing.memo import Memo
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, verify_bundle
from attest.store.attestations import by_id
from attest.store.log_store import Submission
from attest.store.new_attestation import NewAttestation
from attest.store.tables import ClaimRow
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import open_instance
from attest.usecases.receipts import attestation_id, bundle_of
from tools.bench_figure import Figure, best_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlmodel import Session

    from attest.model.ports import LogReceipt
    from attest.model.statement import Statement
    from attest.usecases.instance import Instance

PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"
REPOSITORY: Final = "git+https://git.example/payments"
ROUNDS: Final = 3


class Ingest:
    """Signs statements and appends them with all their rows, a certificate for each or one for all."""

    def __init__(self, folder: Path, *, one_certificate: bool = False, instance: Instance | None = None) -> None:
        self.instance = instance or open_instance(
            Settings(home=folder / "attested"), clock=SystemClock(), entropy=SystemEntropy()
        )
        self.identity = f"https://{self.instance.services.host}/actor/bench"
        self.names: list[str] = []
        self._signer = self._new_signer() if one_certificate else None

    def batch(self, count: int) -> None:
        """Sign and append one batch."""
        self.instance.log.append([self._submission() for _ in range(count)])

    def bundles(self, count: int) -> list[bytes]:
        """Give the first bundles that were appended."""
        stored = [by_id(self.instance.engine, self.instance.scope, name) for name in self.names[:count]]
        return [bundle_of(one) for one in stored if one is not None]

    def _new_signer(self) -> DirectSigner:
        return DirectSigner(
            instance=self.instance.services,
            identity=self.identity,
            clock=self.instance.clock,
            entropy=self.instance.entropy,
        )

    def _submission(self) -> Submission:
        statement = _statement()
        leaf = (self._signer or self._new_signer()).leaf(statement.raw)
        name = attestation_id(leaf.envelope)
        self.names.append(name)
        return Submission(
            leaf=leaf,
            keys=index_keys(statement.document),
            payload_hash=statement.digest,
            within=_Rows(self.instance, statement, name, self.identity).write,
        )


class _Rows:
    """The claim and the derived rows of one entry."""

    def __init__(self, instance: Instance, statement: Statement, name: str, identity: str) -> None:
        self._claim = ClaimRow(
            tenant=instance.scope.tenant,
            write_key=secrets.token_hex(32),
            holder="bench",
            claimed_at=0,
            attestation=None,
        )
        self._new = NewAttestation(
            scope=instance.scope,
            log=instance.log.name,
            id=name,
            statement=statement,
            session_id=None,
            identity=identity,
            issuer=instance.services.issuer,
            recorded_at=0,
            write_key=self._claim.write_key,
        )

    def write(self, session: Session, receipt: LogReceipt) -> None:
        """Write them in the log's own transaction."""
        session.add(self._claim)
        self._new.write(session, receipt)


def attested_figures(folder: Path, *, batches: int, sample: int) -> Iterator[Figure]:
    """Measure signing with append, the audit, and verification of `sample` bundles by two implementations."""
    ingest = Ingest(folder)
    count = batches * MAX_GROUP_ENTRIES
    start = time.perf_counter()
    for _ in range(batches):
        ingest.batch(MAX_GROUP_ENTRIES)
    taken = time.perf_counter() - start
    yield Figure(
        what="attested by batch, in process: certificate, SCT, signature, time stamp, SET, rows, append",
        value=count / taken,
        unit="entries/s",
        goal=">= 1,000 (over HTTP)",
    )
    yield from audits(ingest.instance, count)
    yield from _bundles(ingest, sample)
    ingest.instance.engine.dispose()


def audits(instance: Instance, count: int) -> Iterator[Figure]:
    """Audit a log of so many attestations, without signatures and with them; a problem ends the run."""
    for signatures, what in ((False, "fsck: tree, heads, proofs, index, rows, files"), (True, "fsck --signatures")):
        start = time.perf_counter()
        found = fsck(instance, FsckDepth(signatures=signatures), on_progress=lambda _done, _total: None)
        taken = time.perf_counter() - start
        if found.problems:
            raise RuntimeError(f"the audit found: {found.problems[0]}")
        yield Figure(what=what, value=count / taken, unit="entries/s")


def _bundles(ingest: Ingest, sample: int) -> Iterator[Figure]:
    instance = ingest.instance
    bundles = ingest.bundles(sample)
    services = instance.services
    root = parse_trusted_root(services.trusted_root)
    who = Identity(san=ingest.identity, issuer=services.issuer)
    config = ClientTrustConfig.from_json(services.trust_config("https://embedded.invalid").decode())
    stock = Verifier(trusted_root=config.trusted_root)
    stock_who = policy.Identity(identity=ingest.identity, issuer=services.issuer)

    def ours() -> None:
        memo = Memo()
        for raw in bundles:
            verify_bundle(raw, root, who, None, memo=memo)

    def alone() -> None:
        for raw in bundles:
            verify_bundle(raw, root, who, None)

    def theirs() -> None:
        for raw in bundles:
            stock.verify_dsse(Bundle.from_json(raw), stock_who)

    rate = len(bundles) / best_of(ROUNDS, theirs)
    for run, what in ((ours, "as a batch"), (alone, "each by itself")):
        yield Figure(
            what=f"bundles verified, every signature, one core, {what}",
            value=len(bundles) / best_of(ROUNDS, run),
            unit="bundles/s",
            goal=">= 5,000 and 5 x",
            peer="sigstore-python",
            peer_value=rate,
        )


def _statement() -> Statement:
    oid = secrets.token_hex(20)
    subject = commit_subject(REPOSITORY, oid, secrets.token_hex(20), hashlib.sha256(oid.encode()).digest())
    names = [f"tests/test_validation.py::test_{number}" for number in range(20)]
    return build_statement(PREDICATE, (subject,), {"result": "PASSED", "configuration": [], "passedTests": names})
