"""The parts of an answer that do not come from a session: sentence, changed paths, proof lines, "not recorded"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from attest.model.answer import (
    PROOF_LINES,
    Answer,
    AsOf,
    Basis,
    ChangedPath,
    CommitRef,
    Mark,
    NextStep,
    Row,
    Section,
    VerdictLine,
    commit,
    git_tree,
)
from attest.model.diff import FileDiff
from attest.model.explain import ExplainedHunk, Explanation
from attest.model.not_known import absent_unknowns

NOTHING_NAMES_IT = "No session or declaration names this commit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is on record for a commit, counted for its sentence."""

    sessions: int
    declarations: int
    reviews: int
    independent_reviews: int
    not_independent: int = 0
    """By a runner of the session, or by no person."""
    outdated: int = 0


def sentence(tally: Tally, policy: str) -> str:
    """Give sentence (0). `policy` is its last clause, such as `policy “critical” not met at landing`; empty for none."""
    if not (tally.sessions or tally.declarations or tally.reviews):
        return "Not recorded: no session, no declaration and no signed review for this commit."
    clauses = [f"{_plural(tally.sessions, 'session')} recorded" if tally.sessions else "No session recorded"]
    if tally.declarations:
        clauses.append(f"{_plural(tally.declarations, 'declaration')} signed")
    if tally.independent_reviews:
        clauses.append(f"{_plural(tally.independent_reviews, 'independent review')} signed")
    if tally.not_independent:
        clauses.append(f"{_plural(tally.not_independent, 'review')} signed, not independent")
    if tally.outdated:
        clauses.append(f"{_plural(tally.outdated, 'review')} outdated")
    other = tally.reviews - tally.independent_reviews - tally.not_independent - tally.outdated
    if other:
        clauses.append(f"{_plural(other, 'review')} signed, independence not known")
    if not tally.reviews:
        clauses.append("no review signed")
    return ", ".join([*clauses, policy] if policy else clauses) + "."


def changed_section(files: tuple[FileDiff, ...], hunks: tuple[ExplainedHunk, ...], tree: str) -> Section:
    """Give section 4 from the clone's own diff and the hunks explained by the sessions; `tree` is the full tree oid."""
    count = {word: sum(hunk.explanation is word for hunk in hunks) for word in Explanation}
    text = (
        f"{count[Explanation.EXPLAINED]:,} explained by a session, {count[Explanation.OUTSIDE]:,} edited outside it, "
        f"{count[Explanation.UNEXPLAINED]:,} not explained"
    )
    row = Row(term=_plural(len(hunks), "hunk"), text=text, pointers=(git_tree(tree),), basis=Basis.CORROBORATED)
    return Section(number=4, rows=(row,), changed=tuple(_changed(file, hunks) for file in files))


def _changed(file: FileDiff, hunks: tuple[ExplainedHunk, ...]) -> ChangedPath:
    own = [hunk for hunk in hunks if hunk.path == file.path]
    count = {word: sum(hunk.explanation is word for hunk in own) for word in Explanation}
    return ChangedPath(
        path=file.path,
        added=None if file.binary else sum(len(hunk.added) for hunk in file.hunks),
        removed=None if file.binary else sum(len(hunk.removed) for hunk in file.hunks),
        explained=None if file.binary else count[Explanation.EXPLAINED],
        outside=None if file.binary else count[Explanation.OUTSIDE],
        not_explained=None if file.binary else count[Explanation.UNEXPLAINED],
    )


def not_recorded(term: str, why: str = "") -> Row:
    """Give the row of something that nobody recorded."""
    return Row(term=term, mark=Mark.NOT_KNOWN, word="not recorded", text=why, basis=Basis.UNKNOWN)


def proof_line(term: str, mark: Mark, text: str) -> Row:
    """Give one of the five proof lines; an indeterminate one is a line that was not checked."""
    return Row(term=term, mark=mark, word="not checked" if mark is Mark.INDETERMINATE else "", text=text)


def proof_rows(checked: Mapping[str, Row], why_not: str) -> tuple[Row, ...]:
    """Give all five proof lines in order; one that is missing from `checked` says "not checked" and `why_not`."""
    return tuple(checked.get(term) or proof_line(term, Mark.INDETERMINATE, why_not) for term in PROOF_LINES)


def list_row(*, complete: bool, text: str, detail: str = "") -> Row:
    """Give the line that ends the evidence: the list is complete as of a tree size, or that is not proved."""
    if complete:
        return Row(term="list", mark=Mark.PASS, word="complete", text=text, detail=detail)
    return Row(
        term="list", mark=Mark.INDETERMINATE, word="not proved", text=text or "Completeness not proved", detail=detail
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """What is known of a commit for which nothing is recorded."""

    commit: CommitRef
    author: str | None
    """As the commit object says; None when the object is not at hand."""
    verdict: VerdictLine
    as_of: AsOf | None
    changed: Section | None = None
    """Section 4 from a clone; None where there is none at hand."""
    evidence: tuple[Row, ...] = ()
    """Rows on the list's completeness, after the five proof lines."""


def answer_not_recorded(known: Nothing) -> Answer:
    """Give the same answer with all its sections for a commit that nothing is recorded for."""
    oid = known.commit.oid
    author = Row(
        term="git author", text=known.author or "", note="unsigned", pointers=(commit(oid),), basis=Basis.REPORTED
    )
    who = author if known.author else not_recorded("git author", "the commit object is not at hand")
    unsigned = Row(term="reviews", mark=Mark.ABSENT, word="none signed")
    lines = {term: Row(term=term, mark=Mark.ABSENT, text=NOTHING_NAMES_IT) for term in PROOF_LINES}
    whole = known.evidence or (list_row(complete=False, text=""),)
    sections = (
        Section(
            number=1, rows=(who, not_recorded("runner"), not_recorded("agent"), replace(unsigned, term="reviewer"))
        ),
        Section(number=2, rows=(not_recorded("intent"),)),
        Section(number=3, rows=(not_recorded("plan, override, rejected path"),)),
        known.changed or Section(number=4, rows=(not_recorded("hunks", "no clone at hand"),)),
        Section(number=5, rows=(not_recorded("secrets, hosts, tools"),)),
        Section(number=6, rows=(not_recorded("runs"),)),
        Section(number=7, rows=(unsigned,)),
        Section(number=8, rows=(not_recorded("change"),)),
        Section(number=9, rows=(not_recorded("times"),)),
        Section(number=10, rows=(*proof_rows(lines, ""), *whole)),
        Section(number=11, rows=absent_unknowns()),
    )
    tally = Tally(sessions=0, declarations=0, reviews=0, independent_reviews=0)
    return Answer(
        sentence=sentence(tally, ""),
        commit=known.commit,
        verdict=known.verdict,
        sections=sections,
        as_of=known.as_of,
        next_steps=_next_steps(oid[:8]),
    )


def _next_steps(short: str) -> tuple[NextStep, ...]:
    return (
        NextStep(
            when="an agent did it, and its transcript still exists",
            command=f"whereof record --transcript FILE --commit {short}",
        ),
    )


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
