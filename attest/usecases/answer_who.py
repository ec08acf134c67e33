"""Section 1 of an answer: author, runners, agent, reviewers, and whether the names around the commit agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.answer import Row, commit
from attest.model.answer_parts import not_recorded
from attest.model.basis import Basis
from attest.model.pointer import Pointer, PointerKind
from attest.model.reconcile import Names, reconcile, reconciled_row
from attest.usecases.survey import CO_AUTHORS

if TYPE_CHECKING:
    from attest.model.commit_document import CommitDocument
    from attest.usecases.answer_told import Told


def who_rows(
    oid: str,
    document: CommitDocument | None,
    told: tuple[Told, ...],
    *,
    agents: tuple[Row, ...],
    reviewers: tuple[Row, ...],
) -> tuple[Row, ...]:
    """Give the rows in their order; `agents` come from the sessions, `reviewers` from the signed reviews."""
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
            text=signer_words(t.stored.identity),
            note="self-asserted",
            detail=f"{t.stored.identity}, issuer {t.stored.issuer}",
            pointers=(Pointer(kind=PointerKind.CERTIFICATE, label="certificate", target=t.stored.id),),
            basis=Basis.REPORTED,
        )
        for t in told
    )
    return (author, *runners, *agents, *_names(oid, document, told), *reviewers)


def signer_words(identity: str) -> str:
    """Give a certified name as a row says it: a pseudonym by its beginning."""
    return f"`{identity.rpartition('/')[2][:16]}`, a pseudonym of this instance"


def _names(oid: str, document: CommitDocument | None, told: tuple[Told, ...]) -> tuple[Row, ...]:
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
