"""Drawing samples that anyone draws again: rows ranked by HMAC-SHA256 of their ids (docs/spec/population.md).

1. key    SHA-256("whereof sample v1" LF, seed, digest of the rows): a seed draws anew in every population
2. rank   HMAC-SHA256(key, id); the rows with the smallest are drawn, ties by id
3. strata where asked for: one of each, then in proportion by largest remainder, then 2 within each

No generator of random numbers is asked: languages disagree about those. Who chooses the seed can try many: that is what
the commitment in the population is for, and why the one who tests gives the seed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attest.model.population_rows import PopulationRow

SEED_BYTES: Final = 32
_DOMAIN: Final = b"whereof sample v1\n"


def seed_commitment(seed: bytes) -> str:
    """Give what a population holds of a seed before anything is drawn with it: SHA-256, hex."""
    return hashlib.sha256(seed).hexdigest()


def draw_key(seed: bytes, rows_sha256: str) -> bytes:
    """Give the key that a seed has in the population whose rows have this digest.

    Raises:
        InvalidInput: `input.usage`: the seed is not of 32 bytes.
    """
    if len(seed) != SEED_BYTES:
        raise InvalidInput("input.usage", "a seed", expected=f"{SEED_BYTES} bytes in hex", got=f"{len(seed)} bytes")
    return hashlib.sha256(_DOMAIN + seed + bytes.fromhex(rows_sha256)).digest()


def ranked(ids: Iterable[str], key: bytes) -> tuple[str, ...]:
    """Give the ids in the order of their ranks under a key."""
    return tuple(sorted(ids, key=lambda one: (hmac.digest(key, one.encode(), "sha256"), one.encode())))


def draw_random(ids: Iterable[str], size: int, *, seed: bytes, rows_sha256: str) -> tuple[str, ...]:
    """Give `size` of the ids in the order in which they are drawn: the first of a larger sample are the smaller one.

    Raises:
        InvalidInput: `input.usage`: the seed is not of 32 bytes, or there are fewer ids than are to be drawn.
    """
    named = frozenset(ids)
    if not 1 <= size <= len(named):
        raise InvalidInput("input.usage", "size of a sample", expected=f"1 to {len(named)}", got=str(size))
    return ranked(named, draw_key(seed, rows_sha256))[:size]


def draw_stratified(
    rows: Sequence[PopulationRow], size: int, *, by: str, seed: bytes, rows_sha256: str
) -> tuple[tuple[str, ...], Mapping[str, int]]:
    """Give the ids drawn, stratum by stratum in the order of their names, and how many of each.

    Raises:
        InvalidInput: `input.usage`: as `draw_random`, or there are more strata than rows to be drawn.
    """
    members: dict[str, list[str]] = {}
    for row in rows:
        members.setdefault(stratum_of(row, by), []).append(row.id)
    shares = allocate(Counter({name: len(ids) for name, ids in members.items()}), size)
    drawn: list[str] = []
    for name, share in shares.items():
        drawn += draw_random(members[name], share, seed=seed, rows_sha256=rows_sha256)
    return tuple(drawn), shares


def stratum_of(row: PopulationRow, by: str) -> str:
    """Give the stratum of a row: its `state`, or its `repository`, `-` where that is not known."""
    return row.state if by == "state" else row.repository or "-"


def allocate(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """Share a sample among strata, by name: one each, the rest in proportion to what is left in each.

    Fractions are settled by the largest remainder; equal ones go to the name that comes first by its bytes.

    Raises:
        InvalidInput: `input.usage`: more strata than rows to be drawn, or more to be drawn than there are.
    """
    names = sorted(sizes, key=str.encode)
    if not len(names) <= total <= sum(sizes.values()):
        raise InvalidInput(
            "input.usage",
            "size of a stratified sample",
            expected=f"{len(names)} to {sum(sizes.values())}",
            got=str(total),
        )
    left, rest = total - len(names), sum(sizes.values()) - len(names)
    shares = {name: 1 + (left * (sizes[name] - 1) // rest if rest else 0) for name in names}
    remainders = sorted(names, key=lambda name: (-(left * (sizes[name] - 1) % rest if rest else 0), name.encode()))
    for name in remainders[: total - sum(shares.values())]:
        shares[name] += 1
    return shares
