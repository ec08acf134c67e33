"""Is the evidence at hand for a commit all there is? Complete answers, held against the bundles that are here.

1. answers  each is checked against the pinned log it names; two heads of one size with different roots are a fork
2. follow   from the commit to the keys its evidence leads to; each must be in the answer
3. account  every entry listed under them must be here, as a bundle that holds; one that is not here was withheld
4. newest   no evidence that is here may be younger than the answer

One answer is needed for every log that is pinned: evidence in another one would count too.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, InvalidInput, NotVerified
from attest.evidence.chain import MAX_CHAIN, chain_of, log_key, require_newest
from attest.evidence.complete_answer import read_answer
from attest.evidence.locate import FoundBundle, Place
from attest.evidence.reached import following
from attest.evidence.trust import root_for
from attest.ledger.index import NO_KEYS, IndexKeys, KeyKind
from attest.model.predicates import PREDICATES
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.model.succession import succession_of
from attest.model.verdict import EvidenceReport, Verdict
from attest.policy.change import Completeness
from attest.policy.facts import RELATED
from attest.signing.bundle import parse_bundle
from attest.signing.dsse import Envelope
from attest.signing.verify import AnyIdentity, verify_bundle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.evidence.complete_answer import CompleteAnswer
    from attest.evidence.reached import Key
    from attest.evidence.trust import PinnedRoot
    from attest.ledger.index import Row
    from attest.model.statement import Statement
    from attest.signing.memo import Memo
    from attest.signing.trust import LogKey
    from attest.signing.verify import Verified

MAX_FOLLOWED: Final = 64
"""Keys that one commit may lead to; beyond it nothing is called complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """One bundle that is here, and whose payload is an in-toto statement."""

    found: FoundBundle
    statement: Statement
    verified: Verified
    log_id: bytes
    attestation: str


