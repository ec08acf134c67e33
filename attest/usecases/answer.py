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
from typing import TYPE_CHECKING

from attest.errors import AttestError, CannotVerify
from attest.model.answer import Answer, AsOf, BundleRef, CommitRef, Mark, Row, Section, commit
from attest.model.answer_parts import (
    Nothing,
    Tally,
    answer_not_recorded,
    changed_section,
    not_recorded,
    sentence,
)
from attest.model.answer_sections import sections_from_session
from attest.model.basis import Basis
from attest.model.commit_document import CommitDocument
from attest.model.diff import parse_diff
from attest.model.explain import explain
from attest.model.not_known import repository_unknown, unknown
from attest.model.pointer import Pointer, PointerKind
from attest.model.reconcile import Names, reconcile, reconciled_row
from attest.model.session_predicate import SESSION_V1
from attest.model.shares import line_shares, shares_row
from attest.usecases.answer_evidence import EvidenceView, evidence_of
from attest.usecases.answer_links import landed_rows
from attest.usecases.answer_times import recorded_section
from attest.usecases.commit_context import MAX_DIFF_BYTES, repository_name
from attest.usecases.reach import reach
from attest.usecases.read_parts import commit_document_of, session_of
from attest.usecases.survey import CO_AUTHORS

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.answer_sections import SessionRows
    from attest.model.session import Session
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance
    from attest.usecases.reach import Reached

NOT_KEPT = "it was recorded without parts; its statement and facts are all there is"
MAX_SESSIONS = 16
"""Sessions told of in full; the list of attestations names all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One session as the answer tells of it."""

    stored: StoredAttestation
    session: Session | None
    """None when its parts cannot be opened: erased, or lost."""
    document: CommitDocument | None
    why_closed: str = ""
    kept: bool = True
    """False when the session was recorded without parts: there is nothing to open, and nothing is lost."""


def answer_for(instance: Instance, oid: str, repository: Repository | None = None) -> Answer:
    """Give the answer for a full commit id; a commit that nobody recorded gets the same answer, "not recorded".

    With a clone at hand the evidence is compared with it; without one the verdict is indeterminate, and says why.

    Raises:
        NotVerified: the index does not give what the log committed to: no list can be relied on.
    """
    reached = reach(instance, oid)  # 1
    as_of = AsOf(log=reached.as_of.log, tree_size=reached.tree_size, root=reached.root.hex())
    told = tuple(_open(instance, stored, oid) for stored in _newest_captures((*reached.rows, *reached.linked)))  # 2
    view = evidence_of(instance, oid, repository, reached)  # 3
    if not told:
        return _nothing(oid, repository, view, as_of)
    document = next((t.document for t in told if t.document), None) or _read_document(repository, oid)
    return _compose(oid, told, view, document, as_of=as_of, reached=reached)  # 4


def _newest_captures(rows: tuple[StoredAttestation, ...]) -> tuple[StoredAttestation, ...]:
    # By signer too: a statement of somebody else that names a known session must not stand in for its recorder's.
    newest: dict[tuple[str, str, str], StoredAttestation] = {}
    for row in rows:
        if row.predicate_type == SESSION_V1 and row.session is not None:
            newest.setdefault((row.session, row.issuer, row.identity), row)
    return tuple(newest.values())[:MAX_SESSIONS]


def _open(instance: Instance, stored: StoredAttestation, oid: str) -> _Told:
    try:
        return _Told(
            stored=stored,
            session=session_of(instance, stored.id),
            document=commit_document_of(instance, stored.id, oid),
        )
    except AttestError as err:
        kept = err.code != "redaction.not-kept"
        return _Told(stored=stored, session=None, document=None, why_closed=err.what, kept=kept)


def _nothing(oid: str, repository: Repository | None, view: EvidenceView, as_of: AsOf) -> Answer:
    facts, changed, name = None, None, None
    if repository is not None and repository.has_commit(oid):
        facts, name = repository.commit_facts(oid), _name(repository, oid)
        diff, _ = repository.diff(oid, facts.parents[0] if facts.parents else None, max_bytes=MAX_DIFF_BYTES)
        files = parse_diff(diff)
        changed = changed_section(files, explain(files, (), None), facts.tree)
    return answer_not_recorded(
        Nothing(
            commit=CommitRef(oid=oid, subject=facts.subject if facts else None, repository=name),
            author=f"{facts.author_name} <{facts.author_email}>" if facts else None,
            verdict=view.verdict,
            as_of=as_of,
            changed=changed,
            evidence=(view.list_row,),
        )
    )


def _read_document(repository: Repository | None, oid: str) -> CommitDocument | None:
    """Give what the clone says of a commit that no recording kept: one that only a link leads to."""
    if repository is None or not repository.has_commit(oid):
        return None
    facts = repository.commit_facts(oid)
    diff, cut = repository.diff(oid, facts.parents[0] if facts.parents else None, max_bytes=MAX_DIFF_BYTES)
    return CommitDocument(
        oid=oid,
        tree=facts.tree,
        parents=facts.parents,
        author_name=facts.author_name,
        author_email=facts.author_email,
        committer_name=facts.committer_name,
        authored_at=facts.authored_at,
        committed_at=facts.committed_at,
        repository=_name(repository, oid) or "",
        message=facts.message,
        diff=diff,
        diff_cut=cut,
    )


