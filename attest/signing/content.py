"""What was signed: the signature over payload or artifact, and whether a statement is about the artifact."""

from __future__ import annotations

import hmac

from attest.errors import CannotVerify, InvalidInput, NotVerified
from attest.signing.artifact import ArtifactDigest
from attest.signing.bundle import MessageSignature
from attest.signing.dsse import IN_TOTO_PAYLOAD_TYPE, Envelope
from attest.signing.keys import VerifyingKey
from attest.signing.strict import parse_json

MAX_STATEMENT_BYTES = 16 * 1024 * 1024
STATEMENT_TYPES = frozenset(("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"))
_BUNDLE_HASHES = {"SHA2_256": "sha256", "SHA2_384": "sha384", "SHA2_512": "sha512"}


def verify_content(content: Envelope | MessageSignature, key: VerifyingKey, artifact: ArtifactDigest | None) -> None:
    """Check the signature over the envelope's payload, or over the artifact.

    Raises:
        NotVerified: `evidence.signature`, or `evidence.subject`: the bundle names another digest than the artifact's.
        InvalidInput: `input.usage`: the signature is over an artifact, and none was given.
        CannotVerify: `evidence.unsupported`: the key signed by a hash of the artifact that is not known, or (Ed25519)
            its content, and only a digest was given.
    """
    if isinstance(content, Envelope):
        if not key.is_signature_of(content.signature, content.pae()):
            raise NotVerified("evidence.signature", "the signature does not hold over the payload")
        return
    if artifact is None:
        raise InvalidInput("input.usage", "the signature is over an artifact: name it")
    _require_named_digest(content, artifact)
    if not _is_over(content.signature, key, artifact):
        raise NotVerified("evidence.signature", "the signature does not hold over the artifact")


def _require_named_digest(content: MessageSignature, artifact: ArtifactDigest) -> None:
    if content.algorithm is None or content.digest is None:
        return
    known = artifact.get(_BUNDLE_HASHES.get(content.algorithm, ""))
    if known is None:
        raise CannotVerify("evidence.unsupported", "the bundle names the artifact by a hash that is not known here")
    if not hmac.compare_digest(known, content.digest):
        raise NotVerified("evidence.subject", "the bundle names another digest", expected=known.hex())


def _is_over(signature: bytes, key: VerifyingKey, artifact: ArtifactDigest) -> bool:
    if artifact.content is not None:
        return key.is_signature_of(signature, artifact.content)
    digest = artifact.get(key.hash_name) if key.hash_name else None
    if digest is None:
        raise CannotVerify("evidence.unsupported", "this key signed the artifact itself: give it, not its digest")
    return key.is_signature_of_digest(signature, digest)


def verify_subject(content: Envelope | MessageSignature, artifact: ArtifactDigest | None) -> None:
    """Check that an envelope holds an in-toto statement, and that one of its subjects is the artifact.

    Raises:
        NotVerified: `evidence.statement`: another payload type, or not a statement; `evidence.subject`: not about it.
    """
    if not isinstance(content, Envelope):
        return
    if content.payload_type != IN_TOTO_PAYLOAD_TYPE:
        raise NotVerified("evidence.statement", "another payload type", expected=IN_TOTO_PAYLOAD_TYPE)
    statement = parse_json(content.payload, MAX_STATEMENT_BYTES, where="payload", code="evidence.statement")
    if statement.text("_type") not in STATEMENT_TYPES:
        raise statement.fail("_type", "not an in-toto statement of a known version")
    if artifact is None:
        return
    wanted = artifact.sha256.hex()
    for subject in statement.objects("subject"):
        digest = subject.optional_child("digest")
        if digest is not None and digest.value.get("sha256") == wanted:
            return
    raise NotVerified("evidence.subject", "no subject of the statement is the artifact", expected=f"sha256:{wanted}")
