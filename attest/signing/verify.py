"""The strict verifier of Sigstore bundles: every check, in order, each named in the result. Offline by nature.

1. The bundle holds what the asked-for signer signs with: a certificate for an identity, none for a managed key.
2. Every time stamp is over the signature and by a pinned authority.
3. The entry timestamp (SET), where there is one, is the pinned log's.
4. A certificate needs at least one proved time. At every proved time: the certificate leads to a pinned authority
   and is valid, the log's key was in its pinned window.
5. The certificate's SCT is by a pinned certificate-transparency log.
6. The signer is the one asked for; identities match whole.
7. The log entry is in the tree, and the pinned log signed that tree's head.
8. The signature holds over the payload or artifact.
9. The log entry is about this bundle.
10. The payload is an in-toto statement about the artifact asked for.

11. Where stamps by revoked authorities were all that said when, the answer is that it could not be checked.

Not checked here: what the statement says, cosignatures of witnesses; which authorities are revoked is said in the root.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from attest.errors import InvalidInput, NotVerified
from attest.signing.artifact import ArtifactDigest
from attest.signing.body import Signed, verify_body
from attest.signing.bundle import Bundle
from attest.signing.bundle_shape import read_bundle
from attest.signing.chain import Path, SigningCertificate, known_certificate, require_readable, verify_path
from attest.signing.content import verify_content, verify_subject
from attest.signing.dsse import Envelope
from attest.signing.inclusion import pinned_log, proved_index, verify_checkpoint, verify_proof, verify_set
from attest.signing.keys import VerifyingKey
from attest.signing.memo import Memo
from attest.signing.sct import verify_sct
from attest.signing.timestamp import RevokedStamp, verify_timestamp
from attest.signing.trust import LogKey, TrustedRoot


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A signer by certificate: SAN and OIDC issuer, both exactly as certified."""

    san: str
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedKey:
    """A signer by a key the caller holds."""

    key: VerifyingKey


@dataclass(frozen=True, slots=True)
class AnyIdentity:
    """Any certified signer: only for callers that judge the identity in the result themselves."""


Signer = Identity | ManagedKey | AnyIdentity