def _compose(
    oid: str,
    told: tuple[_Told, ...],
    view: EvidenceView,
    document: CommitDocument | None,
    *,
    as_of: AsOf,
    reached: Reached,
) -> Answer:
    rows = [sections_from_session(t.session, t.stored.session or "") for t in told if t.session]
    closed = tuple(_closed(t) for t in told if t.session is None)
    sections = (
        Section(number=1, rows=_who(oid, document, told, rows)),
        Section(number=2, rows=(*_joined(rows, "asked"), *closed)),
        Section(number=3, rows=(*_joined(rows, "decided"), *closed)),
        _changed(told, document),
        Section(number=5, rows=(*_joined(rows, "reached"), *closed)),
        Section(number=6, rows=(*_joined(rows, "checked"), *closed)),
        Section(number=7, rows=(Row(term="reviews", mark=Mark.ABSENT, word="none signed"),)),
        Section(number=8, rows=landed_rows((t.stored for t in told), reached.links, oid)),
        recorded_section(tuple(t.stored for t in told), document.committed_at if document else None),
        Section(number=10, rows=view.rows),
        Section(number=11, rows=(*_joined(rows, "not_known"), *_open_questions(told))),
    )
    ordered = sorted((*reached.rows, *reached.linked), key=lambda row: row.predicate_type != SESSION_V1)
    return Answer(
        sentence=sentence(
            Tally(sessions=len(told), declarations=0, reviews=0, independent_reviews=0), view.policy_clause
        ),
        commit=CommitRef(
            oid=oid,
            subject=document.subject if document else None,
            repository=_shown(document.repository) if document else None,
        ),
        verdict=view.verdict,
        sections=sections,
        as_of=as_of,
        sessions=tuple(t.stored.session or "" for t in told),
        attestations=tuple(row.id for row in ordered),
        bundles=tuple(
            BundleRef(
                attestation=row.id,
                predicate_type=row.predicate_type,
                identity=row.identity,
                issuer=row.issuer,
                log_index=row.receipt.index,
            )
            for row in ordered
        ),
    )


def _closed(told: _Told) -> Row:
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


def _who(
    oid: str, document: CommitDocument | None, told: tuple[_Told, ...], rows: list[SessionRows]
) -> tuple[Row, ...]:
    author = (
        Row(
            term="git author",
            text=f"{document.author_name} <{document.author_email}>",
            note="unsigned",
            pointers=(commit(oid),),
            basis=Basis.REPORTED,
        )
        if document
        else not_recorded("git author", "the commit's part cannot be opened")
    )
    runners = tuple(
        Row(
            term="runner",
            text=f"`{t.stored.identity.rpartition('/')[2][:16]}`, a pseudonym of this instance",
            note="self-asserted",
            detail=f"{t.stored.identity}, issuer {t.stored.issuer}",
            pointers=(Pointer(kind=PointerKind.CERTIFICATE, label="certificate", target=t.stored.id),),
            basis=Basis.REPORTED,
        )
        for t in told
    )
    reviewer = Row(term="reviewer", mark=Mark.ABSENT, word="none signed")
    return (author, *runners, *_joined(rows, "who"), *_names(oid, document, told), reviewer)


def _names(oid: str, document: CommitDocument | None, told: tuple[_Told, ...]) -> tuple[Row, ...]:
    """Whether the names around the commit agree, for each session with its own signer and agent."""
    line = f"{document.author_name} <{document.author_email}>" if document else ""
    mark = next((agent for shape, agent in CO_AUTHORS if shape.search(line)), None)
    pairs = dict.fromkeys(
        reconcile(
            Names(
                author_name=document.author_name if document else None,
                author_email=document.author_email if document else None,
                committer_name=document.committer_name if document else None,
                signer=t.stored.identity,
                issuer=t.stored.issuer,
                agent=t.session.source.agent if t.session else None,
                author_mark=mark,
            )
        )
        for t in told
    )
    return tuple(reconciled_row(one, (commit(oid),)) for one in pairs)


def _joined(rows: list[SessionRows], name: str) -> tuple[Row, ...]:
    return tuple(dict.fromkeys(row for one in rows for row in getattr(one, name)))


def _changed(told: tuple[_Told, ...], document: CommitDocument | None) -> Section:
    if document is None:
        return Section(number=4, rows=(not_recorded("hunks", "the commit's part cannot be opened"),))
    files = parse_diff(document.diff)
    # Several sessions may have written one commit: a hunk is explained when any of them explains it.
    changes = tuple(change for t in told if t.session for change in t.session.changes)
    cwd = next((t.session.cwd for t in told if t.session), None)
    section = changed_section(files, explain(files, changes, cwd), document.tree)
    return replace(section, rows=(*section.rows, shares_row(line_shares(files, changes, cwd))))


def _open_questions(told: tuple[_Told, ...]) -> tuple[Row, ...]:
    author = unknown(
        "Whether the runner is the git author",
        "The certificate holds a pseudonym, and the author line of a commit is signed by nobody.",
        "a disclosure of the pseudonym",
    )
    erased = tuple(
        unknown(
            f"What {t.stored.session} holds",
            f"Its parts cannot be opened: {t.why_closed}." if t.kept else f"{NOT_KEPT[0].upper()}{NOT_KEPT[1:]}.",
            "the key ring's backup" if t.kept else "whoever recorded it, if the transcript is still there",
        )
        for t in told
        if t.session is None
    )
    return (*erased, repository_unknown(), author)
