"""Signed notes (C2SP signed-note), with the two kinds of signature that this log makes, and that of a witness.

Ed25519 keys have the C2SP key id, SHA-256(name || 0x0A || type || key)[:4], type 0x01 for a log and 0x04 for a witness
(`cosignature/v1`: the time comes before the signature and is signed with the text). ECDSA P-256 keys are Sigstore's:
key id SHA-256(SPKI)[:4], signature ASN.1 DER over the text of the note.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from attest.errors import CannotVerify, InvalidInput, NotVerified

MAX_NOTE_BYTES = 65_536
"""A checkpoint has some hundred bytes and each cosignature about as many; ML-DSA signatures take 3.3 KB each."""
MAX_SIGNATURES = 64
"""Signature lines per note."""
MAX_NAME_BYTES = 255
"""A key name: ML-DSA cosignatures give its length one byte."""
KEY_ID_BYTES = 4
ED25519_BYTES = 32
_KEYS = 64
"""Keys that are kept as they were parsed: to parse one takes as long as to verify with it."""
_TIME_BYTES = 8
_MAX_TIME = 2**63 - 1
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DASH = "\u2014 "
_MALFORMED = "evidence.malformed"


class NoteAlgorithm(Enum):
    """How the signature of a note is made."""

    ED25519 = "ed25519"
    ECDSA_P256 = "ecdsa-p256-sha256"
    COSIGNATURE_V1 = "cosignature/v1"


_TYPES = {NoteAlgorithm.ED25519: b"\x01", NoteAlgorithm.COSIGNATURE_V1: b"\x04"}
"""The first byte of the key in a C2SP verifier key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line."""

    name: str
    key_id: bytes
    """4 bytes; a hint which key it is, not a commitment to it."""
    signature: bytes

    def encode(self) -> str:
        """Give the line, with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNote:
    """A parsed note. Nothing is verified yet."""

    text: str
    """What is signed, up to and with its last newline."""
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteKey:
    """A public key that notes are verified with."""

    name: str
    algorithm: NoteAlgorithm
    public: bytes
    """Ed25519 and cosignatures: the 32 bytes of the key. ECDSA: the DER SubjectPublicKeyInfo."""

    def __post_init__(self) -> None:
        _require_name(self.name)
        if self.algorithm in _TYPES and len(self.public) != ED25519_BYTES:
            raise InvalidInput("input.malformed", "an Ed25519 key has 32 bytes", got=f"{len(self.public)} bytes")

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that mark this key's signatures."""
        if self.algorithm in _TYPES:
            typed = _TYPES[self.algorithm] + self.public
            return sha256(self.name.encode() + b"\n" + typed).digest()[:KEY_ID_BYTES]
        return sha256(self.public).digest()[:KEY_ID_BYTES]

    def is_signature_of(self, text: bytes, signature: bytes) -> bool:
        """Say whether `signature` is this key's over `text`.

        Raises:
            CannotVerify: the key itself cannot be used (`trust.unreadable`).
        """
        try:
            if self.algorithm is NoteAlgorithm.ECDSA_P256:
                _p256(self.public).verify(signature, text, ec.ECDSA(SHA256()))
            elif self.algorithm is NoteAlgorithm.ED25519:
                _ed25519(self.public).verify(signature, text)
            else:
                message = cosigned_message(text, cosigned_at(signature))
                _ed25519(self.public).verify(signature[_TIME_BYTES:], message)
        except InvalidSignature:
            return False
        return True


def cosigned_message(text: bytes, at: int) -> bytes:
    """Give what a witness signs: the note's text, and before it the time in seconds since the epoch."""
    return b"cosignature/v1\ntime %d\n%s" % (at, text)


def cosigned_at(signature: bytes) -> int:
    """Give the time that a cosignature begins with, by the witness's clock.

    Raises:
        InvalidSignature: it is cut, or its time is out of range.
    """
    at = int.from_bytes(signature[:_TIME_BYTES], "big")
    if len(signature) <= _TIME_BYTES or at > _MAX_TIME:
        raise InvalidSignature
    return at


def cosignature(at: int, signature: bytes) -> bytes:
    """Give the bytes of a cosignature: its time, then the signature over `cosigned_message`."""
    return at.to_bytes(_TIME_BYTES, "big") + signature


@lru_cache(maxsize=_KEYS)
def _ed25519(public: bytes) -> ed25519.Ed25519PublicKey:
    return ed25519.Ed25519PublicKey.from_public_bytes(public)


@lru_cache(maxsize=_KEYS)
def _p256(spki: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm) as err:
        raise CannotVerify("trust.unreadable", "the log's key does not parse") from err
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CannotVerify("trust.unreadable", "the log's key is of another kind", expected="ECDSA P-256")
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSigner:
    """A key at work: the secret stays behind `sign`, which gives the signature over the note's text."""

    key: NoteKey
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedNote:
    """A note of which at least one signature was verified, and none by a known key was bad."""

    text: str
    verified: tuple[NoteKey, ...]
    unknown: tuple[NoteSignature, ...]
    """Lines of keys that were not asked about: they prove nothing."""


def encode_vkey(key: NoteKey) -> str:
    """Give the C2SP verifier key of a log's or witness's Ed25519 key, `name+hash+base64`.

    Raises:
        InvalidInput: the key is of another kind, for which C2SP knows no verifier key.
    """
    if key.algorithm not in _TYPES:
        raise InvalidInput("input.malformed", "only an Ed25519 key has a C2SP verifier key", got=key.algorithm.value)
    return f"{key.name}+{key.key_id.hex()}+{base64.b64encode(_TYPES[key.algorithm] + key.public).decode()}"


