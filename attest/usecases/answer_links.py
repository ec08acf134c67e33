"""Section 8 of an answer: how the commit landed, by which links, each with its kind, its confidence and whose word it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.model.answer import Row, attestation, commit
from attest.model.answer_parts import not_recorded
from attest.model.basis import Basis
from attest.model.link import LinkKind, Relation
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.link import Link
    from attest.store.attestations import StoredAttestation

SIGNED: Final = "the signer’s word"
_OF_SESSIONS: Final = {
    "asserted": "asserted: the recorder named this commit",
    "recorded": "recorded: a hook saw this commit being made while the session was at work",
}
_WORDS: Final = {
    LinkKind.RECORDED: "recorded: a hook saw this commit being made while the session was at work",
    LinkKind.ASSERTED: "asserted: named after the recording",
    LinkKind.DECLARED: "declared: a trailer, or another tool’s checkpoint, names it",
    LinkKind.OBSERVED: "observed: the commit’s id stands in the transcript",
    LinkKind.REWRITTEN: "rewritten",
    LinkKind.CONTENT: "content: lines agree, and nothing else ties them",
    LinkKind.NOTES: "notes: another tool’s note on the commit names it",
}


def landed_rows(stored: Iterable[StoredAttestation], links: Iterable[Link], oid: str, verdict: Row) -> tuple[Row, ...]:
    """Give the rows: links by session statements, then logged links, then the change and the verdict that stood."""
    return (
        *(_of_session(row, oid) for row in stored if row.predicate_type == SESSION_V1 and _names(row, oid)),
        *(_of_link(link) for link in links),
        not_recorded("change", "no forge is connected, so the pull request is not known"),
        verdict,
    )


def _of_session(stored: StoredAttestation, oid: str) -> Row:
    return Row(
        term="link",
        text=_OF_SESSIONS[_names(stored, oid) or "asserted"],
        note=SIGNED,
        pointers=(attestation(stored.id),),
        basis=Basis.REPORTED,
    )


def _of_link(link: Link) -> Row:
    text = _WORDS[link.kind]
    if link.derived_from:
        text += " from " + ", ".join(oid[:12] for oid in link.derived_from[:4])
    if link.relation is Relation.REVERTS:
        text = f"takes back {', '.join(oid[:12] for oid in link.derived_from[:4])}, never credited as its work"
    score = link.overlap.score if link.overlap else None
    share = "" if score is None else f"; {score:.0%} of its added lines were written in the session"
    return Row(
        term="link",
        text=f"{text}: {link.confidence.value}, by {link.method}{share}",
        note=SIGNED,
        detail=f"session {link.session.name}",
        pointers=(*((attestation(link.attestation),) if link.attestation else ()), *map(commit, link.derived_from[:4])),
        basis=Basis.REPORTED,
    )


def _names(stored: StoredAttestation, oid: str) -> str | None:
    """Give how a session's own statement names a commit; None where it does not."""
    commits = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate.get("commits")
    for row in commits if isinstance(commits, list) else []:
        if isinstance(row, dict) and row.get("oid") == oid:
            return "recorded" if row.get("link") == "recorded" else "asserted"
    return None
