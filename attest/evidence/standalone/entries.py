"""Section 5: each entry's bundle, told apart from every other."""

from __future__ import annotations

# ruff: noqa: ANN401, FBT001, PLR0917, UP017, UP031
# It runs alone, on Python 3.9 too, and reads what anybody may have written.
import hashlib
import re
from datetime import datetime, timezone
from typing import Any

from cryptography import x509

from attest.evidence.standalone.archive import Archive, Bad, Unknown, expect
from attest.evidence.standalone.certificates import Doubted, named_in, require_path, require_sct, time_stamped
from attest.evidence.standalone.json_form import (
    Json,
    blob_of,
    child_of,
    list_of,
    only,
    read_json,
    text_of,
    whole,
)
from attest.evidence.standalone.merkle import leaf_hash, require_included
from attest.evidence.standalone.result import Result
from attest.evidence.standalone.roots import Pinned, Root, open_note, signed_by

TYPES = "https://whereof.dev/attestation/"
MEDIA_TYPES = (
    "application/vnd.dev.sigstore.bundle.v0.3+json",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
)


class Window:
    """What is asked, and the leaves of the window; what the entries turn out to be."""

    def __init__(self, archive: Archive, facts: Json, root: Root, result: Result) -> None:
        self.archive, self.facts, self.root, self.result = archive, facts, root, result
        self.size = whole(facts["head"]["size"])
        self.head = bytes.fromhex(facts["head"]["root"])
        self.first, self.end = whole(facts["window"]["first"]), whole(facts["window"]["end"])
        self.log: Pinned | None = root.log(facts["log"])
        self.leaves: list[bytes] = []
        self.kinds: dict[int, str] = {}
        self.payloads: dict[int, bytes] = {}
        self.sessions: set[int] = set()
        self.undated = 0
        self.index_keys: list[bytes] = []
        self.cosigned: tuple[bytes, str] | None = None

    def leaf(self, index: int) -> bytes:
        """Give the leaf hash of an index."""
        at = index - self.first
        return self.leaves[at] if 0 <= at < len(self.leaves) else b""

    def statement(self, index: int) -> Json:
        """Give the statement of an entry that was read before."""
        bundle = read_json(self.archive.read(entry_file(index)))
        return read_json(blob_of(child_of(bundle, "dsseEnvelope").get("payload")))


def entry_file(index: int) -> str:
    """Where an entry's bundle stands."""
    return "data/entries/%012d.sigstore.json" % index


def envelope_parts(envelope: Json) -> tuple[bytes, bytes, str]:
    """Give payload, signature and payload type."""
    only(envelope, "payload payloadType signatures")
    signatures = list_of(envelope, "signatures")
    expect(len(signatures) == 1, "an envelope must have one signature")
    only(signatures[0], "sig", "keyid")
    return blob_of(envelope["payload"]), blob_of(signatures[0]["sig"]), text_of(envelope, "payloadType")


def pae_of(kind: str, payload: bytes) -> bytes:
    """Give the bytes that a DSSE signature is over."""
    return b"DSSEv1 %d %b %d %b" % (len(kind.encode()), kind.encode(), len(payload), payload)


def require_body(body: bytes, parts: tuple[bytes, bytes, bytes], envelope: bytes | None) -> None:
    """Require the `dsse` 0.0.1 body of payload, signature and certificate."""
    payload, signature, certificate = parts
    top = read_json(body)
    if (top.get("kind"), top.get("apiVersion")) != ("dsse", "0.0.1"):
        raise Unknown("an entry is of a kind that this verifier does not read")
    only(top, "apiVersion kind spec")
    only(top["spec"], "envelopeHash payloadHash signatures")
    hashed = {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}
    expect(top["spec"]["payloadHash"] == hashed, "the log entry is about another payload")
    if envelope is not None:
        whole_hash = {"algorithm": "sha256", "value": hashlib.sha256(envelope).hexdigest()}
        expect(top["spec"]["envelopeHash"] == whole_hash, "the log entry is about another envelope")
    signatures = list_of(top["spec"], "signatures")
    expect(len(signatures) == 1, "the log entry must have one signature")
    only(signatures[0], "signature verifier")
    expect(blob_of(signatures[0]["signature"]) == signature, "the log entry is about another signature")
    expect(pem_der(blob_of(signatures[0]["verifier"])) == certificate, "the log entry is about another key")


