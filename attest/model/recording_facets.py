"""What recordings of sessions are told apart by in lists: read from the signed statement, which no erasure takes away.

There is none by person, and none that needs a part to be opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attest.model.scope import AsOf

FACETS: Final = ("agent", "model", "mode", "source", "check", "reached", "repository")
"""Their names, in the order in which they are shown; each recording has at least one value of each."""
UNKNOWN: Final = "unknown"
"""The statement does not say."""
NONE: Final = "none"
"""The statement says that there was none."""
MAX_VALUE: Final = 512
"""Characters of one value."""

FacetValues = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which recordings are asked for: of one value of each facet named, logged in a span of seconds since the epoch."""

    values: tuple[tuple[str, str], ...] = ()
    """Facet and value, each facet once."""
    since: int | None = None
    until: int | None = None
    """Not included."""

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.values) or self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetCount:
    """How many recordings have a value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetCounts:
    """The recordings that were chosen, counted by facet; exact, as of a state of the log."""

    total: int | None
    """None: there are too many to be counted while somebody waits; `facets` and `months` are empty then."""
    facets: Mapping[str, Sequence[FacetCount]]
    """Of each facet the most frequent values first."""
    more: Mapping[str, int]
    """Values of a facet that are not among them."""
    months: tuple[tuple[str, int], ...]
    """`2026-11` and how many were logged in it, UTC, the newest first."""
    indexed_to: int
    """Entries from here on are not counted yet."""
    as_of: AsOf


def facets_of(predicate: Mapping[str, object], repositories: Sequence[str]) -> FacetValues:
    """Give the facets of a recording: of its `session/v1` predicate, and the repositories that it is indexed under."""
    facts, capture = _object(predicate.get("facts")), _object(predicate.get("capture"))
    return {
        "agent": _values([facts.get("agent")]),
        "model": _values(facts.get("models")),
        "mode": _values(facts.get("permissionModes")),
        "source": _words([capture.get("source")]),
        "check": _checks(facts.get("checks")),
        "reached": _reached(facts.get("access")),
        "repository": _words(repositories),
    }


def combination_of(tenant: str, values: FacetValues) -> int:
    """Give the number of a combination of values: 63 bits of its digest, so that it fits a signed column."""
    body = canonical_json({"tenant": tenant, "facets": {name: list(of) for name, of in values.items()}})
    return int.from_bytes(hashlib.sha256(body).digest()[:8], "big") >> 1


def _values(found: object) -> tuple[str, ...]:
    return _words(_object(one).get("value") for one in found) if isinstance(found, list) else (UNKNOWN,)


def _words(found: Iterable[object]) -> tuple[str, ...]:
    words = {one[:MAX_VALUE] for one in found if isinstance(one, str) and one}
    return tuple(sorted(words)) or (UNKNOWN,)


def _checks(found: object) -> tuple[str, ...]:
    if not isinstance(found, list):
        return (UNKNOWN,)
    return _words(_object(one).get("outcome") for one in found) if found else (NONE,)


def _reached(found: object) -> tuple[str, ...]:
    access = {name: _object(one) for name, one in _object(found).items()}
    # A count whose basis is unknown says of how many it is not known.
    reached = {UNKNOWN if one.get("basis") == UNKNOWN else name for name, one in access.items() if one.get("count")}
    if not access or any(one.get("basis") == UNKNOWN for one in access.values()):
        reached.add(UNKNOWN)
    return tuple(sorted(reached)) or (NONE,)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
