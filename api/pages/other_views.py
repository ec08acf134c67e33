"""What the small pages show: search, a failed proof, a problem, signing in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.pages.answer_view import RowView, answer_view
from api.pages.links import attestation_href, commit_href
from api.pages.spans import Spans, spans
from attest.errors import AttestError
from attest.model.answer import Answer, AsOf, Mark
from attest.model.answer_words import root_groups
from attest.model.plain_text import printable

_EVIDENCE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One row of a search."""

    oid: str
    subject: str = ""
    landed: str = "not known"
    agent: str = "not recorded"
    model: str = ""
    sessions: int = 0
    verdict: Mark = Mark.NONE
    proof: str = ""
    """For example `no session, complete`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The search page: what was asked, what can be seen, what was found."""

    query: str = ""
    rows: tuple[Found, ...] = ()
    message: str = ""
    """Why there are no rows: unknown commit, ambiguous prefix, not a known form."""
    coverage: str = ""
    """The sentence on what this search cannot see, with the uncovered number."""
    logged: str = ""
    """Id of the access record of this query."""
    as_of: AsOf | None = None
    next_cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundView:
    """One row, ready to print."""

    oid: str
    href: str
    subject: str
    landed: str
    agent: str
    model: str
    sessions: str
    mark: str
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchView:
    """The search page, ready to print."""

    heading: str
    query: str
    message: Spans
    coverage: str
    logged: str
    as_of: Spans
    invalid: int
    rows: tuple[FoundView, ...]
    next: str


def search_view(search: Search) -> SearchView:
    """Give the search page; without a query it is the home page."""
    head = search.as_of
    count = len(search.rows)
    heading = f"{count:,} record{'' if count == 1 else 's'} shown." if search.query and count else "Find a record."
    as_of = f"As of tree size {head.tree_size:,}, root `{root_groups(head.root)}`, log `{head.log}`" if head else ""
    return SearchView(
        heading="Nothing found." if search.query and not count else heading,
        query=printable(search.query),
        message=spans(search.message),
        coverage=printable(search.coverage),
        logged=printable(search.logged),
        as_of=spans(as_of),
        invalid=sum(row.verdict is Mark.INVALID for row in search.rows),
        rows=tuple(_found(row) for row in search.rows),
        next=f"/search?cursor={search.next_cursor}" if search.next_cursor.isalnum() else "",
    )


def _found(row: Found) -> FoundView:
    return FoundView(
        oid=printable(row.oid),
        href=commit_href(row.oid),
        subject=printable(row.subject),
        landed=printable(row.landed),
        agent=printable(row.agent),
        model=printable(row.model),
        sessions=f"{row.sessions:,}",
        mark=row.verdict.value,
        proof=printable(row.proof),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An answer with a failed line, and what was compared."""

    answer: Answer
    headline: str
    """What does not hold, in one sentence: `Its inclusion proof does not match the pinned log.`"""
    expected: tuple[str, str] | None = None
    """Label and hex value, such as (`root signed by the log`, `b7e2…`); None where no values were compared."""
    computed: tuple[str, str] | None = None
    contact: str = ""
    incident: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Four hex digits; `differs` ones are underlined."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two compared values."""

    label: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureView:
    """The failed-proof page, ready to print."""

    headline: Spans
    oid: str
    repository: str
    attestation: str
    bundle: str
    failed: tuple[RowView, ...]
    lines: tuple[RowView, ...]
    checked: Spans
    compared: tuple[Side, ...]
    contact: str
    incident: str
    command: str
    as_of: Spans


def failure_view(failure: Failure) -> FailureView:
    """Give the page that replaces the answer when a proof line is invalid.

    Raises:
        ValueError: no proof line of the answer is invalid.
    """
    answer = failure.answer
    whole = answer_view(answer)
    evidence = whole.sections[_EVIDENCE - 1].rows
    lines = tuple(row for row in evidence if row.proof)
    failed = tuple(row for row in evidence if row.mark == Mark.INVALID.value)
    if not failed:
        raise ValueError("the page of a failed proof needs a line that failed")
    name = answer.attestations[0] if answer.attestations else ""
    return FailureView(
        headline=spans(failure.headline),
        oid=whole.oid,
        repository=whole.repository,
        attestation=printable(name),
        bundle=attestation_href(name),
        failed=failed,
        lines=lines,
        checked=next((row.detail for row in evidence if row.term == "list"), ()),
        compared=_compared(failure.expected, failure.computed),
        contact=printable(failure.contact),
        incident=printable(failure.incident),
        command=f"whereof verify {whole.oid}",
        as_of=whole.as_of,
    )


def _compared(expected: tuple[str, str] | None, computed: tuple[str, str] | None) -> tuple[Side, ...]:
    if expected is None or computed is None:
        return ()
    left, right = (root_groups(printable(value[1])).split(" ") for value in (expected, computed))
    width = max(len(left), len(right))
    left, right = (groups + [""] * (width - len(groups)) for groups in (left, right))
    return tuple(
        Side(
            label=printable(label),
            groups=tuple(Group(text, text != other) for text, other in zip(own, others, strict=True)),
        )
        for label, own, others in ((expected[0], left, right), (computed[0], right, left))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemView:
    """An error page: the same words as the CLI and the API."""

    title: str
    what: Spans
    """Empty where the title says the same."""
    code: str
    hint: Spans
    request_id: str


def problem_view(error: AttestError, request_id: str) -> ProblemView:
    """Give the page of an error of ours; what is missing and what is not the reader's look the same."""
    title = printable(error.title)
    return ProblemView(
        title=title[:1].upper() + title[1:] + ".",
        what=spans(error.what) if error.what != error.title else (),
        code=error.code,
        hint=spans(error.hint),
        request_id=printable(request_id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInView:
    """The sign-in page; with a provider there is a link, without one a field for the printed code."""

    action: str = "/sign-in"
    next: str = "/"
    message: Spans = ()
    provider: str = ""
    provider_href: str = ""
