"""The answer for a commit, composed from what is logged: eleven sections in one order, the same for every reader.

1. list      every attestation that the log's index has for the commit, its sessions and what it was rewritten from,
             each list proved complete at one head
2. open      the newest capture of each session: its documents and what the clone said of the commit
3. verify    the evidence, against a clone when one is at hand
4. compose   the sections; what nobody recorded says so

Superseded captures stay in the list of attestations; the sections speak of the newest capture of each session.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

from attest.errors import CannotVerify
from attest.model.answer import Answer, AsOf, BundleRef, CommitRef, Mark, Row, Section
from attest.model.answer_parts import (
    Nothing,
    Tally,
    answer_not_recorded,
    changed_section,
    not_recorded,
    sentence,
)
from attest.model.answer_sections import sections_from_session
from attest.model.answer_words import NO_OUTSIDE_TIME
from attest.model.commit_document import CommitDocument
from attest.model.coverage_predicate import COVERAGE_V1
from attest.model.diff import parse_diff
from attest.model.explain import explain
from attest.model.not_known import repository_unknown, unknown
from attest.model.session_predicate import SESSION_V1
from attest.model.shares import line_shares, shares_row
from attest.usecases.answer_evidence import EvidenceView, evidence_of
from attest.usecases.answer_links import landed_rows
from attest.usecases.answer_reviews import NONE_SIGNED, Approved, approved_section
from attest.usecases.answer_times import recorded_section
from attest.usecases.answer_told import Told, newest_captures, open_told
from attest.usecases.answer_who import who_rows
from attest.usecases.commit_context import MAX_DIFF_BYTES, repository_name
from attest.usecases.landing import verdict_row
from attest.usecases.outside_times import earliest_outside
from attest.usecases.reach import reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.git import Repository
    from attest.model.answer_sections import SessionRows
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance
    from attest.usecases.reach import Reached

NOT_KEPT = "it was recorded without parts; its statement and facts are all there is"
OUTSIDE_BEFORE = "not looked up: recorded in a log before this one"


def answer_for(
    instance: Instance, oid: str, repository: Repository | None = None, *, reached: Reached | None = None
) -> Answer:
    """Give the answer for a full commit id; a commit that nobody recorded gets the same answer, "not recorded".

    `reached` is what `reach` gave for it, where the caller needs the proof at the same head beside the answer.

    `repository` is a clone that has the commit: the evidence is compared with it. Without one the verdict is indeterminate,
    and says why.

    Raises:
        NotVerified: the index does not give what the log committed to: no list can be relied on.
    """
    reached = reached or reach(instance, oid)  # 1
    as_of = AsOf(log=reached.as_of.log, tree_size=reached.tree_size, root=reached.root.hex())
    captures = newest_captures((*reached.rows, *reached.linked))
    told = tuple(open_told(instance, stored, oid, reached) for stored in captures)  # 2
    view = evidence_of(instance, oid, repository, reached)  # 3
    document = next((t.document for t in told if t.document), None) or _read_document(repository, oid)
    approved = approved_section(reached, oid, document, instance.clock.now())
    verdict = verdict_row(instance, reached.rows, oid, repository)
    outside = _outside_words(instance, told, reached)
    known = _Known(approved=approved, as_of=as_of, reached=reached, verdict=verdict, outside=outside)
    if not told:
        return _nothing(oid, document, view, known)
    return _compose(oid, told, view, document, known=known)  # 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of a commit whether or not a session tells of it."""

    approved: Approved
    as_of: AsOf
    reached: Reached
    verdict: Row
    """Of section 8: what stood at landing."""
    outside: str
    """Of section 9: the earliest time that somebody outside gave for a head with all that is told."""


def _follows(reached: Reached) -> tuple[AsOf, ...]:
    """Give the final heads of the logs before; none unless all of them are proved."""
    states = ((one.log.origin, one.state) for one in reached.chain.logs if one.state and not reached.chain.missing)
    return tuple(AsOf(log=log, tree_size=state.tree_size, root=state.root.hex()) for log, state in states)


def _outside_words(instance: Instance, told: tuple[Told, ...], reached: Reached) -> str:
    if any(reached.log_of(t.stored) is not None for t in told):
        return OUTSIDE_BEFORE  # heads of the own log alone are looked up: one of another log has another's sizes
    newest = max((t.stored.receipt.index for t in told), default=0)
    outside = earliest_outside(instance, newest + 1) if told else None
    return outside.words if outside is not None else NO_OUTSIDE_TIME


def _nothing(oid: str, document: CommitDocument | None, view: EvidenceView, known: _Known) -> Answer:
    approved, reached = known.approved, known.reached
    changed = None
    if document is not None:
        files = parse_diff(document.diff)
        changed = changed_section(files, explain(files, (), None), document.tree)
    answer = answer_not_recorded(
        Nothing(
            commit=CommitRef(
                oid=oid,
                subject=document.subject if document else None,
                repository=(document.repository or None) if document else None,
            ),
            author=f"{document.author_name} <{document.author_email}>" if document else None,
            verdict=view.verdict,
            as_of=known.as_of,
            changed=changed,
            evidence=(view.list_row,),
        )
    )
    answer = replace(answer, follows=_follows(reached))
    if reached.chain.missing and not reached.rows:
        answer = replace(answer, sentence=f"Not recorded in this log, and {reached.chain.missing}.")
    judged = any(row.predicate_type == COVERAGE_V1 for row in reached.rows)
    rows = {8: (*answer.section(8).rows, known.verdict)} if judged else {}
    if approved.reviews or approved.rows != (NONE_SIGNED,):
        rows |= {1: (*answer.section(1).rows[:-1], *approved.reviewers), 7: approved.rows}
    if not rows:
        return answer
    sections = tuple(replace(one, rows=rows.get(one.number, one.rows)) for one in answer.sections)
    said = sentence(_tally(0, approved), view.policy_clause) if approved.reviews else answer.sentence
    return replace(answer, sentence=said, sections=sections, **_listed(reached, reached.rows))


