"""What the page of one attestation shows: what it says of what, who signed it, where it is, and its five proof lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.pages.links import Link, attestation_href, commit_href, population_href, session_href
from attest.model.answer import PROOF_LINES
from attest.model.plain_text import printable
from attest.model.population import population_id
from attest.model.population_predicate import POPULATION_V1

if TYPE_CHECKING:
    from api.pages.answer_view import BrowserCheck
    from attest.model.statement import Statement

SHOWN_SUBJECTS = 40
"""Subjects on the page; all are in the statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """One stored attestation, read."""

    id: str
    session: str
    predicate_type: str
    identity: str
    issuer: str
    index: int
    recorded_at: str
    statement: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectView:
    """One thing that the statement is about."""

    name: str
    digest: str
    commit: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationView:
    """The page, ready to print."""

    id: str
    kind: str
    predicate_type: str
    identity: str
    issuer: str
    index: str
    recorded_at: str
    subjects: tuple[SubjectView, ...]
    more: int
    elsewhere: tuple[Link, ...]
    proof: tuple[str, ...]
    check: BrowserCheck


def attestation_view(source: Attested, check: BrowserCheck) -> AttestationView:
    """Give the page of one attestation."""
    subjects = source.statement.subjects
    named = (
        Link(label="Session", href=session_href(source.session)),
        Link(
            label="Population",
            href=population_href(population_id(source.id)) if source.predicate_type == POPULATION_V1 else "",
        ),
        Link(label="Signed statement", href=attestation_href(source.id)),
        Link(label="Sigstore bundle", href=f"{attestation_href(source.id)}/bundle"),
        Link(label="Log entry", href=f"/v1/entries/{source.index}"),
    )
    return AttestationView(
        id=source.id,
        kind=printable(source.predicate_type.rstrip("/").removeprefix("https://whereof.dev/attestation/")),
        predicate_type=printable(source.predicate_type),
        identity=printable(source.identity),
        issuer=printable(source.issuer),
        index=f"{source.index:,}",
        recorded_at=source.recorded_at,
        subjects=tuple(
            SubjectView(
                name=printable(one.name or ""),
                digest=printable(one.sha256 or ""),
                commit=Link(label=(one.git_commit or "")[:12], href=commit_href(one.git_commit or "")),
            )
            for one in subjects[:SHOWN_SUBJECTS]
        ),
        more=max(0, len(subjects) - SHOWN_SUBJECTS),
        elsewhere=tuple(one for one in named if one.href),
        proof=PROOF_LINES,
        check=check,
    )
