"""The entries of a bundle, each told apart: its place in the log, its signature, its certificate, its times."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attest.errors import AttestError, CannotVerify, NotVerified
from attest.evidence.bundle import layout
from attest.ledger.tree import leaf_hash
from attest.model.session_predicate import INDEX_V1, LOG_V1, SESSION_V1
from attest.model.statement import parse_statement
from attest.signing.body import Signed, verify_body
from attest.signing.bundle import MAX_BUNDLE_BYTES, parse_bundle
from attest.signing.chain import parse_certificate, verify_path
from attest.signing.content import verify_content
from attest.signing.dsse import MAX_ENVELOPE_BYTES, Envelope, parse_envelope
from attest.signing.entry import MAX_BODY_BYTES, certificate_of, entry_body
from attest.signing.inclusion import pinned_log, verify_checkpoint, verify_proof, verify_set
from attest.signing.sct import verify_sct
from attest.signing.strict import parse_json
from attest.signing.timestamp import RevokedStamp, verify_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from attest.evidence.bundle.case import Case
    from attest.evidence.bundle.result import BundleResult
    from attest.signing.bundle import Bundle
    from attest.signing.chain import SigningCertificate
    from attest.signing.log_entry import LogEntry
    from attest.signing.strict import Fields

_CLAIMS = ("entries", "signatures", "certificates", "times")


def check_entries(case: Case, on_progress: Callable[[int, int], None]) -> None:
    """Check every entry of the window, and that there is no other; the log's own leaves too."""
    result, facts = case.result, case.facts
    wanted = [index for index, kind in case.kinds.items() if kind == layout.ENTRY]
    known = frozenset(wanted)
    for path in case.bag.members:
        found = layout.entry_of(path)
        if path.startswith("data/entries/") and (found is None or found[0] not in known):
            place = f"entry {found[0]}" if found else f"file {path}"
            result.fail("entries", place, "it is not an entry of the window")
    elsewhere = 0
    for done, index in enumerate(wanted):
        if done % 16 == 0:
            on_progress(done, len(wanted))
        elsewhere += _Entry(case, index).check()
    _check_own(case)
    details = {
        "entries": f"{facts.entries} statements are the leaves that the window says",
        "signatures": f"{facts.entries} signatures hold under their certificates",
        "certificates": f"{facts.entries} certificates lead to the root, with an SCT",
        "times": f"{facts.entries} entries have proved times",
    }
    open_because = f"{elsewhere} entries are of a log that the root does not pin" if elsewhere else ""
    undated = f"of {len(case.undated)} entries only revoked authorities say when" if case.undated else ""
    for claim in _CLAIMS:
        dated = undated if claim in {"certificates", "times"} else ""
        result.close(claim, details[claim], open_because=open_because or dated)


@contextmanager
def _step(result: BundleResult, claim: str, place: str) -> Iterator[None]:
    try:
        yield
    except AttestError as err:
        result.fail(claim, place, err.what)