def _read_document(repository: Repository | None, oid: str) -> CommitDocument | None:
    """Give what the clone says of a commit that no recording kept: one that only a link leads to."""
    if repository is None:
        return None
    facts = repository.commit_facts(oid)
    diff, cut = repository.diff(oid, facts.parents[0] if facts.parents else None, max_bytes=MAX_DIFF_BYTES)
    name = _name(repository, oid) or ""
    return CommitDocument.of(facts, name, message=facts.message, diff=diff, diff_cut=cut)


def _compose(
    oid: str,
    told: tuple[Told, ...],
    view: EvidenceView,
    document: CommitDocument | None,
    *,
    known: _Known,
) -> Answer:
    approved, reached = known.approved, known.reached
    rows = [sections_from_session(t.session, t.stored.session or "") for t in told if t.session]
    closed = tuple(_closed(t) for t in told if t.session is None)
    sections = (
        Section(
            number=1,
            rows=who_rows(oid, document, told, agents=_joined(rows, "who"), reviewers=approved.reviewers),
        ),
        Section(number=2, rows=(*_joined(rows, "asked"), *closed)),
        Section(number=3, rows=(*_joined(rows, "decided"), *closed)),
        _changed(told, document),
        Section(number=5, rows=(*_joined(rows, "reached"), *closed)),
        Section(number=6, rows=(*_joined(rows, "checked"), *closed)),
        Section(number=7, rows=approved.rows),
        Section(number=8, rows=landed_rows((t.stored for t in told), reached.links, oid, known.verdict)),
        recorded_section(tuple(t.stored for t in told), document.committed_at if document else None, known.outside),
        Section(number=10, rows=view.rows),
        Section(number=11, rows=(*_joined(rows, "not_known"), *_open_questions(told))),
    )
    ordered = sorted((*reached.rows, *reached.linked), key=lambda row: row.predicate_type != SESSION_V1)
    return Answer(
        sentence=sentence(_tally(len(told), approved), view.policy_clause),
        commit=CommitRef(
            oid=oid,
            subject=document.subject if document else None,
            repository=_shown(document.repository) if document else None,
        ),
        verdict=view.verdict,
        sections=sections,
        as_of=known.as_of,
        follows=_follows(reached),
        sessions=tuple(t.stored.session or "" for t in told),
        **_listed(reached, ordered),
    )


def _tally(sessions: int, approved: Approved) -> Tally:
    return Tally(
        sessions=sessions,
        declarations=0,
        reviews=approved.reviews,
        independent_reviews=approved.independent,
        not_independent=approved.not_independent,
        outdated=approved.outdated,
    )


class _Listed(TypedDict):
    """The members of an answer that list its evidence."""

    attestations: tuple[str, ...]
    bundles: tuple[BundleRef, ...]


def _listed(reached: Reached, rows: Sequence[StoredAttestation]) -> _Listed:
    return _Listed(
        attestations=tuple(row.id for row in rows),
        bundles=tuple(
            BundleRef(
                attestation=row.id,
                predicate_type=row.predicate_type,
                identity=row.identity,
                issuer=row.issuer,
                log_index=row.receipt.index,
                log=reached.origin_of(row),
            )
            for row in rows
        ),
    )


def _closed(told: Told) -> Row:
    if told.kept:
        return not_recorded("session", f"{told.stored.session}: {told.why_closed}")
    return Row(term="session", mark=Mark.NOT_KNOWN, word="not kept", text=f"{told.stored.session}: {NOT_KEPT}")


def _name(repository: Repository, oid: str) -> str | None:
    try:
        return _shown(repository_name(repository, oid))
    except CannotVerify:
        return None  # a shallow clone without a remote has no name


def _shown(repository: str) -> str:
    return repository.removeprefix("git+https://")


def _joined(rows: list[SessionRows], name: str) -> tuple[Row, ...]:
    return tuple(dict.fromkeys(row for one in rows for row in getattr(one, name)))


def _changed(told: tuple[Told, ...], document: CommitDocument | None) -> Section:
    if document is None:
        return Section(number=4, rows=(not_recorded("hunks", "the commit's part cannot be opened"),))
    files = parse_diff(document.diff)
    # Several sessions may have written one commit: a hunk is explained when any of them explains it.
    changes = tuple(change for t in told if t.session for change in t.session.changes)
    cwd = next((t.session.cwd for t in told if t.session), None)
    section = changed_section(files, explain(files, changes, cwd), document.tree)
    return replace(section, rows=(*section.rows, shares_row(line_shares(files, changes, cwd))))


def _settles(told: Told) -> str:
    """Give what would open the parts that do not open."""
    if told.erased:
        return "nothing: they were erased for good"
    return "the key ring's backup" if told.kept else "whoever recorded it, if the transcript is still there"


def _open_questions(told: tuple[Told, ...]) -> tuple[Row, ...]:
    author = unknown(
        "Whether the runner is the git author",
        "The certificate holds a pseudonym, and the author line of a commit is signed by nobody.",
        "a disclosure of the pseudonym",
    )
    erased = tuple(
        unknown(
            f"What {t.stored.session} holds",
            f"Its parts cannot be opened: {t.why_closed}." if t.kept else f"{NOT_KEPT[0].upper()}{NOT_KEPT[1:]}.",
            _settles(t),
        )
        for t in told
        if t.session is None
    )
    return (*erased, repository_unknown(), author)
