"""What a search shows: the sessions by how it is known that they touched something, and what could not be looked into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.pages.found_facets import found_facets
from api.pages.links import Link, commit_href, session_href
from api.pages.spans import Spans, spans
from attest.model.answer_words import root_groups
from attest.model.plain_text import printable

if TYPE_CHECKING:
    from api.pages.facet_view import FacetsView
    from attest.model.search_answer import Hit, SearchAnswer
    from attest.model.search_touch import Touch

MAX_ROWS: Final = 50
MAX_TOUCHES: Final = 4
MAX_COMMITS: Final = 3
_GROUPS: Final = (
    ("observed", "Observed", "a hook witnessed the session, or a second record agrees"),
    ("claimed", "Claimed", "the transcript alone says so, and whoever ran the session controls it"),
    ("could_have", "Could have", "nothing shows it, and the session’s authority would have let it"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HitView:
    """One session."""

    session: str
    href: str
    at: str
    ran: str
    agent: str
    authority: str
    touches: tuple[Spans, ...]
    more: str
    commits: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """The sessions of one standing."""

    name: str
    title: str
    why: str
    count: str
    rows: tuple[HitView, ...]
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundView:
    """The page."""

    query: str
    sentence: str
    searched: str
    tree_size: str
    root: str
    behind: str
    """Where the index has not reached the newest entry: both numbers."""
    groups: tuple[GroupView, ...]
    facets: FacetsView
    unknown: tuple[tuple[str, str, bool], ...]
    """Count, what it is of, whether it is zero."""


def found_view(query: str, found: SearchAnswer) -> FoundView:
    """Give the page of an answer."""
    shown = sum(len(hits) for hits in (found.observed, found.claimed)) + sum(found.more[:2])
    size = found.as_of.tree_size
    sessions = f"{shown:,} session{'' if shown == 1 else 's'}"
    unknown = found.unknown
    return FoundView(
        query=printable(query),
        sentence=f"{sessions} touched it, as far as the record shows."
        if shown
        else "No session is known to have touched it.",
        searched=f"{found.searched:,}",
        tree_size=f"{size:,}",
        root=root_groups(found.as_of.root.hex()),
        behind=f"indexed to {found.indexed_to:,} of {size:,}" if found.indexed_to < size else "",
        facets=found_facets(query, found),
        groups=tuple(_group(found, at) for at in range(len(_GROUPS))),
        unknown=tuple(
            (f"{count:,}", what, not count)
            for count, what in (
                (unknown.without_capture, "sessions without a capture"),
                (unknown.cut, "touched more than the index keeps"),
                (unknown.authority, "of unknown authority"),
                (unknown.gaps, "gaps stated"),
                (unknown.not_indexed, "entries not indexed"),
            )
        )
        + ((("not known", unknown.not_read, False),) if unknown.not_read else ()),
    )


def _group(found: SearchAnswer, at: int) -> GroupView:
    name, title, why = _GROUPS[at]
    hits = (found.observed, found.claimed, found.could_have)[at]
    total = len(hits) + found.more[at]
    more = total - len(hits[:MAX_ROWS])
    return GroupView(
        name=name,
        title=title,
        why=why,
        count=f"{total:,}",
        rows=tuple(_hit(hit) for hit in hits[:MAX_ROWS]),
        more=f"{more:,} more: narrow the query, or ask for JSON." if more else "",
    )


def _hit(hit: Hit) -> HitView:
    more = len(hit.touches[MAX_TOUCHES:]) + hit.more_touches
    return HitView(
        session=printable(hit.session),
        href=session_href(hit.session),
        at=hit.at.strftime("%Y-%m-%d %H:%M"),
        ran="not known for how long" if hit.seconds is None else f"ran {_duration(hit.seconds)}",
        agent=printable(hit.agent) or "not known",
        authority=hit.exposure.name.lower(),
        touches=tuple(_touch(one) for one in hit.touches[:MAX_TOUCHES]),
        more=f"and {more:,} more" if more else "",
        commits=tuple(Link(label=oid[:12], href=commit_href(oid), code=True) for oid in hit.commits[:MAX_COMMITS]),
    )


def _duration(seconds: int) -> str:
    if seconds < 60:  # a minute
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60:,} h {minutes % 60} min"  # an hour


def _touch(one: Touch) -> Spans:
    name = (one.path or one.name)[:200].replace("`", "ˋ")
    times = f", {one.count:,} times" if one.count > 1 else ""
    outside = ", outside the work tree" if one.outside else ""
    return spans(f"{one.entity.value} {one.op.value} `{name}`{times}{outside}")
