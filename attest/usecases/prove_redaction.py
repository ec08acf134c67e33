"""Make the disclosure of one redacted value on the producer's machine; `check_redaction` is its other half.

The newest recording of the session names the root; the sealed values are opened, one is taken, its inclusion proof made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.errors import Absent
from attest.ledger.index import KeyKind
from attest.ledger.withheld_tree import withheld_proof
from attest.model.parts import SessionKeys
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.model.withheld import Disclosure
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.check_redaction import committed, subject_of
from attest.usecases.erased import closed
from attest.usecases.withheld import SALTS, open_withheld

if TYPE_CHECKING:
    from attest.model.withheld import Withheld
    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which value is asked for."""

    unit: str
    """`record`, or `line` for images and other binary data."""
    record: int
    pointer: str
    span: int


def prove_redaction(instance: Instance, session: str, place: Place) -> Disclosure:
    """Give the disclosure of one redacted value of the newest recording of a session.

    Raises:
        Absent: `service.not-found`: no such session; `redaction.not-committed`: no such place, or nothing was committed
            to there (a secret, by default).
        CannotVerify: `key.missing`: its key is gone (`erasure.erased` where the log says why); `store.missing`: its values are not on this machine.
    """
    rows = attestations.about(instance.engine, instance.scope, KeyKind.SESSION.value, session).rows
    stored = next((row for row in rows if row.predicate_type == SESSION_V1), None)
    if stored is None:
        raise Absent("service.not-found", where=session)
    statement = parse_statement(parse_envelope(stored.leaf.envelope).payload)
    count, root = committed(statement)
    secret = instance.keys.load(f"session/{session}")
    if secret is None:
        raise closed(instance, session, "its values cannot be opened")
    keys = SessionKeys.from_secret(secret)
    withheld = open_withheld(instance.settings.home, session, keys, root) if count else ()
    index = _index(withheld, place)
    key = keys.salt_of(SALTS)
    return Disclosure(
        session=session,
        subject=f"sha256:{subject_of(statement, session)}",
        withheld=withheld[index],
        salt=withheld[index].salt(key),
        index=index,
        size=count,
        root=root,
        proof=withheld_proof(withheld, key, index),
    )


def _index(withheld: tuple[Withheld, ...], place: Place) -> int:
    wanted = (place.unit, place.record, place.pointer, place.span)
    for index, one in enumerate(withheld):
        if (one.unit, one.record, one.pointer, one.span) == wanted:
            return index
    raise Absent("redaction.not-committed", where=f"{place.unit} {place.record} {place.pointer} span {place.span}")
