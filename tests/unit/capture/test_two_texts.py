"""What changed between two texts of a file."""

from __future__ import annotations

import pytest

from attest.capture.patches import lines_of_diff
from attest.capture.two_texts import diff_of


@pytest.mark.parametrize(
    ("old", "new", "added", "removed"),
    [
        ("a\nb\nc\n", "a\nx\nc\n", ("x",), ("b",)),
        ("", "a\nb\n", ("a", "b"), ()),
        ("a\nb\n", "", (), ("a", "b")),
        ("a\nb\nc\n", "c\na\nb\n", (), ()),
        ("a\na\n", "a\na\na\n", ("a",), ()),
        ("-- a\n", "++ b\n", ("++ b",), ("-- a",)),
        ("same\n", "same\n", (), ()),
    ],
)
def test_a_hunk_holds_what_was_added_and_what_is_gone(
    old: str, new: str, added: tuple[str, ...], removed: tuple[str, ...]
) -> None:
    assert lines_of_diff(diff_of(old, new)) == (added, removed)


def test_texts_without_a_line_in_common_cost_no_more_than_their_length() -> None:
    old = "\n".join(f"old {number}" for number in range(50_000))
    new = "\n".join(f"new {number}" for number in range(50_000))
    assert len(lines_of_diff(diff_of(old, new))[0]) == 50_000
