"""Section 9: when it was recorded, by whose clock, and how that stands to the commit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.model.answer import RecordedTime, Row, Section, attestation
from attest.model.basis import Basis
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope

if TYPE_CHECKING:
    from attest.store.attestations import StoredAttestation

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TWO: Final = 2


def recorded_section(stored: tuple[StoredAttestation, ...], committed_at: int | None, outside: str) -> Section:
    """Give section 9 for the attestations told of; `committed_at` is the committer's clock, None when not known.

    `outside` says the earliest time that somebody else gave for a head with all of them, or that there is none.
    """
    times: list[RecordedTime] = []
    for one in stored:
        capture = parse_statement(parse_envelope(one.leaf.envelope).payload).predicate.get("capture")
        recorded = capture.get("recordedAt") if isinstance(capture, dict) else None
        captured = _captured(recorded)
        logged = one.receipt.integrated_time
        times += [
            _time(one, "captured", captured, committed_at=committed_at, clock="runner’s machine"),
            _time(one, "logged", _moment(logged), committed_at=committed_at, clock="log and time stamp, this operator"),
        ]
    landed = RecordedTime(
        what="committed", time=_moment(committed_at), relation="", clock="committer’s machine", basis=Basis.REPORTED
    )
    row = Row(term="outside time", text=outside)
    return Section(number=9, rows=(row,), recorded=(*times, landed))


def _time(
    stored: StoredAttestation, what: str, moment: datetime | None, *, committed_at: int | None, clock: str
) -> RecordedTime:
    return RecordedTime(
        what=what,
        time=moment,
        relation=relation(int(moment.timestamp()), committed_at) if moment and committed_at is not None else "",
        clock=clock,
        pointers=(attestation(stored.id),),
        basis=Basis.REPORTED,
    )


def relation(moment: int, committed_at: int) -> str:
    """Say how far a moment is from the commit, in the largest whole unit: `4 min after the commit`."""
    seconds = abs(moment - committed_at)
    for size, unit in ((_DAY, "days"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= _TWO * size or (unit == "min" and seconds >= size):
            amount = f"{seconds // size:,} {unit}"
            break
    else:
        amount = f"{seconds} s"
    return f"{amount} {'after' if moment >= committed_at else 'before'} the commit"


def _moment(seconds: int | None) -> datetime | None:
    # Git keeps any number as a commit's time: what no calendar holds is not known, and no reason to fail.
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _captured(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
