"""How a moment is written for machines: RFC 3339, UTC, `Z`; in every statement of ours with microseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_FIRST: Final = int(datetime(2, 1, 1, tzinfo=UTC).timestamp())
_LAST: Final = int(datetime(9998, 12, 31, tzinfo=UTC).timestamp())
"""Of a commit: a year from the ends of the calendar, so that days can be counted from there."""


def rfc3339(moment: datetime) -> str:
    """Give an aware moment as `2026-01-31T12:00:00.000000Z`: always 27 characters, so that text order is time order."""
    return _text(moment, "microseconds")


def rfc3339_seconds(moment: datetime) -> str:
    """Give an aware moment as `2026-01-31T12:00:00Z`, what is under a second cut off."""
    return _text(moment, "seconds")


def read_moment(text: str) -> datetime:
    """Read a day or a moment as a person writes it; without a zone it is UTC.

    Raises:
        ValueError: it is neither, or the calendar ends before it: a zone can lead past its first and last year.
    """
    read = datetime.fromisoformat(text)
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError as err:
        raise ValueError("no moment of the calendar") from err


def _text(moment: datetime, to: str) -> str:
    # Not `strftime`, which writes years before 1000 with fewer digits.
    return moment.astimezone(UTC).isoformat(timespec=to).removesuffix("+00:00") + "Z"


def moment_at(seconds: int) -> datetime:
    """Give the moment of a commit's time, which is any number that its author wrote; one past every calendar is its end."""
    return datetime.fromtimestamp(max(_FIRST, min(seconds, _LAST)), UTC)
