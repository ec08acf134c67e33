"""Sigstore bundles 0.1, 0.2 and 0.3, read strictly: bounded, no unknown field, the bytes kept as they came."""

from __future__ import annotations

from dataclasses import dataclass

from attest.errors import CannotVerify, NotVerified
from attest.signing.dsse import MAX_SIGNATURE_BYTES, Envelope, envelope_from
from attest.signing.log_entry import MAX_BODY_BYTES, MAX_PROOF_HASHES, InclusionProof, LogEntry
from attest.signing.strict import Fields, parse_json

MAX_BUNDLE_BYTES = 32 * 1024 * 1024
MAX_CERTIFICATE_BYTES = 64 * 1024
MAX_TOKEN_BYTES = 128 * 1024
MAX_TOKENS = 32
MAX_CHAIN = 10
_CHECKPOINTED = 2
"""From this version on every log entry has a proof with a checkpoint."""

_VERSIONS = {
    "application/vnd.dev.sigstore.bundle+json;version=0.1": 1,
    "application/vnd.dev.sigstore.bundle+json;version=0.2": 2,
    "application/vnd.dev.sigstore.bundle+json;version=0.3": 3,
    "application/vnd.dev.sigstore.bundle.v0.3+json": 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSignature:
    """A signature over an artifact that is not in the bundle."""

    signature: bytes
    algorithm: str | None
    """Name of the digest below, as the bundle spells it; None when the bundle names no digest."""
    digest: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A parsed bundle. Nothing in it is verified."""

    raw: bytes
    """The bytes it was read from."""
    version: int
    """1, 2 or 3 for 0.1, 0.2, 0.3."""
    certificate: bytes | None
    """The signing certificate, DER; None for a bundle that is signed with a managed key."""
    other_certificates: tuple[bytes, ...]
    """Rest of the chain in 0.1 and 0.2 bundles: never used, because the chain is built from the trusted root."""
    key_hint: str | None
    content: Envelope | MessageSignature
    entry: LogEntry | None
    """None only for a managed key: such a bundle may be in no log."""
    tokens: tuple[bytes, ...]
    """RFC 3161 TimeStampResp, DER."""

    @property
    def signature(self) -> bytes:
        """The signature that time stamps are over."""
        return self.content.signature


def parse_bundle(raw: bytes) -> Bundle:
    """Read a bundle.

    Raises:
        NotVerified: `evidence.malformed`: anything that is not exactly a bundle with one signature and one log entry.
        CannotVerify: `evidence.unsupported`: a bundle version this verifier does not know.
    """
    top = parse_json(raw, MAX_BUNDLE_BYTES, where="bundle")
    media_type = top.text("mediaType")
    version = _VERSIONS.get(media_type)
    if version is None:
        raise CannotVerify("evidence.unsupported", "an unknown bundle version", where="bundle.mediaType")
    top.only("mediaType", "verificationMaterial", "messageSignature", "dsseEnvelope")
    material = top.child("verificationMaterial")
    material.only("publicKey", "x509CertificateChain", "certificate", "tlogEntries", "timestampVerificationData")
    certificates, key_hint = _signer(material, version)
    return Bundle(
        raw=raw,
        version=version,
        certificate=certificates[0] if certificates else None,
        other_certificates=certificates[1:],
        key_hint=key_hint,
        content=_content(top),
        entry=_entries(material, version, managed=not certificates),
        tokens=_tokens(material),
    )


def _signer(material: Fields, version: int) -> tuple[tuple[bytes, ...], str | None]:
    named = [name for name in ("publicKey", "x509CertificateChain", "certificate") if material.has(name)]
    if len(named) != 1:
        raise material.fail("", "exactly one of publicKey, x509CertificateChain, certificate is required")
    if named[0] == "publicKey":
        hint = material.child("publicKey")
        hint.only("hint")
        return (), hint.optional_text("hint") or ""
    if (named[0] == "certificate") != (version == 3):
        raise material.fail(named[0], "not the form that this bundle version carries its certificate in")
    if named[0] == "certificate":
        held: tuple[Fields, ...] = (material.child("certificate"),)
    else:
        chain = material.child("x509CertificateChain")
        chain.only("certificates")
        held = chain.objects("certificates")
    if not 1 <= len(held) <= MAX_CHAIN:
        raise material.fail(named[0], f"between 1 and {MAX_CHAIN} certificates are required")
    for each in held:
        each.only("rawBytes")
    return tuple(each.octets("rawBytes", MAX_CERTIFICATE_BYTES, least=1) for each in held), None


def _content(top: Fields) -> Envelope | MessageSignature:
    if top.has("dsseEnvelope") == top.has("messageSignature"):
        raise top.fail("", "exactly one of dsseEnvelope, messageSignature is required")
    if top.has("dsseEnvelope"):
        return envelope_from(top.child("dsseEnvelope"))
    fields = top.child("messageSignature")
    fields.only("messageDigest", "signature")
    digest = fields.optional_child("messageDigest")
    if digest is not None:
        digest.only("algorithm", "digest")
    return MessageSignature(
        signature=fields.octets("signature", MAX_SIGNATURE_BYTES, least=1),
        algorithm=digest.text("algorithm") if digest else None,
        digest=digest.octets("digest", 64, least=1) if digest else None,
    )


def _entries(material: Fields, version: int, *, managed: bool) -> LogEntry | None:
    entries = material.objects("tlogEntries")
    if managed and not entries:
        return None
    if len(entries) != 1:
        raise NotVerified(
            "evidence.malformed",
            "the bundle must hold exactly one log entry",
            expected="1",
            got=str(len(entries)),
            where="bundle.verificationMaterial.tlogEntries",
        )
    entry = _entry(entries[0])
    # Of the old bundles without a checkpoint only those are read that sigstore-python knows no other form of.
    version = version if managed or entry.kind == "intoto" else _CHECKPOINTED
    if entry.proof is None and (version >= _CHECKPOINTED or entry.set_signature is None):
        raise entries[0].fail("inclusionProof", "an inclusion proof is required")
    if entry.proof is not None and entry.proof.checkpoint is None and version >= _CHECKPOINTED:
        raise entries[0].fail("inclusionProof.checkpoint", "a checkpoint is required")
    return entry


def _entry(fields: Fields) -> LogEntry:
    fields.only(
        "logIndex",
        "logId",
        "kindVersion",
        "integratedTime",
        "inclusionPromise",
        "inclusionProof",
        "canonicalizedBody",
    )
    kind = fields.child("kindVersion")
    kind.only("kind", "version")
    log = fields.child("logId")
    log.only("keyId")
    promise = fields.optional_child("inclusionPromise")
    proof = fields.optional_child("inclusionProof")
    return LogEntry(
        index=fields.u64("logIndex"),
        log_id=log.octets("keyId", 64, least=4),
        kind=kind.text("kind", 64),
        version=kind.text("version", 16),
        integrated_time=fields.u64("integratedTime") or None,
        set_signature=promise.octets("signedEntryTimestamp", MAX_SIGNATURE_BYTES, least=1) if promise else None,
        proof=_proof(proof) if proof else None,
        body=fields.octets("canonicalizedBody", MAX_BODY_BYTES, least=1),
    )


def _proof(fields: Fields) -> InclusionProof:
    fields.only("logIndex", "rootHash", "treeSize", "hashes", "checkpoint")
    checkpoint = fields.optional_child("checkpoint")
    if checkpoint is not None:
        checkpoint.only("envelope")
    hashes = fields.octet_list("hashes", 32)
    if len(hashes) > MAX_PROOF_HASHES:
        raise fields.fail("hashes", f"more than {MAX_PROOF_HASHES}")
    return InclusionProof(
        index=fields.u64("logIndex"),
        size=fields.u64("treeSize"),
        root=fields.octets("rootHash", 32, least=32),
        hashes=hashes,
        checkpoint=(checkpoint.optional_text("envelope") or None) if checkpoint else None,
    )


def _tokens(material: Fields) -> tuple[bytes, ...]:
    data = material.optional_child("timestampVerificationData")
    if data is None:
        return ()
    data.only("rfc3161Timestamps")
    stamps = data.objects("rfc3161Timestamps")
    if len(stamps) > MAX_TOKENS:
        raise data.fail("rfc3161Timestamps", f"more than {MAX_TOKENS}")
    for each in stamps:
        each.only("signedTimestamp")
    tokens = tuple(each.octets("signedTimestamp", MAX_TOKEN_BYTES, least=1) for each in stamps)
    if len(set(tokens)) != len(tokens):
        raise data.fail("rfc3161Timestamps", "the same token twice")
    return tokens
