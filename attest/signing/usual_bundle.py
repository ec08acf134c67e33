"""The one form that nearly every bundle has, read without detours: 0.3, a certificate, an envelope, one entry, one stamp.

An audit reads thousands of them. Whatever differs in anything gives None here and is read by `attest.signing.bundle`,
which says what is wrong; what is read here, it reads the same.
"""

from __future__ import annotations

import binascii
from functools import lru_cache
from typing import Final

from attest.signing.dsse import MAX_ENVELOPE_BYTES, MAX_SIGNATURE_BYTES, Envelope
from attest.signing.log_entry import MAX_BODY_BYTES, MAX_PROOF_HASHES, InclusionProof, LogEntry
from attest.signing.strict import MAX_TEXT_CHARS, MAX_U64, strict_base64

MAX_CERTIFICATE_BYTES: Final = 64 * 1024
MAX_TOKEN_BYTES: Final = 128 * 1024
_MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
_TOP: Final = {"mediaType", "verificationMaterial", "dsseEnvelope"}
_MATERIAL: Final = {"certificate", "tlogEntries", "timestampVerificationData"}
_ENVELOPE: Final = {"payload", "payloadType", "signatures"}
_ENTRY: Final = {
    "logIndex", "logId", "kindVersion", "integratedTime", "inclusionPromise", "inclusionProof", "canonicalizedBody",
}  # fmt: skip
_PROOF: Final = {"logIndex", "rootHash", "treeSize", "hashes", "checkpoint"}
_KIND: Final = {"kind", "version"}
_HASH_CHARS: Final = 44
_ONE_BYTE: Final = 4
"""Characters of base64 for one byte at least."""


class _UnusualError(ValueError):
    """Something is not as it mostly is."""


Parts = tuple[Envelope, bytes, LogEntry, bytes]
"""(content, certificate, entry, token)"""


def read_usual(top: dict[str, object]) -> Parts | None:
    """Give the parts of a bundle in the usual form; None where anything differs from it."""
    if top.keys() != _TOP or top["mediaType"] != _MEDIA_TYPE:
        return None
    try:
        material = _object(top["verificationMaterial"], _MATERIAL)
        stamp = _one(_object(material["timestampVerificationData"], {"rfc3161Timestamps"})["rfc3161Timestamps"])
        return (
            _envelope(_object(top["dsseEnvelope"], _ENVELOPE)),
            _certificate(_object(material["certificate"], {"rawBytes"})["rawBytes"]),
            _entry(_object(_one(material["tlogEntries"]), _ENTRY)),
            _octets(_object(stamp, {"signedTimestamp"})["signedTimestamp"], MAX_TOKEN_BYTES),
        )
    except _UnusualError:
        return None


def _envelope(envelope: dict[str, object]) -> Envelope:
    kind = envelope["payloadType"]
    signature = _object(_one(envelope["signatures"]), {"sig"})["sig"]
    if not isinstance(kind, str) or len(kind) > MAX_TEXT_CHARS:
        raise _UnusualError
    return Envelope(
        payload=_octets(envelope["payload"], MAX_ENVELOPE_BYTES),
        payload_type=kind,
        signature=_octets(signature, MAX_SIGNATURE_BYTES),
        key_hint="",
    )


def _entry(entry: dict[str, object]) -> LogEntry:
    kind = _object(entry["kindVersion"], _KIND)
    name, version = kind["kind"], kind["version"]
    if not isinstance(name, str) or not isinstance(version, str) or len(name) > 64 or len(version) > 16:
        raise _UnusualError
    log_id = _octets(_object(entry["logId"], {"keyId"})["keyId"], 64)
    if len(log_id) < 4:
        raise _UnusualError
    promise = _object(entry["inclusionPromise"], {"signedEntryTimestamp"})["signedEntryTimestamp"]
    return LogEntry(
        index=_u64(entry["logIndex"]),
        log_id=log_id,
        kind=name,
        version=version,
        integrated_time=_u64(entry["integratedTime"]) or None,
        set_signature=_octets(promise, MAX_SIGNATURE_BYTES),
        proof=_proof(_object(entry["inclusionProof"], _PROOF)),
        body=_octets(entry["canonicalizedBody"], MAX_BODY_BYTES),
    )


def _proof(proof: dict[str, object]) -> InclusionProof:
    note, listed = _object(proof["checkpoint"], {"envelope"})["envelope"], proof["hashes"]
    if not isinstance(note, str) or not note or len(note) > MAX_TEXT_CHARS:
        raise _UnusualError
    if not isinstance(listed, list) or len(listed) > MAX_PROOF_HASHES:
        raise _UnusualError
    return InclusionProof(
        index=_u64(proof["logIndex"]),
        size=_u64(proof["treeSize"]),
        root=_hash(proof["rootHash"]),
        hashes=tuple([_hash(each) for each in listed]),
        checkpoint=note,
    )


def _object(value: object, names: set[str]) -> dict[str, object]:
    if not isinstance(value, dict) or value.keys() != names:
        raise _UnusualError
    return value


def _one(value: object) -> object:
    if not isinstance(value, list) or len(value) != 1:
        raise _UnusualError
    return value[0]


def _certificate(value: object) -> bytes:
    if not isinstance(value, str):
        raise _UnusualError
    return _known_certificate(value)


@lru_cache(maxsize=64)
def _known_certificate(value: str) -> bytes:
    # The bundles of one signer bring one certificate, again and again.
    return _octets(value, MAX_CERTIFICATE_BYTES)


def _octets(value: object, limit: int) -> bytes:
    if not isinstance(value, str) or not _ONE_BYTE <= len(value) <= limit * 4 // 3 + 4:
        raise _UnusualError
    raw = strict_base64(value)
    if raw is None:
        raise _UnusualError
    return raw


def _hash(value: object) -> bytes:
    if not isinstance(value, str) or len(value) != _HASH_CHARS:
        raise _UnusualError
    try:
        raw = binascii.a2b_base64(value, strict_mode=True)
    except ValueError as err:
        raise _UnusualError from err
    if len(raw) != 32 or value[-2] not in "AEIMQUYcgkosw048":
        raise _UnusualError
    return raw


def _u64(value: object) -> int:
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 20:
        raise _UnusualError
    number = int(value)
    if number > MAX_U64:
        raise _UnusualError
    return number