class _Entry:
    """One entry under check."""

    def __init__(self, case: Case, index: int) -> None:
        self.case = case
        self.index = index
        self.place = f"entry {index}"
        self.foreign = case.bag.has(layout.leaf_path(index))

    def check(self) -> bool:
        """Check it; True when it is of a log that the root does not pin, so that most of it was not checked."""
        case, result = self.case, self.case.result
        try:
            bundle = parse_bundle(case.bag.read(layout.entry_path(self.index), MAX_BUNDLE_BYTES))
            entry, content = bundle.entry, bundle.content
            if entry is None or not isinstance(content, Envelope) or bundle.certificate is None:
                raise NotVerified("evidence.malformed", "it is no bundle of a certified statement in a log")
            certificate = parse_certificate(bundle.certificate)
            self._note(content)
        except AttestError as err:
            result.fail("entries", self.place, err.what)
            return False
        if self.foreign:
            with _step(result, "entries", self.place):
                self._require_leaf(content)
            if case.root.log(entry.log_id) is None:
                return True
        with _step(result, "entries", self.place):
            self._require_entry(bundle, entry, certificate)
        with _step(result, "signatures", self.place):
            verify_content(content, certificate.key, None)
        times: list[datetime] = []
        with _step(result, "times", self.place):
            times += self._times(bundle, entry)
        with _step(result, "certificates", self.place):
            self._require_certificate(certificate, times)
        return False

    def _note(self, content: Envelope) -> None:
        self.case.payloads[self.index] = hashlib.sha256(content.payload).digest()
        if parse_statement(content.payload).predicate_type == SESSION_V1:
            self.case.sessions.add(self.index)

    def _require_entry(self, bundle: Bundle, entry: LogEntry, certificate: SigningCertificate) -> None:
        log, _ = pinned_log(entry, self.case.root)
        proof = entry.proof
        if proof is None or proof.checkpoint is None:
            raise NotVerified("evidence.inclusion", "the bundle has no proof with a checkpoint")
        if not self.foreign:
            if (entry.index, proof.index) != (self.index, self.index):
                raise NotVerified("evidence.inclusion", f"its bundle is that of entry {entry.index}")
            if log is not self.case.log:
                raise NotVerified("evidence.inclusion", "it is of another log")
            self._require_hash(entry.body)
        verify_proof(entry, proof)
        verify_checkpoint(proof, log, self.case.root, self.case.memo)
        signed = Signed(content=bundle.content, certificate=bundle.certificate, key=certificate.key, artifact=None)
        verify_body(entry, signed)

    def _require_hash(self, body: bytes) -> None:
        expected = self.case.leaf(self.index)
        if expected is None or not hmac.compare_digest(leaf_hash(body), expected):
            raise NotVerified("evidence.inclusion", "it is not the leaf that the window says")

    def _require_leaf(self, content: Envelope) -> None:
        fields = parse_json(
            self.case.bag.read(layout.leaf_path(self.index), MAX_BUNDLE_BYTES), MAX_BUNDLE_BYTES, where="leaf"
        )
        fields.only("body", "envelope")
        body, envelope = _leaf(fields)
        self._require_hash(body)
        own = parse_envelope(envelope)
        if entry_body(envelope, certificate_of(body)) != body:
            raise NotVerified("evidence.entry", "our leaf is about another envelope")
        if (own.payload, own.signature) != (content.payload, content.signature):
            raise NotVerified("evidence.entry", "our leaf is about another statement")

    def _times(self, bundle: Bundle, entry: LogEntry) -> list[datetime]:
        log, key = pinned_log(entry, self.case.root)
        root, memo = self.case.root, self.case.memo
        times, doubted = [], False
        for token in bundle.tokens:
            try:
                times.append(verify_timestamp(token, bundle.signature, root, memo)[0])
            except RevokedStamp:
                doubted = True
        logged = verify_set(entry, key)
        if logged is not None:
            times.append(logged)
        if doubted and not times:
            self.case.undated.add(self.index)
        elif not times:
            raise NotVerified("evidence.timestamp", "there is no proved time")
        if not all(self.case.root.holds(log, at) for at in times):
            raise NotVerified("evidence.timestamp", "the log's key was not pinned for a proved time")
        return times

    def _require_certificate(self, certificate: SigningCertificate, times: list[datetime]) -> None:
        for at in times:
            path = verify_path(certificate.certificate, at, self.case.root, self.case.memo)
            if at is times[0]:
                verify_sct(certificate.certificate, path.issuer, self.case.root)
        signer = (certificate.identity, certificate.issuer or "")
        self.case.result.identities[signer] = self.case.result.identities.get(signer, 0) + 1


def _leaf(fields: Fields) -> tuple[bytes, bytes]:
    return fields.octets("body", MAX_BODY_BYTES), fields.octets("envelope", MAX_ENVELOPE_BYTES)


def _check_own(case: Case) -> None:
    result = case.result
    wanted = [index for index, kind in case.kinds.items() if kind == layout.OWN_LEAF]
    found: set[int] = set()
    with _step(result, "entries", f"file {layout.OWN}"):
        for line in case.bag.lines(layout.OWN, layout.MAX_FILE_BYTES) if case.bag.has(layout.OWN) else ():
            fields = parse_json(line.rstrip(b"\n"), layout.MAX_FILE_BYTES, where="own.jsonl")
            fields.only("index", "body", "envelope")
            index = fields.value.get("index")
            if type(index) is not int or case.kinds.get(index) != layout.OWN_LEAF or index in found:
                raise NotVerified("evidence.malformed", "a line is about no own leaf of the window")
            found.add(index)
            with _step(result, "entries", f"entry {index}"):
                _require_own(case, index, *_leaf(fields))
    for index in wanted:
        if index not in found:
            result.fail("entries", f"entry {index}", "the log's own leaf is missing")


def _require_own(case: Case, index: int, body: bytes, envelope: bytes) -> None:
    if leaf_hash(body) != case.leaf(index):
        raise NotVerified("evidence.inclusion", "it is not the leaf that the window says")
    certificate = parse_certificate(certificate_of(body))
    if entry_body(envelope, certificate_of(body)) != body:
        raise NotVerified("evidence.entry", "the leaf is about another envelope")
    parsed = parse_envelope(envelope)
    verify_content(parsed, certificate.key, None)
    if parse_statement(parsed.payload).predicate_type not in {INDEX_V1, LOG_V1}:
        raise CannotVerify("evidence.statement", "it is not one of the log's own leaves")
