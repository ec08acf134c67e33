"""The head of a session's page: round times under the ribbon, whole words in the heading, the agent's claim as its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.pages.ribbon import WIDTH, ribbon
from api.pages.session_view import MAX_HEADING_CHARS, SessionSource, session_view
from api.pages.timeline import signals_of
from attest.model.session import Event
from tests.support import sessions
from tests.support.claude import Transcript

START = datetime(2026, 3, 3, 10, 0, 7, tzinfo=UTC)


def _events(seconds: float, count: int = 9) -> tuple[Event, ...]:
    event = Transcript().prompt("Dig the pond").session().events[0]
    step = timedelta(seconds=seconds / (count - 1))
    return tuple(replace(event, seq=number, ts=START + number * step) for number in range(count))


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (20, ["10:00:10", "10:00:15", "10:00:20", "10:00:25"]),
        (360, ["10:01", "10:02", "10:03", "10:04", "10:05"]),
        (7_200, ["10:15", "10:30", "10:45", "11:00", "11:15", "11:30", "11:45"]),
        (86_400 * 400, ["2026-04-20", "2026-06-07"]),
    ],
)
def test_times_under_the_ribbon_are_round_and_where_they_belong(seconds: float, labels: list[str]) -> None:
    hours = ribbon(_events(seconds), ()).hours
    assert [one.text for one in hours][: len(labels)] == labels
    assert all(0 <= one.x < WIDTH for one in hours)
    assert len({one.text for one in hours}) == len(hours)


def test_times_at_the_end_of_the_calendar_are_drawn() -> None:
    event = _events(10)[0]
    ends = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    hours = ribbon(tuple(replace(event, seq=at, ts=ts) for at, ts in enumerate(ends)), ()).hours
    assert 1 <= len(hours) <= 9


def test_no_time_is_written_twice_where_an_event_has_none() -> None:
    events = _events(90)
    hours = ribbon((replace(events[0], ts=None), *events[1:]), ()).hours
    assert [one.text for one in hours] == ["10:00", "10:01"]


def test_a_heading_ends_with_a_whole_word() -> None:
    session = Transcript().prompt("deeper " * 60).session()
    heading = "".join(
        span.text for span in session_view(SessionSource(id=sessions.SESSION_ID, session=session)).heading
    )
    assert len(heading) <= MAX_HEADING_CHARS + 1
    assert heading.endswith("deeper…")


def test_a_claim_stands_in_the_timeline_in_the_agents_own_words() -> None:
    session = Transcript().prompt("Dig").says("All tests pass.").session()
    (claim,) = [signal for signal in signals_of(session) if signal.kind == "claimed"]
    assert "tests pass" in claim.quote[0].text
    assert claim.text == ()
