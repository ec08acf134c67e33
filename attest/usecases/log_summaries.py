"""Sign and log statements whose subject is a commit by its oid: sigstore-python signs none, our own DSSE code does.

1. scan     every payload through the second scan
2. claim    by what each says; one that was logged before gives what is there
3. sign     one short-lived key for the group: signature and time stamp of each
4. log      the group in one transaction, with its rows
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from attest.ledger.index import index_keys
from attest.signing.embedded.direct import DirectSigner
from attest.store.claims import hold_claim
from attest.store.log_store import Submission
from attest.store.new_attestation import NewAttestation
from attest.usecases.log_statement import write_key
from attest.usecases.receipts import attestation_id
from attest.usecases.scan_payload import require_clean
from attest.usecases.sign import actor_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.model.statement import Statement
    from attest.usecases.instance import Instance

GROUP: Final = 64
"""Statements of one transaction."""


def log_summaries(instance: Instance, statements: Sequence[Statement]) -> tuple[str, ...]:
    """Sign and log the statements; gives their `att_…` in order. When this returns, all are committed and published.

    Raises:
        Quarantined: the second scan found something; nothing of that group was signed, those before it are logged.
    """
    signer = DirectSigner(
        instance=instance.services, identity=actor_of(instance), clock=instance.clock, entropy=instance.entropy
    )
    found: list[str] = []
    for start in range(0, len(statements), GROUP):
        found += _group(instance, signer, statements[start : start + GROUP])
    return tuple(found)


def _group(instance: Instance, signer: DirectSigner, statements: Sequence[Statement]) -> list[str]:
    for statement in statements:
        require_clean(statement.raw, instance.settings)  # 1
    secrets, at = instance.tenant_secrets(), int(instance.clock.now().timestamp())
    secret = secrets[0]
    keys = {write_key(secret, one.predicate_type, one.raw): one for one in statements}
    locks = instance.settings.home / "locks"
    named: dict[str, str] = {}
    submissions: list[Submission] = []
    with ExitStack() as held:
        for key in sorted(keys):  # in one order everywhere: two groups never wait for each other
            known = [write_key(one, keys[key].predicate_type, keys[key].raw) for one in secrets[1:]]
            claim = hold_claim(instance.engine, instance.scope, key, locks=locks, at=at, earlier=known)  # 2
            done = held.enter_context(claim)
            if done is None:
                named[key], submission = _signed(instance, signer, keys[key], key)  # 3
                submissions.append(submission)
            else:
                named[key] = done
        if submissions:
            instance.append(submissions)  # 4
    return [named[write_key(secret, one.predicate_type, one.raw)] for one in statements]


def _signed(instance: Instance, signer: DirectSigner, statement: Statement, key: str) -> tuple[str, Submission]:
    leaf = signer.leaf(statement.raw)
    new = NewAttestation(
        scope=instance.scope,
        log=instance.log.name,
        id=attestation_id(leaf.envelope),
        statement=statement,
        session_id=None,
        identity=signer.identity,
        issuer=instance.services.issuer,
        recorded_at=int(instance.clock.now().timestamp()),
        write_key=key,
    )
    submission = Submission(
        leaf=leaf, keys=index_keys(statement.document), payload_hash=statement.digest, within=new.write
    )
    return new.id, submission
