"""Whether a second record is of the same session, and which of its rows are."""

from __future__ import annotations

from typing import Final

from attest.model.second import ItemKind, SameSession, SecondLog, SecondRecord
from attest.model.session import EventKind, Session

MIN_PROMPT_CHARS: Final = 40
"""A shorter prompt stands in many sessions."""


def rows_of_session(
    session: Session, second: SecondLog, *, hinted: frozenset[str] = frozenset()
) -> tuple[SameSession, tuple[SecondRecord, ...]]:
    """Give how it is known that the record is of this session, and the rows that are of it.

    `hinted` are ids that trailers of the session's commits name. A payload may hold several sessions: those that share
    nothing with this one are left out. Where nothing is shared at all, every row is kept and the word for it is
    `claimed`.
    """
    if session.native_id is not None and any(row.session == session.native_id for row in second.rows):
        return SameSession.NATIVE_ID, _of(second, {session.native_id, ""})
    calls = {event.call_id for event in session.events if event.kind is EventKind.TOOL_CALL and event.call_id}
    by_call = {row.session for row in second.rows if row.kind is ItemKind.TOOL_CALL and row.native_id in calls}
    if by_call:
        return SameSession.TOOL_USE_ID, _of(second, by_call | {""})
    said = {" ".join(one.text.split()) for one in (session.intent, *session.directions) if one is not None}
    by_prompt = {
        row.session
        for row in second.rows
        if row.kind is ItemKind.PROMPT
        and not row.injected
        and len(told := " ".join((row.text or "").split())) >= MIN_PROMPT_CHARS
        and told in said
    }
    if by_prompt:
        return SameSession.PROMPT, _of(second, by_prompt | {""})
    by_trailer = {row.session for row in second.rows} & hinted
    if by_trailer:
        return SameSession.TRAILER, _of(second, by_trailer | {""})
    return SameSession.CLAIMED, second.rows


def _of(second: SecondLog, sessions: set[str]) -> tuple[SecondRecord, ...]:
    return tuple(row for row in second.rows if row.session in sessions)
