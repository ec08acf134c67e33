"""Record one session: redact it, state what it was, sign the statement, log it, and give the receipt.

1. read     fix the transcript's bytes; read the commits it is said to have led to from the clone
2. claim    hold the write key; the same recording before gives the stored receipt and ends here
3. redact   two passes and a second scan; anything left in quarantines the session and ends here
4. state    derive the session from the redacted bytes, seal the parts, build the statement
5. sign     certificate, signature, timestamp
6. log      one transaction: entry, index leaf, head, rows, the claim's fulfilment; durable before anything is said
7. publish  tiles and checkpoint, made again from the database after a crash
8. keep     the bundle as a plain file per commit, the receipt in the git directory

Before 6 nothing of the session can be found; after 6 everything follows from what was committed.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.capture.fields import CLAUDE_CODE_FIELDS
from attest.model.session_predicate import SESSION_V1
from attest.store.claims import hold_claim
from attest.usecases.commit_context import read_commits
from attest.usecases.keep import keep_receipt
from attest.usecases.receipts import receipt_of
from attest.usecases.redact_session import redact_session
from attest.usecases.sign import sign_and_log
from attest.usecases.state_session import state_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.capture.transcript import Transcript
    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance

STEPS: Final = ("read", "claim", "redact", "state", "sign", "log", "publish", "keep")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRequest:
    """What is to be recorded."""

    transcript: Transcript
    repository: Repository | None
    commits: tuple[str, ...]
    """Full oids; the recorder's word that the session led to them."""
    agent: str | None = None
    """Format label the caller claims; the format is told from the content."""


def record(request: RecordRequest, instance: Instance, *, on_step: Callable[[str], None]) -> Receipt:
    """Record a session and give its receipt; recording the same thing again gives the same receipt.

    Raises:
        InvalidInput: the transcript or a commit cannot be read.
        Quarantined: redaction could not vouch for the result; nothing was signed or stored.
    """
    on_step("read")  # 1
    digest, lines = request.transcript.digest()
    commits = read_commits(request.repository, request.commits)
    on_step("claim")  # 2
    key = write_key(instance.tenant_secret(), digest, request.commits)
    locks = instance.settings.home / "locks"
    at = int(instance.clock.now().timestamp())
    with hold_claim(instance.engine, instance.scope, key, locks=locks, at=at) as done:
        attestation = done or _record(request, instance, key, (digest, lines, commits), on_step)
    receipt = receipt_of(instance, attestation)
    on_step("keep")  # 8
    keep_receipt(receipt, instance, request.repository)
    return receipt


def write_key(tenant_secret: bytes, transcript_sha256: bytes, commits: tuple[str, ...]) -> str:
    """Give the key that is equal for equal recordings of a tenant: original bytes, commit oids, predicate type."""
    message = transcript_sha256 + "\0".join((*sorted(commits), SESSION_V1)).encode()
    return hmac.digest(tenant_secret, b"whereof write key v1\0" + message, "sha256").hex()
