"""Sign and log one statement that is not a session: a link, a gap, a declaration, a join.

1. state    the predicate against its shape, the statement as canonical bytes, its text through the second scan
2. claim    hold the write key; the same statement of the same maker before gives the stored receipt and ends here
3. sign     certificate, signature, timestamp
4. log      entry, index leaf, head and rows in one transaction; durable before anything is said
5. keep     the bundle as a plain file per commit

Such a statement has no parts: nothing in it can be erased, so it holds oids, counts, digests and closed words only.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from attest.model.log_predicate import log_subject
from attest.model.predicates import require_shape
from attest.model.statement import build_statement
from attest.store.claims import hold_claim
from attest.usecases.keep import keep_receipt
from attest.usecases.receipts import receipt_of
from attest.usecases.scan_payload import require_clean
from attest.usecases.sign import Recording, sign_and_log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.model.statement import Statement, Subject
    from attest.store.given import Change
    from attest.usecases.instance import Instance


def log_statement(
    instance: Instance,
    predicate_type: str,
    subjects: tuple[Subject, ...],
    predicate: Mapping[str, object],
    *,
    write_key_material: bytes,
    repository: Repository | None = None,
) -> Receipt:
    """Sign and log a statement and give its receipt; the same material again gives the stored receipt.

    `write_key_material` is what makes two requests the same one (not the time, not a nonce). `repository` is where
    the receipt is kept beside the clone's objects; None keeps it in the instance alone.

    Raises:
        InvalidInput: the predicate is not of its shape, or the statement is too large.
        Quarantined: the second scan found something that looks like a secret or a person.
    """
    receipt = log_unkept(instance, predicate_type, subjects, predicate, write_key_material=write_key_material)
    keep_receipt(receipt, instance, repository)  # 5
    return receipt


def log_unkept(
    instance: Instance,
    predicate_type: str,
    subjects: tuple[Subject, ...],
    predicate: Mapping[str, object],
    *,
    write_key_material: bytes,
    beside: Change | None = None,
) -> Receipt:
    """Do steps 1 to 4: for a statement that is no evidence of its commits, such as a verdict on them.

    `beside` is what happens in the log's own transaction: with the entry, or not at all.

    Raises:
        InvalidInput: the predicate is not of its shape, or the statement is too large.
        Quarantined: the second scan found something that looks like a secret or a person.
    """
    require_shape(predicate_type, predicate)  # 1
    statement = build_statement(predicate_type, subjects, predicate)
    require_clean(statement.raw, instance.settings)
    key, *earlier = (write_key(secret, predicate_type, write_key_material) for secret in instance.tenant_secrets())
    locks = instance.settings.home / "locks"
    at = int(instance.clock.now().timestamp())
    with hold_claim(instance.engine, instance.scope, key, locks=locks, at=at, earlier=earlier) as done:  # 2
        attestation = done or _log(instance, statement, key, beside)
    receipt = receipt_of(instance, attestation)
    if done:
        instance.log.publisher.reach(receipt.tree_size)
    return receipt


def own_log_subject(instance: Instance) -> Subject:
    """Give the subject of a statement about no commit (D1): this instance's log."""
    authority = instance.services.log
    return log_subject(authority.origin, authority.verifier_key)


def _log(instance: Instance, statement: Statement, key: str, beside: Change | None) -> str:
    recording = Recording(statement=statement, session_id=None, parts=(), key_id="", write_key=key, beside=beside)
    return sign_and_log(instance, recording, on_step=lambda _: None)  # 3 and 4


def write_key(tenant_secret: bytes, predicate_type: str, material: bytes) -> str:
    """Give the key that makes two requests the same one."""
    message = predicate_type.encode() + b"\0" + material
    return hmac.digest(tenant_secret, b"whereof statement key v1\0" + message, "sha256").hex()
