"""What counts as a trailer is what git itself says is one, and text in the body never does."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.model.trailers import body_trailers, final_trailers, picked_from, reverted_commits

LINES = (
    "Entire-Checkpoint: 0a1b2c3d4e5f", "Signed-off-by: Ada <ada@example.test>", "words that are no trailer", "",
    " continued", "Key : spaced", "(cherry picked from commit 0a1b2c3d4e5f)", "Change-Id: I1", "# a comment", "http://a.b/c",
    "Two words: here", "Empty:",
)  # fmt: skip


def by_git(message: str) -> list[tuple[str, str]]:
    done = subprocess.run(
        ["git", "interpret-trailers", "--only-trailers", "--unfold", "--no-divider"],
        input=message.encode(), capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    rows = [line.partition(":") for line in done.stdout.decode().splitlines() if ":" in line]
    return [(key.strip().lower(), value.strip()) for key, _, value in rows if value.strip()]


@pytest.mark.parametrize(
    ("message", "count"),
    [
        ("Subject\n\nEntire-Checkpoint: 0a1b2c3d4e5f\n", 1),
        ("Subject\n\nbody\n\nEntire-Checkpoint: 0a1b2c3d4e5f\nCo-authored-by: A <a@b.c>\n\n\n", 2),
        ("Subject\r\n\r\nEntire-Checkpoint: 0a1b2c3d4e5f\r\n", 1),
        ("Entire-Checkpoint: 0a1b2c3d4e5f\n", 0),
        ("Subject\n\nEntire-Checkpoint: 0a1b2c3d4e5f\n\nThe end.\n", 0),
        ("Subject\n\nSome words\nEntire-Checkpoint: 0a1b2c3d4e5f\n", 0),
        ("Subject\n\nSome words\nSigned-off-by: A <a@b.c>\n", 1),
        ("", 0),
        ("\n\n\n", 0),
    ],
    ids=range(9),
)
def test_final_block_alone_counts(message: str, count: int) -> None:
    assert len(final_trailers(message)) == count


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=9))
def test_no_trailer_is_found_that_git_does_not_find(lines: list[str]) -> None:
    message = "\n".join(["Subject", "", *lines]) + "\n"
    ours = [(trailer.key, trailer.value) for trailer in final_trailers(message)]
    assert [row for row in ours if row[0] in {"entire-checkpoint", "change-id"}] == [
        row for row in by_git(message) if row[0] in {"entire-checkpoint", "change-id"}
    ]


def test_body_text_is_kept_apart_as_a_hint() -> None:
    message = "Subject\n\n* one\n\nEntire-Checkpoint: 0a1b2c3d4e5f\n\n* two\n\nChange-Id: I1\n"
    assert [trailer.value for trailer in body_trailers(message)] == ["0a1b2c3d4e5f"]
    assert [trailer.key for trailer in final_trailers(message)] == ["change-id"]


def test_names_of_other_commits_are_read_whole() -> None:
    assert picked_from("S\n\n(cherry picked from commit 0a1b2c3d)\n") == ("0a1b2c3d",)
    assert reverted_commits('Revert "S"\n\nThis reverts commit 0a1b2c3d.\n') == ("0a1b2c3d",)
    assert reverted_commits("This reverts commit of yesterday") == ()


def test_huge_message_is_read_in_time() -> None:
    assert final_trailers("Subject\n\n" + "x: y " * 200_000) == ()
    assert final_trailers("Subject\n\nk: a" + " " * 200_000 + "b") != ()
    assert final_trailers("a\n\n" * 200_000 + "Entire-Checkpoint: 0a1b2c3d4e5f\n")[0].value == "0a1b2c3d4e5f"
