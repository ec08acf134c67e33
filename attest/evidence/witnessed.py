"""Cosigned heads over evidence: proofs at hand, judged under the reader's own pinned witnesses and nobody else's.

1. pinned   a C2SP tlog-policy file: the log's C2SP key, the witnesses that count, and the quorum
2. proofs   C2SP tlog-proofs: named by the caller, kept beside the bundles of a commit, or asked for
3. judged   the log's signature and every cosignature that claims a pinned witness; then that the very leaf of the
            evidence is in the cosigned tree; then that no head here contradicts another

Another log's proof says nothing here. Not checked: that a witness is independent beyond its name and key.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, NotVerified
from attest.evidence.locate import FoundBundle, Place, find_kept
from attest.ledger.cosigned import open_cosigned
from attest.ledger.proof import verify_inclusion
from attest.ledger.tlog_proof import HEADER, MAX_PROOF_CHARS, parse_tlog_proof
from attest.ledger.witness_policy import MAX_POLICY_BYTES, parse_policy
from attest.model.witnessed import Witnessed, WitnessState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from attest.git import Repository
    from attest.ledger.note import NoteKey
    from attest.ledger.tlog_proof import TlogProof
    from attest.ledger.witness_policy import WitnessPolicy
    from attest.model.verdict import EvidenceReport, Logged

FILE: Final = "witnesses.policy"
"""Name of the pinned file, under `.attest/trust` and in this machine's trust folder."""
SUFFIX: Final = ".tlog-proof"
BEGINS: Final = HEADER.encode()
_FORK: Final = "ledger.fork"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedWitnesses:
    """A pinned tlog-policy file, and where it was pinned."""

    label: str
    """Source and digest."""
    policy: WitnessPolicy

    def log(self, origin: str) -> NoteKey | None:
        """Give the pinned C2SP key of a log; None where the file names none."""
        return next((log.key for log in self.policy.logs if log.key.name == origin), None)


def pinned_witnesses(
    named: Path | None, repository: Repository, base: str | None, home_trust: Path
) -> PinnedWitnesses | None:
    """Give the witnesses that are pinned: by the caller, else at the policy's base, else on this machine.

    Raises:
        CannotVerify: `trust.unreadable`, the file is there and cannot be read.
    """
    if named is not None:
        return _read(named)
    raw = repository.tree_blob(base, f".attest/trust/{FILE}") if base is not None else None
    if base is not None and raw is not None:
        return _parse(f"{base[:12]}:.attest/trust/{FILE}", raw)
    kept = home_trust / FILE
    return _read(kept) if kept.is_file() else None


def split_named(found: tuple[FoundBundle, ...]) -> tuple[tuple[FoundBundle, ...], tuple[FoundBundle, ...]]:
    """Give the bundles and the tlog-proofs among files that the caller named."""
    proofs = tuple(one for one in found if one.data.startswith(BEGINS))
    return tuple(one for one in found if one not in proofs), proofs


@dataclass(slots=True, kw_only=True)
class WitnessBook:
    """What one run of the gate knows of cosigned heads."""

    pinned: PinnedWitnesses | None
    named: tuple[FoundBundle, ...] = ()
    source: Callable[[str, int], bytes | None] | None = None
    """Asks a ledger or server for the newest cosigned proof of a log's entry; None: nobody is asked."""
    _asked: dict[tuple[str, int], tuple[tuple[FoundBundle, ...], str]] = field(default_factory=dict)

    def kept(self, repository: Repository, oid: str, folder: Path) -> tuple[FoundBundle, ...]:
        """Give the proofs that are kept for a commit; none are looked for where no witness is pinned."""
        if self.pinned is None:
            return self.named
        return (*self.named, *find_kept(repository, oid, (folder,), suffix=SUFFIX))

    def judged(
        self, reports: Iterable[EvidenceReport], proofs: tuple[FoundBundle, ...], *, ask: bool
    ) -> list[EvidenceReport]:
        """Give reports with what the pinned witnesses make of each."""
        return [replace(one, witnessed=self.judge(one, proofs, ask=ask)) for one in reports]

    def judge(self, report: EvidenceReport, proofs: Iterable[FoundBundle], *, ask: bool) -> Witnessed | None:
        """Say what the pinned witnesses make of one piece of evidence; None where none is pinned, or it is in no log.

        Where nothing at hand is enough and `ask` is set, the source is asked.
        """
        logged = report.logged
        if self.pinned is None or logged is None:
            return None
        if self.pinned.log(logged.log) is None:
            why = f"{self.pinned.label} names no key of the log {logged.log}"
            return Witnessed(state=WitnessState.NOT_AT_HAND, against=self.pinned.label, detail=why)
        here = tuple(proofs)
        found = _judge(logged, self.pinned, here)
        if not ask or self.source is None or found.state in {WitnessState.COSIGNED, WitnessState.BAD}:
            return found
        more, why = self._ask(logged)
        return _judge(logged, self.pinned, (*here, *more), why)

    def _ask(self, logged: Logged) -> tuple[tuple[FoundBundle, ...], str]:
        key = (logged.log, logged.index)
        if key not in self._asked and self.source is not None:
            try:
                data, why = self.source(*key), ""
            except AttestError as err:
                data, why = None, str(err)
            found = (FoundBundle(source="as answered", data=data, place=Place.LOCAL),) if data else ()
            self._asked[key] = (found, why)
        return self._asked[key]


