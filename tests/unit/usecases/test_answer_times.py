from __future__ import annotations

import pytest

from attest.usecases.answer_times import _captured, _moment, relation


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (1000, "0 s after the commit"),
        (1059, "59 s after the commit"),
        (1060, "1 min after the commit"),
        (1000 + 2 * 3600 - 1, "119 min after the commit"),
        (1000 + 2 * 3600, "2 h after the commit"),
        (1000 + 2 * 86_400, "2 days after the commit"),
        (1000 + 4000 * 86_400, "4,000 days after the commit"),
        (760, "4 min before the commit"),
    ],
)
def test_distance_from_the_commit_is_told_in_the_largest_whole_unit(moment: int, words: str) -> None:
    assert relation(moment, 1000) == words


@pytest.mark.parametrize("seconds", [None, 10**12, 10**30, -(10**30)])
def test_time_that_no_calendar_holds_is_not_known(seconds: int | None) -> None:
    assert _moment(seconds) is None


@pytest.mark.parametrize("text", [None, 7, "", "2026-02-31T00:00:00Z", "soon", "2026-13-01T00:00:00Z"])
def test_capture_time_that_is_none_is_not_known(text: object) -> None:
    assert _captured(text) is None