@dataclass(slots=True)
class Answers:
    """The complete answers of one run. Not for several threads at once."""

    roots: tuple[PinnedRoot, ...]
    memo: Memo
    index_keys: IndexKeys = NO_KEYS
    """Those of private logs; an answer of a private log whose key is none of them cannot be used."""
    given: tuple[CompleteAnswer, ...] = ()
    bad: AttestError | None = None
    """The first answer that claims a pinned log and fails, or a fork: a security event."""
    unusable: str = ""
    """Why an answer that was asked for cannot be used, or could not be had."""
    brought: dict[bytes, tuple[FoundBundle, ...]] = field(default_factory=dict)
    """Bundles that answers brought, by SHA-256 of their payload."""
    _held: dict[bytes, _Held | None] = field(default_factory=dict)

    def take(self, raws: Iterable[tuple[str, bytes]]) -> None:
        """Check answers, one to a line of each file, and keep those that hold."""
        lines = [(source, line) for source, raw in raws for line in raw.splitlines()]
        why: AttestError | None = None
        unknown: list[tuple[str, bytes]] = []
        for _ in range(MAX_CHAIN):  # an answer of a log that another names may stand before that other's
            unknown = []
            for source, line in lines:
                try:
                    self._add(read_answer(line, source, self.roots, self.index_keys, followed=self.followed))
                except NotVerified as err:
                    self.bad = self.bad or err
                except (CannotVerify, InvalidInput) as err:
                    if err.code == "evidence.untrusted":
                        unknown.append((source, line))
                        why = why or err
                    else:
                        self.unusable = self.unusable or str(err)
            if not unknown or len(unknown) == len(lines):
                break
            lines = unknown
        if unknown:
            self.unusable = self.unusable or str(why)

    @property
    def followed(self) -> tuple[LogKey, ...]:
        """The logs that those of the answers so far name as followed."""
        steps = [succession_of(one.genesis, None) for one in self.given if one.genesis is not None]
        keys = [log_key(step) for step in steps if step is not None]
        return tuple(key for key in keys if key is not None)

    def _add(self, answer: CompleteAnswer) -> None:
        for other in self.given:
            if other.log.log_id == answer.log.log_id and other.size == answer.size and other.root != answer.root:
                raise _fork(other.root, answer.root, f"{answer.source} and {other.source}")
        self.given = (*self.given, answer)
        for number, data in enumerate(answer.bundles):
            found = FoundBundle(source=f"{answer.source}, bundle {number}", data=data, place=Place.LOCAL)
            digest = payload_digest(data)
            if digest is not None:
                self.brought[digest] = (*self.brought.get(digest, ()), found)

    def about(self, oid: str) -> tuple[FoundBundle, ...]:
        """Give the bundles that answers brought, of entries listed for a commit itself."""
        wanted = {row.payload_hash for one in self.given for row in one.rows.get((KeyKind.GIT_COMMIT, oid), ())}
        return tuple(found for digest in sorted(wanted) for found in self.brought.get(digest, ()))

    def covers(self, oids: Iterable[str]) -> bool:
        """Tell whether the answers that hold list each of these commits."""
        return all(any((KeyKind.GIT_COMMIT, oid) in one.rows for one in self.given) for oid in oids)

    def held(self, found: FoundBundle) -> _Held | None:
        """Give a bundle that holds, whatever it is about; None for one that does not, or is under no pinned root."""
        key = hashlib.sha256(found.data).digest()
        if key not in self._held:
            self._held[key] = _hold(found, self.roots, self.memo)
        return self._held[key]

    def judge(self, oid: str, here: tuple[FoundBundle, ...]) -> Judged:
        """Say whether `here`, with what answers brought, is all evidence there is for a commit."""
        return _Account(self, here).judge(oid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of a commit's list, and the sessions that only it leads to."""

    completeness: Completeness
    related: tuple[EvidenceReport, ...] = ()
    size: int | None = None
    """Size of the smallest tree that it was proved at; None where it is not proved."""


def payload_digest(data: bytes) -> bytes | None:
    """Give SHA-256 of a bundle's payload; None for what is no bundle over a statement."""
    try:
        content = parse_bundle(data).content
    except AttestError:
        return None
    return hashlib.sha256(content.payload).digest() if isinstance(content, Envelope) else None


class _Account:
    """The account of one commit."""

    def __init__(self, answers: Answers, here: tuple[FoundBundle, ...]) -> None:
        self.answers = answers
        self.here: dict[bytes, list[FoundBundle]] = {}
        for found in here:
            if (digest := payload_digest(found.data)) is not None:
                self.here.setdefault(digest, []).append(found)

    def judge(self, oid: str) -> Judged:
        answers = self.answers
        if answers.bad is not None:
            return Judged(completeness=Completeness(as_of=None, bad=str(answers.bad)))
        needed = {log.log_id: log for pinned in answers.roots for log in pinned.root.logs}
        chosen: dict[bytes, CompleteAnswer] = {}
        for one in answers.given:
            covers, best = (KeyKind.GIT_COMMIT, oid) in one.rows, chosen.get(one.log.log_id)
            if covers and (best is None or one.size > best.size):
                chosen[one.log.log_id] = one
        missing = [log.name for log_id, log in needed.items() if log_id not in chosen]
        if not chosen or missing:
            return self._open(answers.unusable or self._no_answer(missing))
        try:
            chains = self._chains(oid, tuple(chosen.values()))
            related = tuple(report for chain in chains for report in self._account(oid, chain))
        except CannotVerify as err:
            return self._open(f"{err.where}: {err.what}" if err.code == "evidence.chain" else err.what)
        except NotVerified as err:
            return Judged(completeness=Completeness(as_of=None, bad=str(err)))
        newest = [chain[0] for chain in chains]  # what is followed has ended: its head is never older than it is
        times = [one.as_of for one in newest if one.as_of is not None]
        against = ", ".join(f"{one.log.name} as of tree size {one.size}" for chain in chains for one in chain)
        if len(times) < len(newest):
            return self._open(f"the answer of {newest[0].log.name} does not say when its head was the newest")
        return Judged(
            completeness=Completeness(as_of=min(times), against=f"complete answer of {against}"),
            related=related,
            size=min(one.size for one in newest),
        )

    def _chains(self, oid: str, chosen: tuple[CompleteAnswer, ...]) -> tuple[tuple[CompleteAnswer, ...], ...]:
        """Give the chain of each pinned log that no other one follows."""
        chains = [chain_of(one, self.answers.given, (KeyKind.GIT_COMMIT, oid)) for one in chosen]
        followed = {each.log.log_id for chain in chains for each in chain[1:]}
        newest = tuple(chain for chain in chains if chain[0].log.log_id not in followed)
        for chain in newest:
            require_newest(chain[0])
        return newest

    def _no_answer(self, missing: list[str]) -> str:
        if not self.answers.given or not missing:
            return "plain files: completeness not proved"
        return f"no complete answer of the pinned log {missing[0]} for this commit"

    @staticmethod
    def _open(why: str) -> Judged:
        return Judged(completeness=Completeness(as_of=None, against=why))

    def _account(self, oid: str, chain: tuple[CompleteAnswer, ...]) -> list[EvidenceReport]:
        own: Key = (KeyKind.GIT_COMMIT, oid)
        queue, seen = [own], set[tuple[KeyKind, str]]()
        related: dict[str, EvidenceReport] = {}
        while queue:
            key = queue.pop(0)
            if key in seen:
                continue
            seen.add(key)
            if len(seen) > MAX_FOLLOWED:
                raise CannotVerify("evidence.index", f"the evidence leads to more than {MAX_FOLLOWED} lists")
            if any(key not in answer.rows for answer in chain):
                raise CannotVerify("evidence.index", f"the list of {key[1]} is not in the answer")
            for held in (held for answer in chain for held in self._entries(key, answer.rows[key])):
                self._not_younger(held, chain)
                queue += following(key, held.statement)
                if key != own and held.statement.predicate_type == SESSION_V1:
                    related[held.attestation] = _related(held)
        for digest in self.here:
            for held in self._verified(digest):
                self._not_younger(held, chain)
        return list(related.values())

    def _entries(self, key: Key, rows: tuple[Row, ...]) -> list[_Held]:
        found: list[_Held] = []
        for digest, count in Counter(row.payload_hash for row in rows).items():
            good = self._verified(digest)
            if len({one.attestation for one in good}) < count:
                index = next(row.index for row in rows if row.payload_hash == digest)
                here = "is here and does not hold" if self._at_hand(digest) else "is not here: it was withheld"
                raise CannotVerify("evidence.index", f"entry {index} of the log speaks of {key[1]} and {here}")
            found += good
        return found

    def _at_hand(self, digest: bytes) -> tuple[FoundBundle, ...]:
        return (*self.here.get(digest, ()), *self.answers.brought.get(digest, ()))

    def _verified(self, digest: bytes) -> tuple[_Held, ...]:
        return tuple(held for one in self._at_hand(digest) if (held := self.answers.held(one)) is not None)

    @staticmethod
    def _not_younger(held: _Held, chain: tuple[CompleteAnswer, ...]) -> None:
        answer = next((one for one in chain if one.log.log_id == held.log_id), None)
        if answer is None:
            return
        seen = held.verified
        if seen.tree_size == answer.size and seen.root is not None and seen.root != answer.root:
            raise _fork(answer.root, seen.root, f"{answer.source} and {held.found.source}")
        if seen.log_index is not None and seen.log_index >= answer.size:
            what = f"the answer is of {answer.size} entries, and entry {seen.log_index} is here: it is out of date"
            raise CannotVerify("evidence.index", what)


def _hold(found: FoundBundle, roots: tuple[PinnedRoot, ...], memo: Memo) -> _Held | None:
    """Verify one bundle without asking what it is about; None where it does not hold or is under no pinned root."""
    try:
        bundle = parse_bundle(found.data)
        pinned = root_for(bundle, roots)
        if pinned is None or bundle.entry is None or not isinstance(bundle.content, Envelope):
            return None
        verified = verify_bundle(bundle, pinned.root, AnyIdentity(), None, memo=memo)
        statement = parse_statement(verified.payload or b"")
        if statement.predicate_type in PREDICATES:
            PREDICATES[statement.predicate_type].require(statement.predicate)
    except AttestError:
        return None
    attestation = "att_" + hashlib.sha256(bundle.content.pae() + bundle.signature).hexdigest()
    return _Held(
        found=found, statement=statement, verified=verified, log_id=bundle.entry.log_id, attestation=attestation
    )


def _related(held: _Held) -> EvidenceReport:
    verified = held.verified
    return EvidenceReport(
        source=held.found.source,
        verdict=Verdict.PASS,
        steps=(),
        attestation=held.attestation,
        sha256=hashlib.sha256(held.found.data).hexdigest(),
        predicate_type=held.statement.predicate_type,
        identity=verified.identity,
        issuer=verified.issuer,
        link=RELATED,
        log_index=verified.log_index,
        tree_size=verified.tree_size,
        signed_at=int(min(t.time for t in verified.times).timestamp()) if verified.times else None,
        statement=held.statement,
    )


def _fork(first: bytes, second: bytes, where: str) -> NotVerified:
    return NotVerified(
        "evidence.checkpoint",
        "the log signed two heads of one size: a fork",
        expected=first.hex(),
        got=second.hex(),
        where=where,
    )
