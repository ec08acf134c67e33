"""The answer for a commit, composed from what is logged: eleven sections in one order, the same for every reader.

1. list      every attestation that the log's index has for the commit, proved complete at one head
2. open      the newest capture of each session: its documents and what the clone said of the commit
3. verify    the evidence, against a clone when one is at hand
4. compose   the sections; what nobody recorded says so

Superseded captures stay in the list of attestations; the sections speak of the newest capture of each session.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.errors import AttestError, CannotVerify
from attest.ledger.index import KeyKind
from attest.model.answer import Answer, AsOf, BundleRef, CommitRef, Mark, Row, Section, attestation, commit
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
from attest.model.diff import parse_diff
from attest.model.explain import explain
from attest.model.not_known import repository_unknown, unknown
from attest.model.pointer import Pointer, PointerKind
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.usecases.answer_evidence import EvidenceView, evidence_of
from attest.usecases.answer_times import recorded_section
from attest.usecases.commit_context import MAX_DIFF_BYTES, repository_name
from attest.usecases.complete import complete_rows
from attest.usecases.read_parts import commit_document_of, session_of

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.answer_sections import SessionRows
    from attest.model.commit_document import CommitDocument
    from attest.model.session import Session
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

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


def answer_for(instance: Instance, oid: str, repository: Repository | None = None) -> Answer:
    """Give the answer for a full commit id; a commit that nobody recorded gets the same answer, "not recorded".

    With a clone at hand the evidence is compared with it; without one the verdict is indeterminate, and says why.

    Raises:
        NotVerified: the index does not give what the log committed to: no list can be relied on.
    """
    complete = complete_rows(instance, KeyKind.GIT_COMMIT, oid)  # 1
    listed = attestations.about(instance.engine, instance.scope, KeyKind.GIT_COMMIT.value, oid)
    as_of = AsOf(log=listed.as_of.log, tree_size=complete.state.tree_size, root=complete.state.root.hex())
    told = tuple(_open(instance, stored, oid) for stored in _newest_captures(listed.rows))  # 2
    view = evidence_of(instance, oid, repository, complete=len(complete.rows), listed=len(listed.rows))  # 3
    if not told:
        return _nothing(oid, repository, view, as_of)
    return _compose(oid, told, view, as_of=as_of, listed=listed.rows)  # 4


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
        return _Told(stored=stored, session=None, document=None, why_closed=err.what)


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


def _compose(
    oid: str, told: tuple[_Told, ...], view: EvidenceView, *, as_of: AsOf, listed: tuple[StoredAttestation, ...]
) -> Answer:
    document = next((t.document for t in told if t.document), None)
    rows = [sections_from_session(t.session, t.stored.session or "") for t in told if t.session]
    closed = tuple(not_recorded("session", f"{t.stored.session}: {t.why_closed}") for t in told if t.session is None)
    sections = (
        Section(number=1, rows=_who(oid, document, told, rows)),
        Section(number=2, rows=(*_joined(rows, "asked"), *closed)),
        Section(number=3, rows=(*_joined(rows, "decided"), *closed)),
        _changed(told, document),
        Section(number=5, rows=(*_joined(rows, "reached"), *closed)),
        Section(number=6, rows=(*_joined(rows, "checked"), *closed)),
        Section(number=7, rows=(Row(term="reviews", mark=Mark.ABSENT, word="none signed"),)),
        Section(number=8, rows=_landed(told, oid)),
        recorded_section(tuple(t.stored for t in told), document.committed_at if document else None),
        Section(number=10, rows=view.rows),
        Section(number=11, rows=(*_joined(rows, "not_known"), *_open_questions(told))),
    )
    ordered = sorted(listed, key=lambda row: row.predicate_type != SESSION_V1)
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
    return (author, *runners, *_joined(rows, "who"), reviewer)


def _joined(rows: list[SessionRows], name: str) -> tuple[Row, ...]:
    return tuple(dict.fromkeys(row for one in rows for row in getattr(one, name)))


def _changed(told: tuple[_Told, ...], document: CommitDocument | None) -> Section:
    if document is None:
        return Section(number=4, rows=(not_recorded("hunks", "the commit's part cannot be opened"),))
    files = parse_diff(document.diff)
    # Several sessions may have written one commit: a hunk is explained when any of them explains it.
    changes = tuple(change for t in told if t.session for change in t.session.changes)
    cwd = next((t.session.cwd for t in told if t.session), None)
    return changed_section(files, explain(files, changes, cwd), document.tree)


def _landed(told: tuple[_Told, ...], oid: str) -> tuple[Row, ...]:
    links = tuple(
        Row(
            term="link",
            text=_LINK_WORDS[_link_of(t.stored, oid)],
            note="the signer’s word",
            pointers=(attestation(t.stored.id),),
            basis=Basis.REPORTED,
        )
        for t in told
    )
    return (
        *links,
        not_recorded("change", "no forge is connected, so the pull request is not known"),
        not_recorded("verdict then", "no verdict was logged when it landed"),
    )


_LINK_WORDS = {
    "asserted": "asserted: the recorder named this commit",
    "recorded": "recorded: a hook saw this commit being made while the session was at work",
}


def _link_of(stored: StoredAttestation, oid: str) -> str:
    commits = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate.get("commits")
    for row in commits if isinstance(commits, list) else []:
        if isinstance(row, dict) and row.get("oid") == oid and row.get("link") == "recorded":
            return "recorded"
    return "asserted"


def _open_questions(told: tuple[_Told, ...]) -> tuple[Row, ...]:
    author = unknown(
        "Whether the runner is the git author",
        "The certificate holds a pseudonym, and the author line of a commit is signed by nobody.",
        "a disclosure of the pseudonym",
    )
    erased = tuple(
        unknown(
            f"What {t.stored.session} holds", f"Its parts cannot be opened: {t.why_closed}.", "the key ring's backup"
        )
        for t in told
        if t.session is None
    )
    return (*erased, repository_unknown(), author)