def pem_der(pem: bytes) -> bytes:
    """Give the certificate in one PEM block."""
    found = re.fullmatch(rb"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n?", pem)
    if found is None:
        raise Bad("the verifier in the log entry is not one PEM block")
    return blob_of(found[1].replace(b"\n", b"").decode())


def require_shape(bundle: Json, material: Json, entry: Json) -> bool:
    """Require that a bundle has the form of this log's, member by member; gives False."""
    only(bundle, "mediaType verificationMaterial dsseEnvelope")
    expect(bundle["mediaType"] in MEDIA_TYPES, "an unknown version of bundles")
    only(material, "certificate tlogEntries", "timestampVerificationData")
    only(material["certificate"], "rawBytes")
    stamps = material.get("timestampVerificationData", {"rfc3161Timestamps": []})
    only(stamps, "", "rfc3161Timestamps")
    for one in list_of(stamps, "rfc3161Timestamps") if stamps else []:
        only(one, "signedTimestamp")
        blob_of(one["signedTimestamp"])
    tokens = [one["signedTimestamp"] for one in stamps.get("rfc3161Timestamps", [])]
    expect(len(set(tokens)) == len(tokens) <= 32, "a time stamp is there twice, or there are too many")
    only(entry, "logIndex logId kindVersion inclusionProof canonicalizedBody", "integratedTime inclusionPromise")
    only(entry["logId"], "keyId")
    expect(entry["kindVersion"] == {"kind": "dsse", "version": "0.0.1"}, "an unknown kind of entry")
    blob_of(entry["canonicalizedBody"])
    proof = entry["inclusionProof"]
    only(proof, "logIndex rootHash treeSize hashes checkpoint")
    only(proof["checkpoint"], "envelope")
    text_of(proof["checkpoint"], "envelope")
    for number in (entry["logIndex"], proof["logIndex"], proof["treeSize"], entry.get("integratedTime", 0)):
        whole(number)
    for value in (proof["rootHash"], *list_of(proof, "hashes")):
        expect(len(blob_of(value)) == 32, "a hash has another length")
    if "inclusionPromise" in entry:
        only(entry["inclusionPromise"], "signedEntryTimestamp")
        blob_of(entry["inclusionPromise"]["signedEntryTimestamp"])
    return False


def load_certificate(der: bytes) -> x509.Certificate:
    """Read a certificate."""
    try:
        return x509.load_der_x509_certificate(der)
    except Exception:  # noqa: BLE001  # whatever it is, it is no certificate
        raise Bad("the certificate does not parse") from None


