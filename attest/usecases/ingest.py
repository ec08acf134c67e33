"""Take in bundles that were signed elsewhere: verify, scan again, and log our own leaf over each same envelope.

1. read      each bundle, whole and strictly
2. verify    every check of the strict verifier, under a root that is pinned here as the revocations leave it; what many share
             is verified once
3. inspect   an in-toto statement; one of our own predicates, whole, against its shape
4. scan      the payloads through redaction's second scan; a hit quarantines the one it is in
5. known     by `att_…`: the same signed statement before gives the stored receipt; a session that is logged here
             already may be told of again by the identity that told of it first, and by no other
6. log       envelope and certificate as they came, our own time stamp, claim, rows and the bundle byte for byte, for all
             of them in one transaction; two that say the same at once meet in its unique keys, and the later finds 5

Nothing is stored before 6, and one that fails never keeps the others out. Who signed is kept as certified, and is for
the reader of the answer to judge.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, Conflict, InvalidInput, NotVerified, Refused
from attest.ledger.sequence import MAX_GROUP_ENTRIES
from attest.store.database import reading
from attest.store.foreign import logged_among, signers_of
from attest.usecases.ingest_check import check_here
from attest.usecases.ingest_log import Logged, log_incoming
from attest.usecases.pinned_trust import read_trust
from attest.usecases.receipts import receipt_of
from attest.usecases.scan_payload import scan_payloads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.store.foreign import Signers
    from attest.usecases.ingest_check import Check, Incoming
    from attest.usecases.instance import Instance

MAX_INGESTED: Final = MAX_GROUP_ENTRIES
"""Bundles of one call: what one group commit takes."""

SCANNED: Final = 256
"""Bundles scanned together: most are clean, and each scan proves itself by canaries."""

Outcome = Logged | AttestError
"""What became of one bundle: its receipt, or why it was not logged."""
_ATTEMPTS: Final = 3
"""Of appending the rest of a group after somebody else logged one of it in the meantime."""


def ingest(raw: bytes, instance: Instance) -> Logged:
    """Verify, scan and log a bundle; the same signed statement again gives the receipt that is there.

    Raises:
        NotVerified: a check of the evidence failed.
        CannotVerify: it is signed under a root that is not pinned here, or uses something unknown; `evidence.revoked`.
        InvalidInput: its predicate is not of its published shape, or is one that only the log itself writes.
        Quarantined: the second scan found something in the payload.
    """
    (outcome,) = ingest_all((raw,), instance)
    if isinstance(outcome, AttestError):
        raise outcome
    return outcome


def ingest_all(
    raws: Sequence[bytes],
    instance: Instance,
    *,
    check: Check = check_here,
    on_committed: Callable[[dict[int, Outcome]], None] = lambda _: None,
) -> tuple[Outcome, ...]:
    """Do for each bundle what `ingest` does, with what can be shared done once; gives what became of each, in order.

    `check` does steps 1 to 3: here, or in processes of its own. `on_committed` is told, by position, of those that are durable in the log and not published yet; it is called by
    the thread that appends, must be quick and must not raise. When this returns, all that is logged is published.

    Raises:
        CannotVerify: `trust.unreadable`, nothing can be judged.
        InvalidInput: there are more than `MAX_INGESTED`.
    """
    if len(raws) > MAX_INGESTED:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_INGESTED} bundles", got=str(len(raws)))
    run = _Run(instance, on_committed)
    run.check(raws, check)  # 1 to 4
    for attempt in range(_ATTEMPTS):
        run.know()  # 5
        if run.log(apart=attempt == _ATTEMPTS - 1):  # 6
            break
    run.repeat()
    return tuple(run.outcomes[at] for at in range(len(raws)))


@dataclass(slots=True)
class _Run:
    """One call: what waits to be logged, by position, and what became of the others."""

    instance: Instance
    on_committed: Callable[[dict[int, Outcome]], None]
    waiting: dict[int, Incoming] = field(default_factory=dict)
    same: dict[int, int] = field(default_factory=dict)
    """Those that say the same as an earlier one of this call, and where that one is."""
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def check(self, raws: Sequence[bytes], check: Check) -> None:
        """Check and scan: what is checked is scanned while other processes check the rest."""
        checked: list[int] = []
        for at, one in enumerate(check(raws, read_trust(self.instance.settings.trust_dir))):
            if isinstance(one, AttestError):
                self.outcomes[at] = one
                continue
            self.waiting[at] = one
            checked.append(at)
            if len(checked) == SCANNED:
                self._scan(checked)
                checked = []
        self._scan(checked)

    def _scan(self, places: Sequence[int]) -> None:
        found = scan_payloads([self.waiting[at].payload for at in places], self.instance.settings) if places else ()
        for at, err in zip(places, found, strict=True):
            if err is not None:
                self._end(at, err)

    def know(self) -> None:
        """Take out what is logged, what contradicts it, and what this call says twice."""
        names = {one.name for one in self.waiting.values()}
        sessions = {one.session for one in self.waiting.values() if one.session}
        with reading(self.instance.engine) as session:
            logged = logged_among(session, self.instance.scope, names)
            signers = signers_of(session, self.instance.scope, sessions)
        first: dict[str, int] = {}
        for at, one in list(self.waiting.items()):
            if first.setdefault(one.name, at) != at:
                self.same[at] = first[one.name]
                del self.waiting[at]
            elif one.name in logged:
                self._end(at, Logged(receipt=receipt_of(self.instance, one.name), created=False))
            else:
                self._require_new(at, one, signers)

    def _require_new(self, at: int, one: Incoming, signers: Signers) -> None:
        signer = {(one.identity, one.issuer)}
        if one.log_id == self.instance.services.log.log_id:
            # Our own log's proof of an entry that our store does not hold: it is older than what was promised.
            what = "this bundle proves an entry of our log that the store does not hold"
            self._end(at, Refused("ledger.rollback", what))
        elif one.session and signers.setdefault(one.session, signer) != signer:
            # Who knows the id of a session could otherwise put a later account of it in the place of the first.
            what, where = "this session was recorded by another identity", "/predicate/session/id"
            self._end(at, NotVerified("evidence.identity", what, where=where))

    def log(self, *, apart: bool) -> bool:
        """Append what waits, as one group or each apart; False where somebody else came first with one of the group."""
        places = list(self.waiting)
        for group in [[at] for at in places] if apart else [places] if places else []:
            try:
                self._append(group)
            except Conflict as err:
                if not apart:
                    return False
                self._end(group[0], err)
            except AttestError as err:
                for at in group:
                    self._end(at, err)
        return True

    def _append(self, group: list[int]) -> None:
        def tell(logged: Sequence[Logged]) -> None:
            self.on_committed(dict(zip(group, logged, strict=True)))

        logged = log_incoming([self.waiting[at] for at in group], self.instance, on_committed=tell)
        for at, one in zip(group, logged, strict=True):
            self._end(at, one)

    def repeat(self) -> None:
        """Answer what was said twice with what became of the first."""
        for at, first in self.same.items():
            outcome = self.outcomes[first]
            self.outcomes[at] = replace(outcome, created=False) if isinstance(outcome, Logged) else outcome

    def _end(self, at: int, outcome: Outcome) -> None:
        self.outcomes[at] = outcome
        self.waiting.pop(at, None)
