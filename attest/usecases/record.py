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
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attest.capture.native_id import native_session_id
from attest.capture.reader import SNIFF_BYTES, sniff
from attest.errors import InvalidInput
from attest.model.keeping import KeepParts
from attest.model.parts import SESSION_SECRET_BYTES, SessionKeys
from attest.model.session_predicate import SESSION_V1
from attest.store.claims import hold_claim
from attest.store.new_attestation import KeptPart
from attest.store.sessions import session_id
from attest.usecases.commit_context import read_commits
from attest.usecases.destroy import require_not_erased
from attest.usecases.keep import keep_receipt
from attest.usecases.keeping import read_keeping
from attest.usecases.receipts import receipt_of
from attest.usecases.record_request import STEPS, RecordRequest
from attest.usecases.redact_session import make_redactor, redact_session, session_token_key
from attest.usecases.redaction_statement import redaction_extension
from attest.usecases.secret_prints import PART, secrets_part
from attest.usecases.sign import Recording, sign_and_log
from attest.usecases.staged_parts import StagedParts
from attest.usecases.state_session import session_documents, state_session
from attest.usecases.supersede import superseded_by
from attest.usecases.vault import keep_in_vault
from attest.usecases.withheld import seal_withheld

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.receipt import Receipt
    from attest.usecases.begin_redaction import BegunRedaction
    from attest.usecases.commit_context import CommitContext
    from attest.usecases.instance import Instance
    from redaction.records import OpenLines
    from redaction.redactor import AnyRedaction

__all__ = ("STEPS", "RecordRequest", "record", "write_key")

NONCE_BYTES: Final = 16


def record(
    request: RecordRequest,
    instance: Instance,
    *,
    on_step: Callable[[str], None],
    begun: BegunRedaction | None = None,
) -> Receipt:
    """Record a session and give its receipt; recording the same thing again gives the same receipt.

    `begun` is the redaction of this very request, if the caller began it; the caller ends it.

    Raises:
        InvalidInput: the transcript or a commit cannot be read.
        Quarantined: redaction could not vouch for the result; nothing was signed or stored.
    """
    on_step("read")  # 1
    digest = begun.digest if begun else request.transcript.digest()[0]
    commits = begun.commits if begun else read_commits(request.repository, request.commits)
    on_step("claim")  # 2
    key, *earlier = (write_key(secret, digest, request.commits) for secret in instance.tenant_secrets())
    locks = instance.settings.home / "locks"
    at = int(instance.clock.now().timestamp())
    with hold_claim(instance.engine, instance.scope, key, locks=locks, at=at, earlier=earlier) as done:
        attestation = done or _Recorder(request, instance, commits, digest).record(key, on_step, begun)
    receipt = receipt_of(instance, attestation)
    if done:
        instance.log.publisher.reach(receipt.tree_size)
    on_step("keep")  # 8
    keep_receipt(receipt, instance, request.repository)
    return receipt


def write_key(tenant_secret: bytes, transcript_sha256: bytes, commits: tuple[str, ...]) -> str:
    """Give the key that is equal for equal recordings of a tenant: original bytes, commit oids, predicate type."""
    message = transcript_sha256 + "\0".join((*sorted(commits), SESSION_V1)).encode()
    return hmac.digest(tenant_secret, b"whereof write key v1\0" + message, "sha256").hex()


class _Recorder:
    """Steps 3 to 7 of one recording."""

    def __init__(
        self, request: RecordRequest, instance: Instance, commits: tuple[CommitContext, ...], digest: bytes
    ) -> None:
        self._request = request
        self._instance = instance
        self._commits = commits
        agent = sniff(request.transcript.head(SNIFF_BYTES))
        if agent is None:
            raise InvalidInput("input.unknown-format", where=str(request.transcript.path))
        # Without an id of its own a transcript is known by a keyed digest: equal bytes are the same session.
        unnamed = hmac.digest(instance.tenant_secret(), b"whereof unnamed session\0" + digest, "sha256").hex()
        native = (
            native_session_id(request.transcript.lines(), format=agent, name=request.transcript.path.stem) or unnamed
        )
        require_not_erased(instance, (agent, native))
        self._format = agent
        self._digest = digest
        self._session_id = session_id(
            instance.engine, instance.scope, (agent, native), clock=instance.clock, entropy=instance.entropy
        )
        self._key_name = f"session/{self._session_id}"
        secret = instance.keys.load(self._key_name) or instance.keys.create(
            self._key_name, instance.entropy.bytes(SESSION_SECRET_BYTES)
        )
        self._keys = SessionKeys.from_secret(secret)
        self._keeping = request.keeping or read_keeping(instance.settings.home)
        self._parts: list[KeptPart] = []
        self._staged: StagedParts

    def record(self, write_key: str, on_step: Callable[[str], None], begun: BegunRedaction | None) -> str:
        """Do the steps and give the attestation's id."""
        instance = self._instance
        on_step("redact")  # 3
        with StagedParts(instance.settings.home) as self._staged:
            redacted = redact_session(
                self._redact(begun),
                self._request.transcript,
                self._commits,
                self._keep,
                label=self._request.agent,
                keeping=self._keeping,
            )
            on_step("state")  # 4
            for name, data in session_documents(redacted, self._commits):
                self._keep(name, data)
            if redacted.secrets:
                self._keep(PART, secrets_part(instance, redacted.secrets))
            self._request.transcript.require_unchanged(self._digest)
            self._staged.keep_in(instance.objects)
        root = seal_withheld(instance.settings.home, self._session_id, self._keys, redacted.withheld)
        keep_in_vault(instance, self._session_id, redacted.values)
        account = redaction_extension(redacted.report, self._keeping, count=len(redacted.withheld), root=root)
        statement, listing = state_session(
            replace(redacted, account=account),
            self._commits,
            tuple(self._parts),
            session_id=self._session_id,
            now=instance.clock.now(),
            nonce=instance.entropy.bytes(NONCE_BYTES),
            supersedes=superseded_by(instance, self._session_id, self._request.commits),
            note=replace(self._request.capture, not_utf8=self._request.transcript.count_not_utf8()),
        )
        instance.objects.put(listing)
        recording = Recording(
            statement=statement,
            session_id=self._session_id,
            parts=tuple(self._parts),
            key_id=instance.keys.key_id(self._key_name),
            write_key=write_key,
        )
        return sign_and_log(instance, recording, on_step=on_step)  # 5 to 7

    def _redact(self, begun: BegunRedaction | None) -> Callable[[OpenLines], AnyRedaction]:
        if begun is not None:
            key = session_token_key(self._instance, self._session_id)
            return lambda _same_lines: begun.redaction.redact(key)
        return make_redactor(
            self._instance,
            self._session_id,
            self._request.repository,
            self._commits,
            format=self._format,
            keeping=self._keeping,
        ).redact

    def _keep(self, name: str, data: bytes) -> None:
        if self._keeping.parts is KeepParts.NONE:
            return
        sealed = self._keys.seal(name, data)
        self._staged.add(sealed.ciphertext)
        self._parts.append(KeptPart(name=name, size=sealed.size, commitment=sealed.commitment, address=sealed.address))
