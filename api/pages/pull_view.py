"""What the page of a pull request shows: how the forge's number was found in a clone, and each commit it brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.pages.coverage_view import Strip, strip_of
from api.pages.links import commit_href, session_href
from attest.model.plain_text import printable

if TYPE_CHECKING:
    from attest.usecases.pulls import FoundPull


@dataclass(frozen=True, slots=True, kw_only=True)
class PullCommitView:
    """One commit."""

    oid: str
    href: str
    subject: str
    at: str
    state: str
    sessions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullView:
    """The page."""

    repository: str
    number: int
    sentence: str
    how: str
    landed: str
    landed_href: str
    strip: Strip
    rows: tuple[PullCommitView, ...]
    more: int
    tree_size: str


def pull_view(repository: str, number: int, found: FoundPull) -> PullView:
    """Give the page."""
    counts: dict[str, int] = {}
    for one in found.commits:
        counts[one.state] = counts.get(one.state, 0) + 1
    bare = counts.get("marked", 0) + counts.get("unmarked", 0)
    total = len(found.commits) + found.more
    commits = f"{total:,} commit{'' if total == 1 else 's'}"
    sessions = len({one for row in found.commits for one in row.sessions})
    rest = "none without a record" if not bare else f"{bare:,} without a session or declaration"
    return PullView(
        repository=printable(repository),
        number=number,
        sentence=f"{commits}, {sessions:,} session{'' if sessions == 1 else 's'} recorded, {rest}.",
        how=found.how,
        landed=found.landed,
        landed_href=commit_href(found.landed),
        strip=strip_of(counts.items()),
        rows=tuple(
            PullCommitView(
                oid=one.oid[:12],
                href=commit_href(one.oid),
                subject=printable(one.subject),
                at=one.at,
                state=one.state,
                sessions=tuple((name[:12], session_href(name)) for name in one.sessions),
            )
            for one in found.commits
        ),
        more=found.more,
        tree_size=f"{found.tree_size:,}",
    )
