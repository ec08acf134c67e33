"""Facets beside a list: each value a link to the list of those that have it, the chosen ones with a way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from api.choosing import chosen_query, seconds_of
from attest.model.plain_text import printable
from attest.model.recording_facets import NONE, UNKNOWN, Chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.recording_facets import FacetCounts

TITLES: Final[Mapping[str, str]] = {
    "agent": "Agent, as reported",
    "model": "Model, as reported",
    "mode": "Permission mode",
    "source": "Recorded by",
    "check": "Runs that ended",
    "reached": "Touched",
    "repository": "Repository",
}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "source": {"named": "hand, a file was named", "hook": "hook", "imported": "import"},
    "check": {NONE: "no run recorded", "claimed": "claimed only"},
    "reached": {NONE: "none of these recorded", UNKNOWN: "partly not known"},
    "repository": {UNKNOWN: "none named"},
}
MAX_MONTHS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueView:
    """One value."""

    label: str
    count: str
    href: str
    chosen: bool = False
    """It was chosen, and `href` leads back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetView:
    """One facet."""

    title: str
    values: tuple[ValueView, ...]
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetsView:
    """What stands beside a list."""

    facets: tuple[FacetView, ...]
    note: str = ""
    """What is counted, or why nothing is."""
    behind: str = ""
    """Where the newest entries are not counted yet: both numbers."""


def facets_view(found: FacetCounts, chosen: Chosen, path: str) -> FacetsView:
    """Give the facets of the list at a path."""
    size = found.as_of.tree_size
    named = dict(chosen.values)
    facets = [_months(found, chosen, path)]
    for name, title in TITLES.items():
        counts = {one.value: f"{one.count:,}" for one in found.facets.get(name, ())}
        values = [named[name]] if name in named else list(counts)
        more = found.more.get(name, 0) if name not in named else 0
        facets.append(
            FacetView(
                title=title,
                values=tuple(
                    ValueView(
                        label=value_words(name, value),
                        count=counts.get(value, "" if found.total is None else "0"),
                        href=_href(path, _turned(chosen, name, value)),
                        chosen=name in named,
                    )
                    for value in values
                ),
                more=f"and {more:,} less frequent" if more else "",
            )
        )
    return FacetsView(
        facets=tuple(one for one in facets if one.values),
        note=""
        if found.total is not None
        else "Not counted: there are too many recordings. Narrow the list by its address.",
        behind=f"counted to {found.indexed_to:,} of {size:,}" if found.indexed_to < size else "",
    )


def value_words(name: str, value: str) -> str:
    """Give a value as pages write it."""
    said = _WORDS.get(name, {}).get(value)
    return said or printable("not known" if value == UNKNOWN else value.removeprefix("git+https://"))


def _turned(chosen: Chosen, name: str, value: str) -> Chosen:
    """Give what is chosen with this value, or without it where it is chosen."""
    others = tuple(one for one in chosen.values if one[0] != name)
    return replace(chosen, values=others if (name, value) in chosen.values else (*others, (name, value)))


def _href(path: str, chosen: Chosen) -> str:
    query = chosen_query(chosen)
    return f"{path}?{query}" if query else path


def _months(found: FacetCounts, chosen: Chosen, path: str) -> FacetView:
    """Give the months; a span that is chosen is one value, whatever it spans."""
    if chosen.since is not None or chosen.until is not None:
        whole = replace(chosen, since=None, until=None)
        label = _span_words(chosen)
        count = "" if found.total is None else f"{found.total:,}"
        return FacetView(
            title="Logged", values=(ValueView(label=label, count=count, href=_href(path, whole), chosen=True),)
        )
    values = tuple(
        ValueView(label=month, count=f"{count:,}", href=_href(path, _within(chosen, month)))
        for month, count in found.months[:MAX_MONTHS]
    )
    more = len(found.months[MAX_MONTHS:])
    return FacetView(title="Logged, UTC", values=values, more=f"and {more:,} earlier months" if more else "")


def month_days(month: str) -> tuple[str, str]:
    """Give the first day of `2026-11`, and that of the month after it."""
    year, number = int(month[:4]), int(month[5:])
    return f"{month}-01", f"{year + number // 12:04}-{number % 12 + 1:02}-01"


def _within(chosen: Chosen, month: str) -> Chosen:
    since, until = (seconds_of(day) for day in month_days(month))
    return replace(chosen, since=since, until=until)


def _span_words(chosen: Chosen) -> str:
    words = []
    for name, at in (("from", chosen.since), ("until", chosen.until)):
        if at is not None:
            text = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
            words.append(f"{name} {text.removesuffix(' 00:00:00')}")
    return " ".join(words)
