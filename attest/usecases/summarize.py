"""A machine summary is made when somebody asks for one, by a program that an operator named.

1. refuse   a session that was erased, in part too
2. record   that its words are read, in the access log: else the program is given nothing
3. ask      the program, with the redacted events as they are kept
4. scan     its answer, as whatever comes from elsewhere is: with a hit nothing is kept
5. keep     apart from evidence, see `attest.usecases.kept_summaries`
6. look     whether an erasure was logged meanwhile: then nothing is kept
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from attest.canonical import canonical_json
from attest.errors import Absent, InvalidInput
from attest.model.machine_summary import MachineSummary, parse_answer, summary_bytes
from attest.store import attestations
from attest.store.log_reader import LogReader
from attest.store.sessions import recordings_of
from attest.usecases.access_log import Access, AccessLog
from attest.usecases.erased import closed, erasure_of_session
from attest.usecases.holds import require_not_held
from attest.usecases.kept_summaries import holds_summary, keep_summary, remove_summary
from attest.usecases.read_events import MAX_EVENT_BYTES, EventPage, read_events
from attest.usecases.scan_payload import require_clean
from attest.usecases.sign import actor_of
from attest.usecases.summarizer import FILE_NAME, read_summarizer, run_summarizer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.usecases.instance import Instance


def summarize(instance: Instance, session: str, environment: Mapping[str, str]) -> MachineSummary:
    """Have a summary of a session's newest capture made and kept in the place of an earlier one.

    Raises:
        InvalidInput: `input.not-found`: no program is named; `input.malformed`: not as it must be.
        Absent: `service.not-found`, `redaction.not-kept`, or `erasure.erased`.
        Conflict: `erasure.held`: a hold covers the session, which has a summary already.
        Refused: `service.access-log`: the reading could not be recorded.
        CannotVerify: `summary.failed`, or as for `open_parts`. Quarantined: the answer holds what the scan finds.
    """
    home = instance.settings.home
    named = read_summarizer(home)
    if named is None:
        raise InvalidInput("input.not-found", "no program is named", where=str(home / FILE_NAME))
    _require_texts(instance, session)  # 1
    if holds_summary(home, session):
        require_not_held(instance, (session,))
    attestation = _newest(instance, session)
    page = read_events(instance, attestation, from_seq=0, max_bytes=MAX_EVENT_BYTES)
    data = _input(session, attestation, page)
    _record(instance, (session, attestation), f"machine summary by {named.name}", len(page.events))  # 2
    said = parse_answer(run_summarizer(named, data, environment))  # 3
    summary = MachineSummary(
        session=session,
        attestation=attestation,
        name=named.name,
        model=said.model,
        version=said.version,
        text=said.text,
        made_at=instance.clock.now(),
        input_sha256=hashlib.sha256(data).hexdigest(),
        events=len(page.events),
        whole=page.next_seq is None,
    )
    require_clean(summary_bytes(summary), instance.settings)  # 4
    keep_summary(instance, summary)  # 5
    try:
        _require_texts(instance, session)  # 6
    except Absent:
        remove_summary(home, session)
        raise
    return summary


def take_away(instance: Instance, session: str) -> bool:
    """Remove the summary of a session; False where none is kept.

    Raises:
        Absent: `service.not-found`, that is no session's id. Conflict: `erasure.held`.
    """
    if not holds_summary(instance.settings.home, session):
        return False
    require_not_held(instance, (session,))
    return remove_summary(instance.settings.home, session)


def _require_texts(instance: Instance, session: str) -> None:
    # A transcript that was erased by itself, too: its words would come back in others.
    if erasure_of_session(instance, session) is not None:
        raise closed(instance, session, "")


def _newest(instance: Instance, session: str) -> str:
    found = recordings_of(instance.engine, instance.scope, session)
    kept = (one for one, _ in reversed(found) if attestations.parts_of(instance.engine, instance.scope, one))
    newest = next(kept, found[-1][0] if found else None)
    if newest is None:
        raise Absent("service.not-found", where=session[:80])
    return newest


def _input(session: str, attestation: str, page: EventPage) -> bytes:
    return canonical_json(
        {
            "version": 1,
            "session": session,
            "attestation": attestation,
            "events": list(page.events),
            "next_seq": page.next_seq,
        }
    )


def _record(instance: Instance, capture: tuple[str, str], purpose: str, rows: int) -> None:
    session, attestation = capture
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    log = AccessLog(instance)
    try:
        log.write(
            Access(
                who=actor_of(instance),
                right="session.read.transcript",
                purpose=purpose,
                query=f"summarize {session}",
                session=session,
                attestation=attestation,
                rows=rows,
                tree_size=head.tree_size if head else 0,
                address="loopback",
            )
        )
    finally:
        log.close()
