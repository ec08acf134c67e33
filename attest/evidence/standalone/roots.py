"""The trusted root, keys, and signed notes."""

from __future__ import annotations

# ruff: noqa: ANN401
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import hashlib
import re
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from attest.evidence.standalone.archive import Bad, expect
from attest.evidence.standalone.json_form import Json, blob_of, child_of, list_of, read_json, text_of

CURVES: dict[str, Any] = {"secp256r1": hashes.SHA256, "secp384r1": hashes.SHA384, "secp521r1": hashes.SHA512}
HEAD = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n((?:[^\n]+\n)*)")


def signed_by(key: Any, signature: bytes, message: bytes) -> bool:
    """Say whether a signature holds, under the one hash that belongs to the key."""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
            key.verify(signature, message, ec.ECDSA(CURVES[key.curve.name]()))
        elif isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            return False
    except InvalidSignature:
        return False
    return True


class Pinned:
    """A pinned log or authority: key or chain, name, and the time it is pinned for."""

    def __init__(self, value: Json, valid: Json) -> None:
        self.name = text_of(value, "baseUrl" if "baseUrl" in value else "uri")
        self.start = moment_of(text_of(valid, "start"))
        self.end = moment_of(text_of(valid, "end")) if "end" in valid else None
        self.key: Any = None
        self.log_id = self.hint = b""
        self.chain: list[x509.Certificate] = []
        self.revoked = False

    def holds(self, at: datetime) -> bool:
        """Say whether it was pinned at a moment."""
        return self.start <= at and (self.end is None or at <= self.end)


def moment_of(text: str) -> datetime:
    """Read an RFC 3339 moment."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", text)
    if found is None:
        raise Bad("this is not a moment")
    fraction = (found[2] or ".")[:7].ljust(7, "0")
    try:
        return datetime.fromisoformat(found[1] + fraction + ("+00:00" if found[3] == "Z" else found[3]))
    except ValueError:
        raise Bad("this is not a moment") from None


class Root:
    """A Sigstore trusted root."""

    def __init__(self, raw: bytes) -> None:
        top = read_json(raw)
        if "trustedRoot" in top:
            top = child_of(top, "trustedRoot")
        expect("trustedroot" in text_of(top, "mediaType"), "this is no trusted root")
        self.digest = hashlib.sha256(raw).hexdigest()
        self.logs = [_log(one) for one in list_of(top, "tlogs")]
        self.ct_logs = [_log(one) for one in list_of(top, "ctlogs")]
        self.authorities = [_authority(one) for one in list_of(top, "certificateAuthorities")]
        self.stampers = [_authority(one) for one in list_of(top, "timestampAuthorities")]

    def log(self, origin: str) -> Pinned | None:
        """Give the pinned log of an origin."""
        return next((one for one in self.logs if one.name == "https://" + origin), None)


def _log(value: Json) -> Pinned:
    public = child_of(value, "publicKey")
    log = Pinned(value, child_of(public, "validFor"))
    log.key = _key(blob_of(public.get("rawBytes")))
    log.log_id = blob_of(child_of(value, "logId").get("keyId"))
    log.hint = blob_of(child_of(value, "checkpointKeyId").get("keyId")) if "checkpointKeyId" in value else log.log_id
    return log


def _key(der: bytes) -> Any:
    try:
        return load_der_public_key(der)
    except Exception:  # noqa: BLE001  # whatever it is, it is no key
        raise Bad("a pinned key does not parse") from None


def _authority(value: Json) -> Pinned:
    one = Pinned({"uri": value.get("uri", "")}, child_of(value, "validFor"))
    try:
        chain = list_of(child_of(value, "certChain"), "certificates")
        one.chain = [x509.load_der_x509_certificate(blob_of(each.get("rawBytes"))) for each in chain]
    except (ValueError, AttributeError):
        raise Bad("a pinned certificate does not parse") from None
    expect(bool(one.chain), "an authority has no certificate")
    return one


Lines = list[tuple[str, bytes, bytes]]


def read_note(note: bytes) -> tuple[str, int, bytes, str, Lines]:
    """Give first line, size, root, further lines and the signature lines (name, hint, signature) of a checkpoint."""
    text, _, tail = _decoded(note).rpartition("\n\n")
    found = HEAD.fullmatch(text + "\n")
    expect(found is not None and tail.endswith("\n"), "the checkpoint is malformed")
    if found is None:
        raise Bad("the checkpoint is malformed")
    lines: Lines = []
    for line in tail[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        raw = blob_of(encoded)
        expect(dash == "\u2014" and bool(name) and len(raw) > 4, "a signature line is malformed")
        lines.append((name, raw[:4], raw[4:]))
    return found[1], int(found[2]), blob_of(found[3]), found[4], lines


def _decoded(note: bytes) -> str:
    try:
        return note.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad("the checkpoint is not UTF-8") from None


def open_note(note: bytes, log: Pinned) -> tuple[int, bytes]:
    """Give size and root of a head that a pinned log signed."""
    origin, size, root, _, lines = read_note(note)
    name = log.name.split("://", 1)[-1]
    expect(re.sub(r" - [0-9]{1,20}$", "", origin) in (name, name.split("/")[0]), "the checkpoint is of another log")
    own = [one for one in lines if one[1] == log.hint[:4]]
    message = _decoded(note).rpartition("\n\n")[0].encode() + b"\n"
    expect(any(one[0] in (name, name.split("/")[0]) for one in own), "the log has not signed the checkpoint")
    expect(all(signed_by(log.key, one[2], message) for one in own), "the checkpoint's signature does not hold")
    return size, root


def read_vkey(vkey: str, kind: int) -> tuple[str, bytes, bytes]:
    """Give name, hint and key of a C2SP verifier key of a kind."""
    name, _, rest = vkey.partition("+")
    hint, _, encoded = rest.partition("+")
    raw = blob_of(encoded)
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    expect(len(raw) == 33 and raw[0] == kind and hint == expected.hex(), "this is no verifier key")
    return name, expected, raw[1:]


def open_c2sp(note: bytes, vkey: str, origin: str) -> tuple[int, bytes, int]:
    """Give size and root of a head, and the number of other signature lines."""
    name, expected, raw = read_vkey(vkey, 1)
    expect(name == origin, "log.vkey is of another log")
    first, size, root, _, lines = read_note(note)
    own = [one for one in lines if (one[0], one[1]) == (name, expected)]
    message = _decoded(note).rpartition("\n\n")[0].encode() + b"\n"
    key = ed25519.Ed25519PublicKey.from_public_bytes(raw)
    expect(first == origin and bool(own), "the log has not signed the checkpoint")
    expect(all(signed_by(key, one[2], message) for one in own), "the checkpoint's signature does not hold")
    return size, root, len(lines) - len(own)
