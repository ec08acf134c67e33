"""Facets beside what the box found: counted from the sessions of the answer, where it names all of them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from api.pages.facet_view import TITLES, FacetsView, FacetView, ValueView, month_days, value_words
from attest.model.recording_facets import UNKNOWN

if TYPE_CHECKING:
    from attest.model.search_answer import SearchAnswer

MAX_SHOWN: Final = 12
_WORD: Final = re.compile(r"[A-Za-z0-9._/@+-]{1,128}", re.ASCII)
_AGENT: Final = re.compile(r"(?:^|\s)agent:\S+", re.ASCII)
_SPAN: Final = re.compile(r"(?:^|\s)(?:since|until):\S+", re.ASCII)


def found_facets(query: str, found: SearchAnswer) -> FacetsView:
    """Give the agents of the sessions that were found, and the months in which they ended."""
    if any(found.more):
        return FacetsView(facets=(), note="Not counted: more sessions were found than are looked at. Narrow the query.")
    hits = [hit for group in (found.observed, found.claimed, found.could_have) for hit in group]
    agents = Counter(hit.agent or UNKNOWN for hit in hits).most_common()
    months = sorted(Counter(hit.at.strftime("%Y-%m") for hit in hits).items(), reverse=True)
    facets = (
        _facet("Ended, UTC", [_month(query, *one) for one in months]),
        _facet(TITLES["agent"], [_agent(query, *one) for one in agents]),
    )
    return FacetsView(facets=tuple(one for one in facets if one.values), note="Sessions of all three groups.")


def _facet(title: str, values: list[ValueView]) -> FacetView:
    more = len(values[MAX_SHOWN:])
    return FacetView(title=title, values=tuple(values[:MAX_SHOWN]), more=f"and {more:,} more" if more else "")


def _month(query: str, month: str, count: int) -> ValueView:
    chosen = bool(_SPAN.search(query))
    first, after = month_days(month)
    href = _href(_SPAN.sub("", query) if chosen else f"{query} since:{first} until:{after}")
    return ValueView(label=month, count=f"{count:,}", href=href, chosen=chosen)


def _agent(query: str, agent: str, count: int) -> ValueView:
    chosen = bool(_AGENT.search(query))
    # What the statement does not say, or what is no word of a query, cannot be asked for.
    leads = chosen or (agent != UNKNOWN and _WORD.fullmatch(agent))
    href = _href(_AGENT.sub("", query) if chosen else f"{query} agent:{agent}") if leads else ""
    return ValueView(label=value_words("agent", agent), count=f"{count:,}", href=href, chosen=chosen)


def _href(query: str) -> str:
    return f"/search?{urlencode({'q': query.strip()})}"