def decode_vkey(vkey: str, algorithm: NoteAlgorithm = NoteAlgorithm.ED25519) -> NoteKey:
    """Read the C2SP verifier key of a log, or of a witness where `algorithm` says so.

    Raises:
        InvalidInput: it is malformed, its hash is not that of the key, or the key is of another kind.
    """
    name, _, rest = vkey.partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _base64(encoded)
    if raw is None or raw[:1] != _TYPES[algorithm] or len(raw) != ED25519_BYTES + 1:
        expected = f"name+hash+base64, {algorithm.value}"
        raise InvalidInput("input.malformed", "this is not a C2SP verifier key", expected=expected)
    key = NoteKey(name=name, algorithm=algorithm, public=raw[1:])
    if key_id != key.key_id.hex():
        raise InvalidInput(
            "input.malformed", "the verifier key's hash is not that of the key", expected=key.key_id.hex()
        )
    return key


def parse_note(note: str | bytes) -> SignedNote:
    """Take a note apart, without verifying it.

    Raises:
        NotVerified: it is not a signed note, or exceeds `MAX_NOTE_BYTES` or `MAX_SIGNATURES` (`evidence.malformed`).
    """
    content = _decode(note)
    # The signatures follow the LAST empty line: text may hold others.
    at = content.rfind("\n\n")
    if at < 0 or not content.endswith("\n"):
        raise NotVerified(_MALFORMED, "the note has no signatures")
    lines = content[at + 2 : -1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NotVerified(_MALFORMED, "the note has too many signatures", expected=f"up to {MAX_SIGNATURES}")
    return SignedNote(text=content[: at + 1], signatures=tuple(_parse_line(line) for line in lines))


def _decode(note: str | bytes) -> str:
    try:
        raw = note.encode() if isinstance(note, str) else note
        if len(raw) > MAX_NOTE_BYTES:
            raise NotVerified(_MALFORMED, "the note is too large", expected=f"up to {MAX_NOTE_BYTES} bytes")
        content = raw.decode()
    except UnicodeError as err:
        raise NotVerified(_MALFORMED, "the note is not UTF-8") from err
    if _CONTROL.search(content):
        raise NotVerified(_MALFORMED, "the note holds control characters")
    return content


def _parse_line(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    raw = _base64(encoded)
    if not line.startswith(_DASH) or not _is_name(name) or raw is None or len(raw) <= KEY_ID_BYTES:
        raise NotVerified(_MALFORMED, "a signature line of the note is malformed")
    return NoteSignature(name=name, key_id=raw[:KEY_ID_BYTES], signature=raw[KEY_ID_BYTES:])


def sign_note(text: str, signers: Sequence[NoteSigner]) -> str:
    """Give the note over `text` with one signature line per signer, in their order.

    Raises:
        InvalidInput: the text is empty, does not end in a newline or holds control characters, or nobody signs.
    """
    if not text.endswith("\n") or any(ch < " " and ch != "\n" for ch in text):
        raise InvalidInput("input.malformed", "a note's text is lines that end in a newline")
    if not 0 < len(signers) <= MAX_SIGNATURES:
        raise InvalidInput("input.malformed", "a note needs a signer", got=f"{len(signers)} signers")
    message = text.encode()
    return text + "\n" + "".join(_line(signer, message) for signer in signers)


def _line(signer: NoteSigner, message: bytes) -> str:
    signature = NoteSignature(name=signer.key.name, key_id=signer.key.key_id, signature=signer.sign(message))
    return signature.encode()


def open_note(note: str | bytes, keys: Sequence[NoteKey]) -> OpenedNote:
    """Parse a note and verify the signatures of the keys given.

    1. Each line whose name and key id are a given key's must verify.
    2. Lines of other keys are kept apart as unknown, and prove nothing.
    3. At least one line must have verified.

    Raises:
        NotVerified: malformed; or a line of a given key is bad, or only claims a given name (`evidence.checkpoint`).
        CannotVerify: no line is of a given key or name (`evidence.untrusted`).
    """
    parsed = parse_note(note)
    message = parsed.text.encode()
    verified: list[NoteKey] = []
    unknown: list[NoteSignature] = []
    for line in parsed.signatures:
        candidates = [key for key in keys if key.name == line.name and key.key_id == line.key_id]
        if not candidates:
            unknown.append(line)
            continue
        # 4 bytes do not identify a key: two given keys may share them, and one of them must have signed.
        signed_by = [key for key in candidates if key.is_signature_of(message, line.signature)]
        if not signed_by:
            raise NotVerified("evidence.checkpoint", "a signature of the note does not hold", where=line.name)
        verified += [key for key in signed_by if key not in verified]
    if verified:
        return OpenedNote(text=parsed.text, verified=tuple(verified), unknown=tuple(unknown))
    if {line.name for line in unknown} & {key.name for key in keys}:
        raise NotVerified("evidence.checkpoint", "the note is signed with another key under the log's name")
    raise CannotVerify("evidence.untrusted", "no signature of the note is by a known key")


def _require_name(name: str) -> None:
    if not _is_name(name):
        raise InvalidInput("input.malformed", "this cannot be the name of a key", expected="no spaces, no plus sign")


def _is_name(name: str) -> bool:
    try:
        size = len(name.encode())
    except UnicodeError:
        return False
    return 0 < size <= MAX_NAME_BYTES and "+" not in name and name.isprintable() and not any(map(str.isspace, name))


def _base64(text: str) -> bytes | None:
    # Python's strict mode still lets through stray bits in the last character: only the one canonical form is taken.
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None