def _judge(logged: Logged, pinned: PinnedWitnesses, proofs: tuple[FoundBundle, ...], why: str = "") -> Witnessed:
    good: list[Witnessed] = []
    bad: list[tuple[FoundBundle, NotVerified]] = []
    roots = {logged.tree_size: logged.root}
    for one in proofs:
        try:
            good += _one(logged, pinned, one, roots)
        except NotVerified as err:
            bad.append((one, err))
        except CannotVerify:
            continue  # of another log: it says nothing of this entry
    telling = [each for each in bad if each[0].named or each[1].code == _FORK]
    if not telling and not good:
        # What anyone may push is no red light; what only this machine writes is.
        telling = [each for each in bad if each[0].place is not Place.SHARED]
    if telling:
        first, failed = telling[0]
        detail = f"{first.source}: {failed}"
        return Witnessed(state=WitnessState.BAD, against=pinned.label, code=failed.code, detail=detail)
    if not good:
        return Witnessed(state=WitnessState.NOT_AT_HAND, against=pinned.label, detail=why)
    return max(good, key=lambda one: (one.quorum, len(one.counted), one.tree_size or 0))


def _one(logged: Logged, pinned: PinnedWitnesses, found: FoundBundle, roots: dict[int, bytes]) -> tuple[Witnessed, ...]:
    """Judge one proof for one entry; nothing where it is of another entry.

    Raises:
        NotVerified: it claims this entry of the pinned log and does not hold, or its head contradicts another.
        CannotVerify: it is of another log.
    """
    proof = _parsed(found)
    if proof.index != logged.index and not found.named:
        return ()
    key = pinned.log(logged.log)
    if key is None:
        return ()
    cosigned = open_cosigned(proof.note, key, pinned.policy.keys)
    head = cosigned.head
    if not hmac.compare_digest(roots.setdefault(head.size, head.root), head.root):
        # Each is signed by a key of the pinned log: whatever else holds, it has two histories.
        raise NotVerified(_FORK, "the log signed two heads of one size with different roots", got=f"size {head.size}")
    if proof.index != logged.index:
        return ()
    verify_inclusion(logged.leaf_hash, proof.index, head.size, proof.hashes, head.root)
    standing = pinned.policy.standing([one.key for one in cosigned.cosignatures], log=key)
    enough = standing.met and bool(standing.counted)
    return (
        Witnessed(
            state=WitnessState.COSIGNED if enough else WitnessState.SHORT,
            against=pinned.label,
            tree_size=head.size,
            counted=standing.counted,
            same_operator=standing.same_operator,
            quorum=standing.met,
        ),
    )


def _parsed(found: FoundBundle) -> TlogProof:
    if len(found.data) > MAX_PROOF_CHARS:
        raise NotVerified("evidence.malformed", "the proof is too large", expected=f"up to {MAX_PROOF_CHARS} bytes")
    try:
        text = found.data.decode()
    except UnicodeDecodeError as err:
        raise NotVerified("evidence.malformed", "the proof is not UTF-8") from err
    return parse_tlog_proof(text)


def _read(path: Path) -> PinnedWitnesses:
    try:
        with path.open("rb") as file:
            return _parse(str(path), file.read(MAX_POLICY_BYTES + 1))
    except OSError as err:
        raise CannotVerify("trust.unreadable", where=str(path)) from err


def _parse(source: str, raw: bytes) -> PinnedWitnesses:
    try:
        policy = parse_policy(raw)
    except AttestError as err:
        raise CannotVerify("trust.unreadable", err.what, where=f"{source} {err.where}".strip()) from err
    return PinnedWitnesses(label=f"{source} (sha256:{hashlib.sha256(raw).hexdigest()[:16]})", policy=policy)