class Check(NamedTuple):
    """One line of the result; a tuple, because every bundle of a batch makes ten of them."""

    name: str
    against: str
    """What it was checked against; empty when it was not checked."""
    detail: str
    checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedTime:
    """A time at which the signature existed, and whose clock said so."""

    time: datetime
    source: str
    """`timestamp-authority` or `log`."""
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What holds about a bundle. There is no other way to get one than `verify_bundle`."""

    payload: bytes | None
    """The signed payload; None where the signature is over an artifact outside the bundle."""
    payload_type: str | None
    identity: str | None
    """The SAN as certified; None for a managed key."""
    issuer: str | None
    times: tuple[ProvedTime, ...]
    """Empty only for a managed key."""
    log_index: int | None
    """None where a managed-key bundle is in no log; then no log field is set."""
    tree_size: int | None
    root: bytes | None
    """The signed root; None also where a 0.1 bundle has no checkpoint."""
    checks: tuple[Check, ...]


def verify_bundle(
    bundle: Bundle | bytes,
    trusted_root: TrustedRoot,
    signer: Signer,
    artifact: ArtifactDigest | None,
    *,
    memo: Memo | None = None,
) -> Verified:
    """Check everything about one bundle.

    Args:
        bundle: the bundle, parsed or as bytes.
        trusted_root: what is pinned.
        signer: who must have signed.
        artifact: what it must be about; None leaves the subject to the caller, and the result says so. A bundle
            whose signature is over an artifact needs one.
        memo: shared by a batch; never changes an outcome.

    Raises:
        NotVerified: a check failed; the code says which.
        CannotVerify: something in it is unknown to this verifier, so nothing is said; `evidence.revoked`: only a revoked
            authority says when.
        InvalidInput: an artifact is needed and was not given.
    """
    shared = memo or Memo()
    run = _Run(
        bundle=read_bundle(bundle, shared) if isinstance(bundle, bytes) else bundle,
        root=trusted_root,
        signer=signer,
        artifact=artifact,
        memo=shared,
        times=[],
        checks=[],
    )
    return run.verify()


@dataclass(slots=True, kw_only=True)
class _Run:
    bundle: Bundle
    root: TrustedRoot
    signer: Signer
    artifact: ArtifactDigest | None
    memo: Memo
    times: list[ProvedTime]
    checks: list[Check]
    doubted: RevokedStamp | None = None
    """A stamp by a revoked authority, where there is one."""

    def verify(self) -> Verified:
        bundle = self.bundle
        certificate = self._signing_certificate()  # 1
        key = certificate.key if certificate else self._managed_key()
        self._prove_times()  # 2
        log = self._prove_log_time()  # 3
        if certificate is not None:
            self._require_certificate(certificate)  # 4, 5
        self._require_window(log)  # 4
        self._require_identity(certificate)  # 6
        self._require_inclusion(log)  # 7
        verify_content(bundle.content, key, self.artifact)  # 8
        self._note("signature", f"key {key.key_id.hex()}", "the signature holds")
        self._require_entry(key)  # 9
        verify_subject(bundle.content, self.artifact)  # 10
        self._note_subject()
        if self.doubted is not None and not self.times:
            raise self.doubted  # 11
        proof = bundle.entry.proof if bundle.entry else None
        signed_head = proof is not None and proof.checkpoint is not None
        envelope = bundle.content if isinstance(bundle.content, Envelope) else None
        return Verified(
            payload=envelope.payload if envelope else None,
            payload_type=envelope.payload_type if envelope else None,
            identity=certificate.identity if certificate else None,
            issuer=certificate.issuer if certificate else None,
            times=tuple(self.times),
            log_index=proved_index(bundle.entry) if bundle.entry else None,
            tree_size=proof.size if proof and signed_head else None,
            root=proof.root if proof and signed_head else None,
            checks=tuple(self.checks),
        )

    def _note(self, name: str, against: str, detail: str, *, checked: bool = True) -> None:
        self.checks.append(Check(name, against, detail, checked))

    def _signing_certificate(self) -> SigningCertificate | None:
        der = self.bundle.certificate
        if (der is None) != isinstance(self.signer, ManagedKey):
            held = "a certificate" if der else "no certificate"
            raise NotVerified("evidence.identity", "the bundle is signed in another way than asked for", got=held)
        if der is None:
            return None
        require_readable(self.bundle.other_certificates)
        return known_certificate(der, self.memo)

    def _managed_key(self) -> VerifyingKey:
        if not isinstance(self.signer, ManagedKey):
            raise InvalidInput("input.usage", "a bundle without certificate needs a key")
        return self.signer.key

    def _prove_times(self) -> None:
        for token in self.bundle.tokens:
            try:
                time, by = verify_timestamp(token, self.bundle.signature, self.root, self.memo)
            except RevokedStamp as err:
                self.doubted = err
                self._note("timestamp", "", "by a revoked authority: it proves no time", checked=False)
                continue
            self.times.append(ProvedTime(time=time, source="timestamp-authority", by=by))
            self._note("timestamp", by, time.isoformat())

    def _prove_log_time(self) -> LogKey | None:
        entry = self.bundle.entry
        if entry is None:
            return None
        log, key = pinned_log(entry, self.root)
        time = verify_set(entry, key)
        if time is not None:
            self.times.append(ProvedTime(time=time, source="log", by=log.base_url))
            self._note("entry timestamp", log.base_url, time.isoformat())
        return log

    def _require_certificate(self, certificate: SigningCertificate) -> None:
        if not self.times and self.doubted is None:
            raise NotVerified("evidence.timestamp", "no proved time, so the certificate cannot be judged")
        path = None
        for proved in self.times:
            if path is None or not path.holds(proved.time):
                path = self._path(certificate, proved.time)
        if path is not None:
            self._note("certificate", path.authority, f"valid at {len(self.times)} proved times")
            self._note("SCT", path.authority, "signed by a pinned certificate-transparency log")

    def _path(self, certificate: SigningCertificate, time: datetime) -> Path:
        der = self.bundle.certificate or b""
        key = ("path", self.root.memo_key, der)
        known = self.memo.get(key, Path)
        if known is not None and known.holds(time):
            return known
        path = verify_path(certificate.certificate, time, self.root, self.memo)
        verify_sct(certificate.certificate, path.issuer, self.root)
        return self.memo.keep(key, path)

    def _require_window(self, log: LogKey | None) -> None:
        for proved in self.times if log else ():
            if log is not None and not self.root.holds(log, proved.time):
                raise NotVerified("evidence.inclusion", "the log's key was not pinned for the proved time")

    def _require_identity(self, certificate: SigningCertificate | None) -> None:
        if isinstance(self.signer, AnyIdentity):
            self._note("identity", "", "left to the caller", checked=False)
            return
        if isinstance(self.signer, ManagedKey) or certificate is None:
            self._note("identity", "the given key", "signed with a managed key: no identity is certified")
            return
        wanted = (self.signer.san, self.signer.issuer)
        if (certificate.identity, certificate.issuer) != wanted:
            raise NotVerified(
                "evidence.identity",
                expected=" by ".join(wanted),
                got=f"{certificate.identity} by {certificate.issuer}",
            )
        self._note("identity", " by ".join(wanted), "matches whole")

    def _require_inclusion(self, log: LogKey | None) -> None:
        entry = self.bundle.entry
        if entry is None or log is None:
            self._note("inclusion", "", "the bundle is in no log", checked=False)
            return
        if entry.proof is None:
            self._note("inclusion", "", "a 0.1 bundle with the log's promise only", checked=False)
            return
        verify_proof(entry, entry.proof)
        self._note("inclusion", f"root {entry.proof.root.hex()}", f"entry {entry.proof.index} of {entry.proof.size}")
        head = verify_checkpoint(entry.proof, log, self.root, self.memo)
        against = log.base_url if head else ""
        self._note("checkpoint", against, "signed" if head else "0.1 bundle without checkpoint", checked=bool(head))

    def _require_entry(self, key: VerifyingKey) -> None:
        if self.bundle.entry is None:
            return
        signed = Signed(
            content=self.bundle.content, certificate=self.bundle.certificate, key=key, artifact=self.artifact
        )
        verify_body(self.bundle.entry, signed)
        self._note("log entry", f"{self.bundle.entry.kind} {self.bundle.entry.version}", "is about this bundle")

    def _note_subject(self) -> None:
        if self.artifact is None:
            self._note("subject", "", "left to the caller", checked=False)
        else:
            self._note("subject", f"sha256:{self.artifact.sha256.hex()}", "is what was signed")
