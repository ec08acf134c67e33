"""Monetary-unit samples: by exact counts as likely as heavy, the same for every order, by the words of the specification."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.errors import InvalidInput
from attest.model.interval_sampling import draw_intervals, hits, interval_for
from attest.model.population_rows import PopulationRow, parse_rows, rows_digest
from tools.make_population_vectors import FOLDER

DRAWS = json.loads((FOLDER / "intervals.json").read_text())
WEIGHTS = st.lists(st.none() | st.integers(0, 60), min_size=1, max_size=30)


def rows_of(weights: list[int | None]) -> list[PopulationRow]:
    return [PopulationRow(id=f"r{at:03}", state="covered", lines=one) for at, one in enumerate(weights)]


@given(WEIGHTS, st.integers(1, 40))
def test_of_all_starts_exactly_as_many_hit_a_row_as_it_weighs(weights: list[int | None], interval: int) -> None:
    laid = [(str(at), one) for at, one in enumerate(weights)]
    drawn = Counter(one for start in range(interval) for one in hits(laid, interval, start))
    expected = {name: interval if one is None else min(one, interval) for name, one in laid}
    assert drawn == Counter(expected)


def test_over_many_seeds_rows_are_drawn_as_often_as_they_weigh() -> None:
    rows = rows_of([1, 2, 4, 8, 9, 30, 0, None])
    seeds = 4000
    drawn: Counter[str] = Counter()
    for number in range(seeds):
        seed = hashlib.sha256(number.to_bytes(4, "big")).digest()
        drawn.update(draw_intervals(rows, 12, by="lines", seed=seed, rows_sha256="0" * 64)[0])
    assert (drawn["r005"], drawn["r006"], drawn["r007"]) == (seeds, 0, seeds)
    for row in rows[:5]:
        share = row.lines or 0
        # Six standard deviations of a draw with this chance; the seeds are fixed, so this never wavers.
        spread = 6 * (seeds * share * (12 - share)) ** 0.5
        assert abs(drawn[row.id] * 12 - seeds * share) < spread


@given(WEIGHTS.filter(any), st.binary(min_size=32, max_size=32), st.randoms())
def test_the_order_of_the_rows_does_not_matter_and_the_seed_alone_decides(weights, seed, random) -> None:
    rows = rows_of(weights)
    shuffled = random.sample(rows, len(rows))
    interval = interval_for(rows, "lines", 5)
    one, other = (draw_intervals(of, interval, by="lines", seed=seed, rows_sha256="0" * 64) for of in (rows, shuffled))
    assert one == other


@given(WEIGHTS.filter(any), st.integers(1, 20), st.binary(min_size=32, max_size=32))
def test_no_more_rows_of_known_weight_are_drawn_than_asked_for(weights, size: int, seed: bytes) -> None:
    rows = rows_of(weights)
    interval = interval_for(rows, "lines", size)
    ids, weighed = draw_intervals(rows, interval, by="lines", seed=seed, rows_sha256="0" * 64)
    drawn = set(ids)
    assert len(drawn) == len(ids) <= size + weighed.unknown
    assert {row.id for row in rows if row.lines is None or row.lines >= interval} <= drawn
    assert not {row.id for row in rows if row.lines == 0} & drawn


@pytest.mark.parametrize("number", range(len(DRAWS["draws"])))
def test_draws_come_out_the_same_by_the_words_of_the_specification(number: int) -> None:
    draw = DRAWS["draws"][number]
    data, interval = DRAWS["rows"].encode(), draw["weighed"]["interval"]
    digest = hashlib.sha256(data)
    key = hashlib.sha256(b"whereof sample v1\n" + bytes.fromhex(draw["seed"]) + digest.digest()).digest()
    weights = {row["id"]: row.get(draw["by"]) for row in map(json.loads, data.splitlines())}
    line: list[str] = []
    expected = []
    start = int(hmac.digest(key, b"interval start", "sha256").hex(), 16) % interval
    for one in sorted(weights, key=lambda one: hmac.digest(key, one.encode(), "sha256")):
        weight = weights[one]
        if weight is None or weight >= interval:
            expected.append(one)
            continue
        units = range(len(line), len(line) + weight)
        line += [one] * weight
        expected += [one] if any(unit % interval == start for unit in units) else []
    assert expected == draw["ids"]
    drawn = draw_intervals(
        parse_rows(data), interval, by=draw["by"], seed=bytes.fromhex(draw["seed"]), rows_sha256=digest.hexdigest()
    )
    assert (list(drawn[0]), asdict(drawn[1])) == (draw["ids"], draw["weighed"])


def test_what_weighs_nothing_or_in_no_unit_is_not_drawn_from() -> None:
    rows = rows_of([0, None])
    for refuse in (
        lambda: interval_for(rows, "lines", 1),
        lambda: interval_for(rows_of([3]), "state", 1),
        lambda: interval_for(rows_of([3]), "lines", 0),
        lambda: draw_intervals(rows, 4, by="lines", seed=bytes(32), rows_sha256=rows_digest(rows)),
        lambda: draw_intervals(rows_of([3]), 0, by="lines", seed=bytes(32), rows_sha256="0" * 64),
        lambda: draw_intervals(rows_of([3]), 1, by="lines", seed=bytes(31), rows_sha256="0" * 64),
    ):
        with pytest.raises(InvalidInput) as refused:
            refuse()
        assert refused.value.code == "input.usage"
