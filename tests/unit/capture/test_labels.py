"""What the readers extract from real sessions agrees with what a person found in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.capture.reader import read_session
from tools.extraction_labels import GOAL_KINDS, Agreement, LabelFile, compare, label_files

LABELS = Path(__file__).resolve().parents[2] / "labels"
_READ_BY_OWN_READER = frozenset({"claude-code", "codex"})


@pytest.fixture(scope="module")
def files(shared: Path) -> list[LabelFile]:
    return label_files(LABELS, shared / "samples")


@pytest.fixture(scope="module")
def agreement(files: list[LabelFile]) -> Agreement:
    found = Agreement()
    for one in files:
        if one.sample.parent.name in _READ_BY_OWN_READER:
            with one.sample.open("rb") as lines:
                compare(one, read_session(lines), found)
    return found


def test_every_labelled_sample_is_there_byte_for_byte(files: list[LabelFile]) -> None:
    assert len(files) >= 20
    assert [one.name for one in files if not one.holds()] == []


@pytest.mark.parametrize("kind", GOAL_KINDS)
def test_decisions_are_found_as_a_person_found_them(agreement: Agreement, kind: str) -> None:
    tally = agreement.kinds[kind]
    assert tally.precision() >= 0.95, agreement.differences
    assert tally.recall() >= 0.90, agreement.differences


def test_no_failed_or_masked_check_counts_as_passed(agreement: Agreement) -> None:
    assert agreement.false_passes() == 0, agreement.differences
    assert agreement.outcomes["passed", "passed"] >= 7


def test_checks_and_their_outcomes_are_found_as_a_person_found_them(agreement: Agreement) -> None:
    tally = agreement.kinds["check"]
    assert tally.precision() >= 0.95, agreement.differences
    assert tally.recall() >= 0.90, agreement.differences
    right = sum(count for (told, got), count in agreement.outcomes.items() if told == got)
    assert right >= 0.95 * tally.labelled, agreement.differences
