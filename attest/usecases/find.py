"""What a name on the command line means: a revision, a commit id or its beginning, a session, an attestation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, AttestError, InvalidInput
from attest.ledger.index import KeyKind
from attest.model.session_predicate import SESSION_V1
from attest.store import attestations
from attest.usecases.receipts import bundle_of, receipt_of

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

_HEX: Final = re.compile(r"[0-9a-f]{7,64}")
_FULL: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
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
    """Where each is in the log."""

    def to_json(self) -> dict[str, object]:
        """Give the receipts as JSON."""
        return {"data": list(self.receipts)}


def find(instance: Instance, name: str, repository: Repository | None) -> Found:
    """Find what a name means.

    Raises:
        Absent: `service.not-found`, nothing of that name is recorded here and no clone knows it as a commit.
        InvalidInput: the beginning of a commit id fits several.
    """
    if name.startswith("att_"):
        stored = attestations.by_id(instance.engine, instance.scope, name)
        return _found(instance, None, (stored,) if stored else (), name)
    if name.startswith("ses_"):
        return _found(instance, None, attestations.about(instance.engine, instance.scope, "session", name).rows, name)
    oid = resolve_commit(instance, name, repository)
    rows = attestations.about(instance.engine, instance.scope, KeyKind.GIT_COMMIT.value, oid).rows
    return _found(instance, oid, rows, name)


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
    fits = attestations.values_with_prefix(
        instance.engine, instance.scope, KeyKind.GIT_COMMIT.value, name, limit=MAX_CANDIDATES
    )
    if len(fits) > 1:
        raise InvalidInput("input.ambiguous", got=", ".join(fits), where=name)
    if not fits:
        raise Absent("service.not-found", where=name)
    return fits[0]


def _found(instance: Instance, oid: str | None, rows: tuple[StoredAttestation, ...], name: str) -> Found:
    if oid is None and not rows:
        raise Absent("service.not-found", where=name)
    ordered = sorted(rows, key=lambda row: (row.predicate_type != SESSION_V1, -row.receipt.index))
    return Found(
        oid=oid,
        bundles=tuple(bundle_of(row) for row in ordered),
        receipts=tuple(receipt_of(instance, row.id).to_json() for row in ordered),
        indices=tuple(row.receipt.index for row in ordered),
    )
