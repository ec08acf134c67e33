"""Names that a caller may have from the answer for a commit: what stands in a log before this one is found, or said where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import Absent, AttestError, CannotVerify
from attest.ledger.index import KeyKind
from attest.store import attestations
from attest.usecases.chain_at_hand import NAME_IT, chain_at_hand
from attest.usecases.receipts import receipt_from

if TYPE_CHECKING:
    from api.service import Service
    from attest.model.receipt import Receipt
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance


def attestation_before(service: Service, name: str) -> tuple[StoredAttestation, Receipt]:
    """Give an attestation of a log before this one, with its receipt there.

    Raises:
        Absent: `service.not-found`.
        CannotVerify: `evidence.chain`, such a log cannot be asked.
    """
    chain = chain_at_hand(service.instance)
    for log in (one.log for one in chain.logs):
        stored = attestations.by_id(log.engine, log.scope, name)
        if stored is not None:
            return stored, receipt_from(stored, log.origin, log.keying)
    raise _unknown(chain.missing)


def not_in_this_log(instance: Instance, session: str) -> AttestError:
    """Give why a session is not found: it stands in a log before this one, that log cannot be asked, or it is nowhere."""
    chain = chain_at_hand(instance)
    for log in (one.log for one in chain.logs):
        if attestations.about(log.engine, log.scope, KeyKind.SESSION.value, session).rows:
            what = f"it stands in the log {log.origin}, which this one follows"
            hint = "the answer for its commit tells of it; its events are read in the data directory of that log"
            return CannotVerify("evidence.chain", what, hint=hint)
    return _unknown(chain.missing)


def _unknown(missing: str) -> AttestError:
    if missing:
        return CannotVerify("evidence.chain", f"it is not in this log, and {missing}", hint=NAME_IT)
    return Absent("service.not-found")
