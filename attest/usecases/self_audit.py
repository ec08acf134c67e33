"""One round of the service's audit of itself: a few entries and every new head, read anew and compared.

1. heads    both notes of the newest head hold under the log's keys; the head of the last round is still stored as it was
2. files    the published checkpoint holds, and has the root that is stored for its size
3. growth   the published tiles prove that the tree of the last round is a beginning of this one
4. entries  some at random, some of the newest: body, leaf hash and path from the published tiles lead to that root
5. bundles  of these entries: every signature under the roots pinned here today. What a revocation alone takes away is no
            problem of what is stored: `reverify` names it

What a round does not look at may be wrong: the whole is checked by `fsck`, and dated reports are made by `reverify`.
A part that cannot be read is no problem of the log's: it is raised, and the next round asks again.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, NotVerified
from attest.ledger.checkpoint import Checkpoint, open_c2sp_note, open_sigstore_note
from attest.ledger.cosigned import open_cosigned
from attest.ledger.note import NoteAlgorithm, NoteKey, decode_vkey
from attest.ledger.proof import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from attest.ledger.tree import leaf_hash
from attest.signing.memo import Memo
from attest.signing.trust import AfterRevocation
from attest.store import attestations
from attest.store.log_reader import LogReader
from attest.store.publisher import CHECKPOINT
from attest.usecases.pinned_trust import read_trust
from attest.usecases.reverify import verify_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.signing.trust import TrustedRoot
    from attest.store.log_reader import StoredHead
    from attest.usecases.instance import Instance

SAMPLE: Final = 16
"""Entries of one round, at random."""
NEWEST: Final = 4
"""And of the newest."""
_OPEN: Final = frozenset({"evidence.untrusted", "evidence.revoked"})
"""No pinned root knows the log, or a revoked authority alone says when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round came to."""

    head: Checkpoint | None
    """The published head that it was held against, for the next round; None: nothing is published."""
    checked: int
    problems: tuple[str, ...]
    """Each names a place of the log and what is wrong there, without words of any entry."""


def audit_round(instance: Instance, last: Checkpoint | None, *, pause: Callable[[], object] = lambda: None) -> Round:
    """Audit once; `last` is the head of the round before. `pause` is called after each entry: what waits can go first.

    Raises:
        CannotVerify: database or object store do not answer, or what is pinned does not parse; nothing was found out.
    """
    run = _Audit(instance)
    head = run.heads(last)
    checked = run.entries(head, pause) if head is not None else 0
    return Round(head=head or last, checked=checked, problems=tuple(run.problems))


class _Audit:
    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._log = LogReader(instance.engine, instance.scope, instance.log.name)
        self._memo = Memo()
        self.problems: list[str] = []

    def heads(self, last: Checkpoint | None) -> Checkpoint | None:
        """Check the newest and the published head; gives the published one, None where it is not to be built upon."""
        stored = self._log.head()
        if stored is None:
            return None
        before = len(self.problems)
        with _Place(self.problems, f"head {stored.tree_size}"):
            self._require_notes(stored)  # 1
        published: Checkpoint | None = None
        with _Place(self.problems, "checkpoint"):
            published = self._published()  # 2
        if published is None or len(self.problems) > before:
            return None
        if last is not None:
            with _Place(self.problems, f"growth from {last.size} to {published.size}"):
                self._require_growth(last, published)  # 3
        return published if len(self.problems) == before else None

    def entries(self, head: Checkpoint, pause: Callable[[], object]) -> int:
        """Check the sampled entries; gives how many there were."""
        roots = read_trust(self._instance.settings.trust_dir).parsed()
        picked = sorted({*self._random(head.size), *range(max(0, head.size - NEWEST), head.size)})
        read = self._instance.log.publisher.reader(head.size)
        for index in picked:
            with _Place(self.problems, f"entry {index}"):
                found = self._log.entry(index)
                if found is None:
                    raise NotVerified("ledger.corrupt", "the entry is gone")
                leaf = leaf_hash(found.leaf.body)  # 4
                _require_same("the stored leaf hash", leaf, found.leaf_hash)
                _require_same("the published entry", read.entry(index), found.leaf.body)
                verify_inclusion(leaf, index, head.size, inclusion_proof(index, head.size, read.read), head.root)
                if found.attestation is not None:
                    self._require_bundle(found.attestation, roots)  # 5
            pause()
        return len(picked)

    def _random(self, size: int) -> Iterator[int]:
        for _ in range(min(SAMPLE, size)):
            yield int.from_bytes(self._instance.entropy.bytes(8), "big") % size

    def _require_notes(self, stored: StoredHead) -> None:
        keys = self._instance.services.log
        sigstore = NoteKey(name=keys.origin, algorithm=NoteAlgorithm.ECDSA_P256, public=keys.sigstore_key)
        for head in (
            open_sigstore_note(stored.sigstore_note, sigstore),
            open_c2sp_note(stored.c2sp_note, decode_vkey(keys.verifier_key))[0],
        ):
            if head.size != stored.tree_size:
                raise NotVerified("evidence.checkpoint", expected=str(stored.tree_size), got=str(head.size))
            _require_same("the root of a note", head.root, stored.root)

    def _published(self) -> Checkpoint | None:
        raw = self._instance.log.publisher.files.read(CHECKPOINT)
        if raw is None:
            return None
        key = decode_vkey(self._instance.services.log.verifier_key)
        head = open_cosigned(raw.data.decode("utf-8", "replace"), key, ()).head
        stored = self._log.head(head.size)
        _require_same("the published root", head.root, stored.root if stored else b"")
        return head

    def _require_growth(self, last: Checkpoint, head: Checkpoint) -> None:
        read = self._instance.log.publisher.reader(head.size).read
        proof = consistency_proof(last.size, head.size, read) if last.size <= head.size else ()
        verify_consistency(last.size, last.root, head.size, head.root, proof)

    def _require_bundle(self, attestation: str, roots: tuple[TrustedRoot, ...]) -> None:
        stored = attestations.by_id(self._instance.engine, self._instance.scope, attestation)
        if stored is None:
            raise NotVerified("ledger.corrupt", "the attestation's row is gone")
        verify_stored(stored, roots, self._memo)


class _Place:
    """Makes what fails inside a problem of a place; what could not be asked goes on."""

    def __init__(self, problems: list[str], where: str) -> None:
        self._problems = problems
        self._where = where

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, err: BaseException | None, trace: object) -> bool:
        """Note an error of ours; what could not be asked ends the round, but not what trust alone leaves open."""
        if not isinstance(err, AttestError):
            return False
        if isinstance(err, CannotVerify):
            return err.code in _OPEN
        if isinstance(err, AfterRevocation):
            return True
        self._problems.append(f"{self._where}: {err.code}")
        return True


def _require_same(what: str, expected: bytes, got: bytes) -> None:
    if not hmac.compare_digest(expected, got):
        raise NotVerified("ledger.corrupt", what)