def check_one(window: Window, index: int) -> bool:
    """Check one entry; True where most of it could not be checked under this root."""
    result, place = window.result, "entry %d" % index
    foreign = "data/entries/%012d.leaf.json" % index in window.archive.members
    try:
        bundle = read_json(window.archive.read(entry_file(index)))
        payload, signature, kind = envelope_parts(child_of(bundle, "dsseEnvelope"))
        material = child_of(bundle, "verificationMaterial")
        der = blob_of(child_of(material, "certificate").get("rawBytes"))
        certificate = load_certificate(der)
        entries = list_of(material, "tlogEntries")
        expect(len(entries) == 1, "a bundle must have one log entry")
        if read_json(payload).get("predicateType") == TYPES + "session/v1":
            window.sessions.add(index)
        window.payloads[index] = hashlib.sha256(payload).digest()
        log_id = blob_of(child_of(entries[0], "logId").get("keyId"))
        foreign = foreign or require_shape(bundle, material, entries[0])
    except (Bad, TypeError, AttributeError) as err:
        window.payloads.pop(index, None)
        window.sessions.discard(index)
        result.fail("entries", place, err.what if isinstance(err, Bad) else "it does not parse")
        return False
    log = next((one for one in window.root.logs if one.log_id == log_id), None)
    parts = (payload, signature, der)
    if foreign:
        guarded(result, "entries", place, lambda: _require_ours(window, index, payload, signature))
        if log is None:
            return True
    guarded(result, "entries", place, lambda: _require_entry(window, index, (entries[0], log), parts, foreign))
    message = pae_of(kind, payload)
    ok = signed_by(certificate.public_key(), signature, message)
    guarded(result, "signatures", place, lambda: expect(ok, "the signature does not hold"))
    times: list[datetime] = []
    guarded(result, "times", place, lambda: times.extend(_times(window, material, (entries[0], log), signature)))
    guarded(result, "certificates", place, lambda: _require_certificate(window, certificate, times))
    return False


def guarded(result: Result, claim: str, place: str, step: Any) -> None:
    """Do one step; what fails is noted."""
    try:
        step()
    except Bad as err:
        result.fail(claim, place, err.what)
    except Unknown as err:
        result.fail(claim, place, str(err))
    except Exception as err:  # noqa: BLE001  # a hostile file may break any parser: that is no "checked"
        result.fail(claim, place, f"it does not parse ({type(err).__name__})")


def _require_entry(window: Window, index: int, logged: tuple[Json, Pinned | None], parts: Any, foreign: bool) -> None:
    entry, log = logged
    if log is None:
        raise Bad("the log is not pinned")
    body = blob_of(entry.get("canonicalizedBody"))
    proof = child_of(entry, "inclusionProof")
    outer, inner = whole(entry.get("logIndex")), whole(proof.get("logIndex"))
    if not foreign:
        expect((outer, inner) == (index, index), "its bundle is that of entry %d" % outer)
        expect(log is window.log, "it is of another log")
        expect(leaf_hash(body) == window.leaf(index), "it is not the leaf that the window says")
    size, root = whole(proof.get("treeSize")), blob_of(proof.get("rootHash"))
    hashes = [blob_of(one) for one in list_of(proof, "hashes")]
    require_included(leaf_hash(body), (inner, size), hashes, root)
    note = text_of(child_of(proof, "checkpoint"), "envelope").encode()
    expect(open_note(note, log) == (size, root), "the checkpoint is of another tree than the proof")
    require_body(body, parts, None)


def _require_ours(window: Window, index: int, payload: bytes, signature: bytes) -> None:
    held = read_json(window.archive.read("data/entries/%012d.leaf.json" % index))
    only(held, "body envelope")
    body, envelope = blob_of(held["body"]), blob_of(held["envelope"])
    expect(leaf_hash(body) == window.leaf(index), "it is not the leaf that the window says")
    own = envelope_parts(read_json(envelope))
    expect(own[:2] == (payload, signature), "our leaf is about another statement")
    require_body(body, (own[0], own[1], body_certificate(body)), envelope)


def body_certificate(body: bytes) -> bytes:
    """Give the certificate that a body of ours names."""
    signatures = list_of(child_of(read_json(body), "spec"), "signatures")
    return pem_der(blob_of(text_of(signatures[0] if signatures else {}, "verifier")))


def _times(window: Window, material: Json, logged: tuple[Json, Pinned | None], signature: bytes) -> list[datetime]:
    entry, log = logged
    if log is None:
        raise Bad("the log is not pinned")
    stamps = material.get("timestampVerificationData", {}).get("rfc3161Timestamps", [])
    times, doubted = [], False
    for one in stamps:
        try:
            times.append(time_stamped(blob_of(one.get("signedTimestamp")), signature, window.root))
        except Doubted:
            doubted = True
    promise = entry.get("inclusionPromise", {}).get("signedEntryTimestamp")
    if promise is not None:
        at = whole(entry.get("integratedTime"))
        require_promise(log, blob_of(promise), text_of(entry, "canonicalizedBody"), (at, whole(entry.get("logIndex"))))
        times.append(datetime.fromtimestamp(at, timezone.utc))
    expect(bool(times) or doubted, "there is no proved time")
    window.undated += int(not times)
    expect(all(log.holds(at) for at in times), "the log's key was not pinned for a proved time")
    return times


