"""What a name on the command line means: a revision, a commit id or its beginning, a session, an attestation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, AttestError, CannotVerify, InvalidInput
from attest.ledger.index import KeyKind
from attest.model.session_predicate import SESSION_V1
from attest.store import attestations
from attest.usecases.chain_at_hand import chain_at_hand, readers_of
from attest.usecases.receipts import bundle_of, receipt_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.evidence.reached import Key
    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.store.attestations import StoredAttestation
    from attest.usecases.followed import AnsweringLog
    from attest.usecases.instance import Instance

    _Row = tuple[AnsweringLog | None, StoredAttestation]

_HEX: Final = re.compile(r"[0-9a-f]{7,64}")
_FULL: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_COMMIT: Final = KeyKind.GIT_COMMIT.value
MAX_CANDIDATES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a name leads to."""

    oid: str | None
    """The commit; None for a session or an attestation."""
    bundles: tuple[bytes, ...]
    """Exact bundles, `session/v1` first, newest first."""
    receipts: tuple[dict[str, object], ...]
    indices: tuple[int, ...]
    """Where each is in its log."""
    before: tuple[str, ...] = ()
    """Logs that the own one follows and that hold any of them."""

    def here(self) -> tuple[int, ...]:
        """Give where each is in the instance's own log.

        Raises:
            CannotVerify: `evidence.chain`, one stands in a log before it.
        """
        if self.before:
            what, hint = "it stands in a log before this one", "ask in the data directory of that log"
            raise CannotVerify("evidence.chain", what, where=self.before[0], hint=hint)
        return self.indices

    def to_json(self) -> dict[str, object]:
        """Give the receipts as JSON."""
        return {"data": list(self.receipts)}


def find(instance: Instance, name: str, repository: Repository | None) -> Found:
    """Find what a name means.

    Raises:
        Absent: `service.not-found`, nothing of that name is recorded here and no clone knows it as a commit.
        InvalidInput: the beginning of a commit id fits several.
        CannotVerify: `evidence.chain`, it is not in this log, and a log before it cannot be asked.
    """
    chain = chain_at_hand(instance)
    logs = (None, *(one.log for one in chain.logs))
    if name.startswith("att_"):
        oid, found = None, [(log, _named(instance, log, name)) for log in logs]
    elif name.startswith("ses_"):
        oid, found = None, [(log, _about(instance, log, (KeyKind.SESSION, name))) for log in logs]
    else:
        oid = resolve_commit(instance, name, repository)
        found = [(log, _about(instance, log, (KeyKind.GIT_COMMIT, oid))) for log in logs]
    rows = [(log, row) for log, listed in found for row in listed]
    if oid is None and not rows:
        if chain.missing:  # what was not read is not known, and never none
            raise CannotVerify("evidence.chain", f"it is not in this log, and {chain.missing}", where=name)
        raise Absent("service.not-found", where=name)
    return _found(instance, oid, rows)


def _named(instance: Instance, log: AnsweringLog | None, name: str) -> tuple[StoredAttestation, ...]:
    reader = log or instance
    stored = attestations.by_id(reader.engine, reader.scope, name)
    return (stored,) if stored else ()


def _about(instance: Instance, log: AnsweringLog | None, key: Key) -> tuple[StoredAttestation, ...]:
    reader = log or instance
    return attestations.about(reader.engine, reader.scope, key[0].value, key[1]).rows


def resolve_commit(instance: Instance, name: str, repository: Repository | None) -> str:
    """Give the full oid of a name: from the clone when it knows it, else from the commits recorded here.

    This resolution is a convenience and proves nothing; the answer is about the full oid it names.
    """
    if _FULL.fullmatch(name):
        return name
    if repository is not None:
        try:
            return repository.resolve(name)
        except AttestError:
            if not _HEX.fullmatch(name):
                raise
    if not _HEX.fullmatch(name):
        raise Absent("service.not-found", where=name)
    fits = recorded_commits(instance, name, limit=MAX_CANDIDATES)
    if len(fits) > 1:
        raise InvalidInput("input.ambiguous", got=", ".join(fits), where=name)
    if not fits:
        raise Absent("service.not-found", where=name)
    return fits[0]


def recorded_commits(instance: Instance, prefix: str, *, limit: int) -> tuple[str, ...]:
    """Give up to `limit` full oids that begin so, of commits that this log or one before it has a statement about."""
    readers = readers_of(instance)
    fits = (attestations.values_with_prefix(one.engine, one.scope, _COMMIT, prefix, limit=limit) for one in readers)
    return tuple(sorted({oid for some in fits for oid in some}))[:limit]


def _found(instance: Instance, oid: str | None, rows: Sequence[_Row]) -> Found:
    # Newest first, sessions before the rest; what stands in the own log before what stands in those before it.
    ordered = sorted(rows, key=lambda each: (each[1].predicate_type != SESSION_V1, each[0] is not None))
    return Found(
        oid=oid,
        bundles=tuple(bundle_of(row) for _, row in ordered),
        receipts=tuple(_receipt(instance, log, row).to_json() for log, row in ordered),
        indices=tuple(row.receipt.index for _, row in ordered),
        before=tuple(dict.fromkeys(log.origin for log, _ in ordered if log is not None)),
    )


def _receipt(instance: Instance, log: AnsweringLog | None, row: StoredAttestation) -> Receipt:
    if log is None:
        return receipt_from(row, instance.services.log.origin, instance.log.keying)
    return receipt_from(row, log.origin, log.keying)
