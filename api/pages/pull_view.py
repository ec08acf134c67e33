"""What the page of a pull request shows: its verdict, how it was found and landed, and each commit that it brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.pages.coverage_view import Strip, strip_of
from api.pages.links import Link, commit_href, session_href
from api.pages.spans import Spans, spans
from attest.model.answer_rows import plural
from attest.model.answer_words import policy_line
from attest.model.plain_text import printable
from attest.model.times import moment_at

if TYPE_CHECKING:
    from api.pulls import PullCommit, RollUp
    from attest.usecases.coverage_over import CoveredCommit


@dataclass(frozen=True, slots=True, kw_only=True)
class PullCommitView:
    """One commit."""

    oid: str
    href: str
    subject: str
    at: str
    state: str
    mark: str
    what: Spans
    policy: Spans
    sessions: tuple[Link, ...]
    reviews: tuple[Spans, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullView:
    """The page."""

    name: str
    number: int
    json: str
    sentence: str
    mark: str
    why: Spans
    exit_code: int
    observed: bool
    how: str
    head: str
    landed: Link
    strip: Strip | None
    rows: tuple[PullCommitView, ...]
    tree_size: str


def pull_view(found: RollUp) -> PullView:
    """Give the page."""
    pull, coverage = found.pull, found.coverage
    known = {one.oid: one for one in coverage.commits} if coverage else {}
    return PullView(
        name=printable(found.name),
        number=pull.number,
        json=f"/v1/pulls/{pull.forge}/{pull.owner}/{pull.repo}/{pull.number}",
        sentence=_sentence(found),
        mark=found.verdict.value,
        why=spans(found.why),
        exit_code=found.exit_code,
        observed=found.observed,
        how=found.how,
        head=found.head,
        landed=Link(label=found.landed, href=commit_href(found.landed), code=True),
        strip=strip_of(coverage.states().items()) if found.commits and coverage else None,
        rows=tuple(_commit(one, known[one.oid]) for one in found.commits),
        tree_size=f"{coverage.tree_size:,}" if coverage else "",
    )


def _sentence(found: RollUp) -> str:
    if not found.commits:
        return f"Pull request {found.pull.number:,}: its commits are not known here."
    bare = sum(1 for one in found.commits if not one.answer.sessions)
    sessions = plural(len(found.sessions), "session")
    reviews = plural(sum(len(one.reviews) for one in found.commits), "review")
    rest = f", {plural(bare, 'commit')} without a session" if bare else ""
    return f"{plural(len(found.commits), 'commit')}, {sessions} recorded, {reviews} signed{rest}."


def _commit(one: PullCommit, known: CoveredCommit) -> PullCommitView:
    answer = one.answer
    return PullCommitView(
        oid=one.oid,
        href=commit_href(one.oid),
        subject=printable(known.subject),
        at=moment_at(known.committed_at).strftime("%Y-%m-%d %H:%M"),
        state=known.state,
        mark=one.verdict.value,
        what=spans(answer.verdict.what),
        policy=spans(policy_line(answer.verdict)),
        sessions=tuple(Link(label=name, href=session_href(name), code=True) for name in answer.sessions),
        reviews=tuple(
            spans(f"{row.term}: {row.text}; {row.note}" if row.note else f"{row.term}: {row.text}")
            for row in one.reviews
        ),
    )