def require_promise(log: Pinned, promise: bytes, body: str, place: tuple[int, int]) -> None:
    """Require a log's signed entry timestamp over the body in base64, its time and its index."""
    named = (body.encode(), place[0], log.log_id.hex().encode(), place[1])
    payload = b'{"body":"%b","integratedTime":%d,"logID":"%b","logIndex":%d}' % named
    expect(signed_by(log.key, promise, payload), "the entry timestamp's signature does not hold")


def _require_certificate(window: Window, certificate: x509.Certificate, times: list[datetime]) -> None:
    for at in times:
        issuer = require_path(certificate, at, window.root)
        if at is times[0]:
            require_sct(certificate, issuer, window.root)
    signer = named_in(certificate)
    window.result.signers[signer] = window.result.signers.get(signer, 0) + 1


def check_all(window: Window) -> None:
    """Check every entry, that there is no other, and the log's own leaves."""
    result, count = window.result, window.facts["entries"]
    wanted = [index for index, kind in window.kinds.items() if kind == "entry"]
    for path in window.archive.members:
        found = re.fullmatch(r"data/entries/([0-9]{12})\.(sigstore|leaf)\.json", path)
        if path.startswith("data/entries/") and (found is None or window.kinds.get(int(found[1])) != "entry"):
            place = "entry %d" % int(found[1]) if found else "file " + path
            result.fail("entries", place, "it is not an entry of the window")
    elsewhere = sum(check_one(window, index) for index in wanted)
    _check_own(window)
    open_because = "%d entries are of a log that the root does not pin" % elsewhere if elsewhere else ""
    result.close("entries", "%d statements are the leaves that the window says" % count, open_because)
    result.close("signatures", "%d signatures hold under their certificates" % count, open_because)
    undated = "of %d entries only revoked authorities say when" % window.undated if window.undated else ""
    result.close("certificates", "%d certificates lead to the root, with an SCT" % count, open_because or undated)
    result.close("times", "%d entries have proved times" % count, open_because or undated)


def _check_own(window: Window) -> None:
    result, found = window.result, set()
    if "data/own.jsonl" in window.archive.members:
        for line in window.archive.lines("data/own.jsonl"):
            try:
                held = read_json(line)
                only(held, "index body envelope")
                index = whole(held["index"])
                expect(window.kinds.get(index) == "own" and index not in found, "a line is about no own leaf")
            except Bad as err:
                result.fail("entries", "file data/own.jsonl", err.what)
                break
            found.add(index)
            guarded(
                result, "entries", "entry %d" % index, lambda index=index, held=held: _require_own(window, index, held)
            )
    for index, kind in window.kinds.items():
        if kind == "own" and index not in found:
            result.fail("entries", "entry %d" % index, "the log's own leaf is missing")


def _require_own(window: Window, index: int, held: Json) -> None:
    body, envelope = blob_of(held["body"]), blob_of(held["envelope"])
    expect(leaf_hash(body) == window.leaf(index), "it is not the leaf that the window says")
    der = body_certificate(body)
    payload, signature, kind = envelope_parts(read_json(envelope))
    require_body(body, (payload, signature, der), envelope)
    key = load_certificate(der).public_key()
    expect(signed_by(key, signature, pae_of(kind, payload)), "the signature does not hold")
    stated = read_json(payload).get("predicateType")
    expect(stated in (TYPES + "index/v1", TYPES + "log/v1"), "it is not one of the log's own leaves")
