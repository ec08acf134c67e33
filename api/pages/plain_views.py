"""What the plain pages show: the list of sessions, the state of the log, and what is never claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.choosing import address_moment, chosen_query
from api.pages.facet_view import FacetsView, facets_view
from api.pages.links import attestation_href, checkpoint_href, commit_href, session_href
from api.pages.spans import Spans, spans
from attest.model.answer import AsOf
from attest.model.answer_words import root_groups
from attest.model.plain_text import printable

if TYPE_CHECKING:
    from api.schemas import Counted
    from attest.model.recording_facets import Chosen, FacetCounts

SHOWN_COMMITS: Final = 8
"""Commits of one row; the others are on the session's page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recording of a session."""

    session: str
    attestation: str
    index: int
    recorded_at: str
    agent: str
    models: tuple[str, ...]
    commits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedView:
    """One row, ready to print."""

    session: str
    href: str
    bundle: str
    index: str
    recorded_at: str
    agent: str
    models: str
    commits: tuple[tuple[str, str], ...]
    """Shortened oid and where it leads."""
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsView:
    """A page of recordings."""

    sentence: str
    rows: tuple[RecordedView, ...]
    count: str
    tree_size: str
    next: str
    json: str
    as_of: Spans
    facets: FacetsView
    saving: tuple[tuple[str, str], ...]
    """Fields of the form that saves what was chosen; empty where the caller may not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of recordings, and of which list it is."""

    rows: tuple[Recorded, ...]
    as_of: AsOf
    count: Counted
    cursor: str | None
    chosen: Chosen
    facets: FacetCounts
    may_save: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotKept:
    """A session recorded without parts: there is no transcript, no intent, no plan to show."""

    session: str
    attestation: str
    commits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotKeptView:
    """The same, ready to print."""

    session: str
    statement: str
    """Where the signed statement is."""
    commits: tuple[tuple[str, str], ...]


def not_kept_view(source: NotKept) -> NotKeptView:
    """Give the view of a session of which nothing but the statement was kept."""
    return NotKeptView(
        session=source.session,
        statement=attestation_href(source.attestation),
        commits=tuple((oid[:12], commit_href(oid)) for oid in source.commits[:SHOWN_COMMITS]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """The newest head of a log, and what of it is published."""

    origin: str
    tree_size: int
    root: str
    signed_at: str
    published_size: int | None
    """None: the object store does not answer."""
    witnesses: tuple[tuple[str, bool, str], ...]
    """Name, whether the log's operator runs it, and what it cosigned last, in words."""
    anchors: tuple[str, ...]
    alarms: tuple[str, ...]
    vkey: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """The page of a log, ready to print."""

    origin: str
    tree_size: str
    root: str
    signed_at: str
    published: str
    witnesses: tuple[str, ...]
    anchors: tuple[str, ...]
    alarms: tuple[str, ...]
    vkey: str
    checkpoint: str


def sessions_view(source: Listing) -> SessionsView:
    """Give the page of a list of recordings."""
    chosen, as_of, path = source.chosen, source.as_of, "/sessions"
    query = chosen_query(chosen)
    following = chosen_query(chosen, (("cursor", source.cursor),)) if source.cursor else ""
    return SessionsView(
        sentence=_sentence(source),
        rows=tuple(_row(row) for row in source.rows),
        count=_count(source),
        tree_size=f"{as_of.tree_size:,}",
        next=f"{path}?{following}" if following else "",
        json=f"/v1{path}?{query}" if query else f"/v1{path}",
        as_of=spans(f"As of tree size {as_of.tree_size:,}, root `{root_groups(as_of.root)}`, log `{as_of.log}`"),
        facets=facets_view(source.facets, chosen, path),
        saving=_saving(chosen) if source.may_save and source.rows else (),
    )


def _sentence(source: Listing) -> str:
    if source.rows:
        return "Chosen sessions, newest entry first." if source.chosen else "Sessions, newest entry first."
    return "No session of these is recorded here." if source.chosen else "No session is recorded here."


def _saving(chosen: Chosen) -> tuple[tuple[str, str], ...]:
    spans = (("since", chosen.since), ("until", chosen.until))
    times = tuple((name, address_moment(at)) for name, at in spans if at is not None)
    return (("unit", "commit"), ("of", "sessions"), *chosen.values, *times)


def _count(source: Listing) -> str:
    exact = source.facets.total
    if exact is None:
        at_least = "at least " if source.count.relation == "gte" else ""
        return f"{at_least}{source.count.value:,} recordings"
    return f"{exact:,} recording{'' if exact == 1 else 's'}"


def log_view(state: LogState) -> LogView:
    """Give the page of a log."""
    return LogView(
        origin=printable(state.origin),
        tree_size=f"{state.tree_size:,}",
        root=root_groups(state.root),
        signed_at=f"{moment_text(state.signed_at)}Z, by the log’s own clock",
        published=_published(state),
        witnesses=tuple(
            printable(f"{name}: {words}{', of this operator, counts for nothing' if same else ''}")
            for name, same, words in state.witnesses
        )
        or ("none outside this operator",),
        anchors=tuple(printable(one) for one in state.anchors) or ("no head is anchored",),
        alarms=tuple(printable(one) for one in state.alarms),
        vkey=printable(state.vkey),
        checkpoint=checkpoint_href(state.origin),
    )


def _published(state: LogState) -> str:
    if state.published_size is None:
        return "not known: the object store does not answer"
    behind = state.tree_size - state.published_size
    return "all of it" if behind == 0 else f"all but the newest {behind:,} entries"


def _row(row: Recorded) -> RecordedView:
    shown = row.commits[:SHOWN_COMMITS]
    return RecordedView(
        session=printable(row.session),
        href=session_href(row.session),
        bundle=attestation_href(row.attestation),
        index=f"{row.index:,}",
        recorded_at=moment_text(printable(row.recorded_at)),
        agent=printable(row.agent),
        models=", ".join(printable(name) for name in row.models),
        commits=tuple((printable(oid)[:8], commit_href(oid)) for oid in shown),
        more=len(row.commits) - len(shown),
    )


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that is not claimed, and what follows from it."""

    what: str
    so: str


LIMITS: Final = (
    Limit(
        "That a transcript is complete",
        "A capture on a person’s own machine is that person’s word. Only turns that a hook saw are observed, and only "
        "a second record that the runner does not control corroborates them.",
    ),
    Limit(
        "That redaction found everything", "Two passes and a second scan lower the chance; none of them proves absence."
    ),
    Limit("That a reviewer understood", "A signature shows that somebody signed, not that they read."),
    Limit("That a dishonest server is caught before it signs", "What it signs can be compared by all who kept a copy."),
    Limit(
        "That the list of evidence reaches beyond the log",
        "It is proved complete for what was committed to the log. What was never sent there leaves no trace in it.",
    ),
    Limit(
        "That parts run by one operator are independent",
        "Certificates, time stamps and log of one operator prove that nothing changed since you pinned their keys. "
        "They do not prove the time or who somebody is; an outside witness, anchor or time stamp bounds the time.",
    ),
    Limit("That a rule met is compliance", "Reading a control into a rule is an opinion; its author is named."),
)
"""What Whereof never claims."""


def moment_text(text: str) -> str:
    """Give an RFC 3339 time in UTC as pages write it, to the second and without its zone."""
    return text[:19].replace("T", " ")
