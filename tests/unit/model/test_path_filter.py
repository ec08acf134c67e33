"""Filters of paths: never a false negative, the same bytes for the same paths, and probes as few as is claimed, no fewer."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import InvalidInput
from attest.model.path_filter import FAN_OUT, PathFilter, build_filters, parse_filters

PATHS = st.text(min_size=1, max_size=12)
RECORDINGS = st.dictionaries(st.integers(0, 400), st.frozensets(PATHS, max_size=12), max_size=40)


@settings(max_examples=60, deadline=None)
@given(recordings=RECORDINGS, asked=st.frozensets(PATHS, max_size=6), number=st.integers(0, 10))
def test_what_may_have_touched_a_path_is_a_superset_of_what_did(
    recordings: dict[int, frozenset[str]], asked: frozenset[str], number: int
) -> None:
    known = sorted(path for paths in recordings.values() for path in paths)
    asked |= frozenset(known[number::7])
    found = build_filters((0, 401), recordings).ask(asked)
    truth = {index for index, paths in recordings.items() if paths & asked}
    assert truth <= set(found.maybe)
    assert not (found.certainly_none and truth)


@settings(max_examples=40, deadline=None)
@given(recordings=RECORDINGS)
def test_filters_are_read_back_as_they_were_written_and_do_not_depend_on_order(
    recordings: dict[int, frozenset[str]],
) -> None:
    tree = build_filters((0, 401), recordings)
    assert parse_filters(tree.encode()) == tree
    again = build_filters((0, 401), {index: sorted(recordings[index]) for index in reversed(list(recordings))})
    assert again.digest == tree.digest


@settings(max_examples=80, deadline=None)
@given(data=st.binary(max_size=200), cut=st.integers(0, 400))
def test_bytes_that_are_no_filters_are_refused(data: bytes, cut: int) -> None:
    whole = build_filters((0, 9), {3: ("a", "b"), 5: ("c",)}).encode()
    for bad in (data, whole[: cut % len(whole)], whole + b"\0", whole.replace(b"v1", b"v2")):
        with pytest.raises(InvalidInput):
            parse_filters(bad)


def test_a_filter_of_a_hundred_paths_says_maybe_to_about_one_stranger_in_a_hundred() -> None:
    one = PathFilter.of([f"src/{number}.py" for number in range(100)])
    assert len(one.bits) == 120
    wrong = sum(one.may_hold(f"doc/{number}.md") for number in range(5_000))
    assert 10 <= wrong <= 120


def test_paths_that_nobody_touched_take_few_probes_and_common_ones_do_not() -> None:
    draw = random.Random(7)
    recordings = {
        index: {f"src/{draw.randrange(20_000)}.py" for _ in range(10)} | {"README.md"} for index in range(1_000)
    }
    tree = build_filters((0, 1_000), recordings)
    assert tree.ask([f"new/{number}" for number in range(20)]).probes <= 20 * (1 + FAN_OUT)
    common = tree.ask(["README.md"])
    assert len(common.maybe) == 1_000
    assert common.probes > 1_000  # more than looking at each: the exact index answers this one
