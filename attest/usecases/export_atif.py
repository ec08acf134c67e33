"""Write a recorded session as an ATIF document, with the texts of its redacted transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.capture.atif.write import write_atif
from attest.capture.lines import Fields, LineFault, parse_line
from attest.errors import Absent
from attest.model.session_predicate import SESSION_V1
from attest.store import attestations
from attest.usecases.read_parts import session_of
from attest.usecases.read_transcript import read_transcript

if TYPE_CHECKING:
    from attest.usecases.instance import Instance

MAX_WHOLE_BYTES: Final = 128 * 1024 * 1024
"""Of a transcript; of a longer one the document holds the first characters of each text, and says so."""


def export_atif(instance: Instance, session: str) -> dict[str, object]:
    """Give the document of a session, `ses_…` (its newest capture) or `att_…` (that capture).

    Raises:
        Absent: `service.not-found`: there is no such session.
        CannotVerify, NotVerified: as for `read_parts.open_parts`.
    """
    attestation = session if session.startswith("att_") else _newest(instance, session)
    told = session_of(instance, attestation)
    stored = attestations.by_id(instance.engine, instance.scope, attestation)
    name = (stored.session if stored is not None else None) or session
    run = read_transcript(instance, attestation, start=0, count=MAX_WHOLE_BYTES)
    whole = run.total == len(run.data)
    lines = run.data.split(b"\n") if whole else []

    def record(index: int) -> Fields | None:
        parsed = parse_line(lines[index].strip()) if index < len(lines) else LineFault.NOT_JSON
        return None if isinstance(parsed, LineFault) else parsed

    document = write_atif(told, trajectory_id=name, record=record)
    if not whole:
        document["notes"] = f"Texts are cut: the transcript has {run.total} bytes."
    return document


def _newest(instance: Instance, session: str) -> str:
    rows = attestations.about(instance.engine, instance.scope, "session", session).rows
    found = next((row.id for row in rows if row.predicate_type == SESSION_V1), None)
    if found is None:
        raise Absent("service.not-found", where=session)
    return found
