"""What the page of the review queue shows. Rows are sessions: who ran one is on its own page, and nothing adds up by person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from api.pages.links import Link, commit_href, session_href
from api.pages.spans import Spans, spans
from attest.model.answer_words import root_groups
from attest.model.plain_text import printable

if TYPE_CHECKING:
    from datetime import datetime

    from attest.usecases.review_queue import ReviewQueue, Waiting

MAX_COMMITS: Final = 4
_WORDS: Final = {"risk": "by risk, then the longest waiting", "age": "the longest waiting first"}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One session that waits."""

    session: Link
    commits: tuple[Link, ...]
    agent: str
    since: str
    age: str
    risks: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """The page."""

    sentence: str
    order: str
    orders: tuple[tuple[Link, bool], ...]
    repository: str
    rows: tuple[QueueRow, ...]
    note: str
    behind: str
    foot: Spans
    json: str


def queue_view(found: ReviewQueue, order: str, asked: tuple[str, datetime]) -> QueueView:
    """Give the page; `asked` is the repository that it is narrowed to, and the moment that ages are told at."""
    repository, now = asked
    count = f"{'at least ' if found.at_least else ''}{found.count:,}"
    more = {"repository": repository} if repository else {}
    behind = found.as_of.tree_size - found.indexed_to
    looked = f"{found.held:,} reviewed sessions were held against what is there now"
    return QueueView(
        sentence=f"{count} session{'' if count == '1' else 's'} of commits without a review by another than the runner.",
        order=order,
        orders=tuple(
            (Link(label=words, href=f"/queue?{urlencode({'order': name, **more})}"), name == order)
            for name, words in _WORDS.items()
        ),
        repository=printable(repository),
        rows=tuple(_row(one, now) for one in found.rows),
        note=f"{looked}{'; older ones were not' if found.more_held else ''}.",
        behind=f"indexed to {found.indexed_to:,} of {found.as_of.tree_size:,}" if behind > 0 else "",
        foot=spans(f"As of tree size {found.as_of.tree_size:,}, root `{root_groups(found.as_of.root.hex())}`"),
        json=f"/v1/queue?{urlencode({'order': order, **more})}",
    )


def _row(one: Waiting, now: datetime) -> QueueRow:
    hours = max(0, int((now - one.since).total_seconds())) // 3600
    age = f"{hours // 24:,} day{'' if hours // 24 == 1 else 's'}" if hours >= 24 else f"{hours} h"
    return QueueRow(
        session=Link(label=printable(one.session), href=session_href(one.session), code=True),
        commits=tuple(Link(label=oid[:12], href=commit_href(oid), code=True) for oid in one.commits[:MAX_COMMITS]),
        agent=printable(one.agent) or "not known",
        since=one.since.strftime("%Y-%m-%d %H:%M:%S"),
        age=age,
        risks=tuple(printable(word) for word in one.risks),
        why=printable(one.why),
    )
