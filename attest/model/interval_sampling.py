"""Monetary-unit samples: a row is drawn as likely as it is heavy, by whole numbers alone (docs/spec/population.md).

1. certain  rows that weigh an interval or more, and rows whose weight is not known
2. lay      the others end to end, in the order of their ranks, each as long as it weighs
3. start    a unit below the interval, from the seed; from there on every interval-th unit hits the row it lies in

Which unit is weighed is stated: lines, files, entries, commits. Nothing here is money.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.model.population_predicate import WEIGHTS
from attest.model.sampling import draw_key, ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attest.model.population_rows import PopulationRow

_START: Final = b"interval start"
"""No id has a space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What a sample says of the weights it was drawn by."""

    interval: int
    """One unit in so many hits."""
    total: int
    """Units of all rows whose weight is known."""
    certain: int
    """Rows that weigh an interval or more: drawn under every seed."""
    zero: int
    """Rows that weigh nothing: drawn under no seed."""
    unknown: int
    """Rows whose weight is not known: drawn under every seed, because unknown is not none."""


def interval_for(rows: Iterable[PopulationRow], by: str, size: int) -> int:
    """Give the smallest interval by which at most `size` rows of known weight are drawn.

    Raises:
        InvalidInput: `input.usage`: it is no unit of weight, or no row weighs anything in it; the size is below one.
    """
    if size < 1:
        raise InvalidInput("input.usage", "size of a sample", expected=">= 1", got=str(size))
    return -(-_total(weight_of(row, by) for row in rows) // size)


def draw_intervals(
    rows: Sequence[PopulationRow], interval: int, *, by: str, seed: bytes, rows_sha256: str
) -> tuple[tuple[str, ...], Weighed]:
    """Give the ids drawn, in the order of their ranks, and what there was to draw from.

    Raises:
        InvalidInput: `input.usage`: as `interval_for`; the interval is below one; the seed is not of 32 bytes.
    """
    if interval < 1:
        raise InvalidInput("input.usage", "interval of a sample", expected=">= 1", got=str(interval))
    weights = {row.id: weight_of(row, by) for row in rows}
    key = draw_key(seed, rows_sha256)
    start = int.from_bytes(hmac.digest(key, _START, "sha256"), "big") % interval
    known = [one for one in weights.values() if one is not None]
    return hits([(one, weights[one]) for one in ranked(weights, key)], interval, start), Weighed(
        interval=interval,
        total=_total(known),
        certain=sum(one >= interval for one in known),
        zero=known.count(0),
        unknown=len(weights) - len(known),
    )


def hits(laid: Iterable[tuple[str, int | None]], interval: int, start: int) -> tuple[str, ...]:
    """Give the ids that a start below the interval hits, in the order in which they are laid."""
    end, following, drawn = 0, start, []
    for one, weight in laid:
        if weight is None or weight >= interval:
            drawn.append(one)
            continue
        end += weight
        if following < end:
            drawn.append(one)
            following += interval
    return tuple(drawn)


def weight_of(row: PopulationRow, by: str) -> int | None:
    """Give what a row weighs; None where that is not known.

    Raises:
        InvalidInput: `input.usage`: it is no unit of weight.
    """
    known = {"commits": row.commits, "entries": row.entries, "files": row.files, "lines": row.lines}
    if by not in known:
        raise InvalidInput("input.usage", "a unit of weight", expected=", ".join(WEIGHTS), got=by[:40] or "none")
    return known[by]


def _total(weights: Iterable[int | None]) -> int:
    total = sum(one or 0 for one in weights)
    if not total:
        raise InvalidInput("input.usage", "no row weighs anything in this unit", hint="save the range with --measure")
    return total
