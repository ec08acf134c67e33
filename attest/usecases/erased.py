"""What the log says is erased: read by whatever opens a text, so that a tombstone stands where one was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, AttestError, CannotVerify
from attest.model.erasure_predicate import ERASURE_V1, ErasureRequest, ErasureScope, erasure_request_of
from attest.model.scope import Scope
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.typed import statements_of_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from attest.store.attestations import StoredAttestation
    from attest.store.engine import Engine
    from attest.usecases.instance import Instance


_MARKS: Final = "erased"
"""Below the data directory; so a start need not ask for each object again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """An erasure that was asked for, and what became of it."""

    request: ErasureRequest
    asked_at: str
    by: str = ""
    """`name_digest` of who asked at a service; empty where that was this machine's own user."""
    done_at: str = ""
    second: str = ""
    attestation: str = ""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form; `request` is what is handed to whoever is to approve."""
        return {
            "id": self.request.id,
            "state": "logged" if self.done_at else "requested",
            "request": self.request.to_json(),
            "asked_at": self.asked_at,
            "logged_at": self.done_at or None,
            "second": self.second or None,
            "attestation": self.attestation or None,
        }


def erasure_mark(home: Path, session: str, scope: ErasureScope) -> Path:
    """Give the file that says that all objects of an erased session were seen to be gone. It is a note, and proves nothing."""
    return home / _MARKS / f"{session}.{scope.value}"


def logged_erasures(instance: Instance) -> Iterator[Erasure]:
    """Yield what the log says is erased, in its order."""
    for row in statements_of_type(instance.engine, instance.scope, instance.log.name, ERASURE_V1):
        predicate = parse_statement(parse_envelope(row.leaf.envelope).payload).predicate
        asked = {key: predicate[key] for key in ("id", "basis", "scope", "sessions")}
        at = str(predicate["at"])
        yield Erasure(
            request=erasure_request_of(asked),
            asked_at=at,
            done_at=at,
            second=str(predicate["second"]),
            attestation=row.id,
        )


def erasures_about(
    logs: Iterable[tuple[Engine, Scope]], session: str
) -> Iterator[tuple[Mapping[str, object], StoredAttestation]]:
    """Yield each erasure of a session that these logs say, with its predicate; of each log the first one first."""
    for engine, scope in logs:
        for row in reversed(attestations.about(engine, Scope(scope.tenant), "session", session).rows):
            if row.predicate_type == ERASURE_V1:
                yield parse_statement(parse_envelope(row.leaf.envelope).payload).predicate, row


def erases_all(predicate: Mapping[str, object]) -> bool:
    """Tell whether an erasure took whole sessions; one that took transcripts left what was derived of them."""
    return predicate["scope"] == ErasureScope.SESSION.value


def erasure_of_session(instance: Instance, session: str) -> dict[str, object] | None:
    """Give what the log says of a session's erasure: id, time, basis, scope and entry; None where it was not erased.

    Where its transcript went first and the rest later, that is the later one. Of a session in an ended log a later log says it.
    """
    logs = ((engine, instance.scope) for engine in (instance.engine, *instance.after))
    found = min(erasures_about(logs, session), key=lambda one: not erases_all(one[0]), default=None)
    if found is None:
        return None
    predicate, row = found
    told = {key: predicate[key] for key in ("id", "at", "basis", "scope", "second")}
    return {**told, "attestation": row.id, "entry": row.receipt.index}


def closed(instance: Instance, session: str, what: str) -> AttestError:
    """Give why a session's texts do not open: erased, as the log says, or a key that is gone and nobody erased."""
    told = erasure_of_session(instance, session)
    if told is None:
        return CannotVerify("key.missing", f"the session's secret is gone: {what}", where=session)
    how = f"{told['basis']}, {told['second']}, {told['id']}, entry {told['entry']}"
    return Absent("erasure.erased", f"its texts were erased at {told['at']} ({how})", where=session)
