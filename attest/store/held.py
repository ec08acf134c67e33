"""How much is held of what, for a whole tenant: counts alone, no name and no row leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select
from sqlmodel import col

from attest.store.access_tables import AccessRow, CredentialRow, EngagementRow, RoleGrantRow
from attest.store.attestations import ACCESS_LOG
from attest.store.database import reading
from attest.store.search_tables import SearchTouchRow, SearchWordsRow
from attest.store.service_tables import HandedInRow, UploadRow, WebhookRow
from attest.store.tables import ActorRow, AttestationRow, PartRow, SessionRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Engine
    from sqlalchemy.orm import Mapped

    from attest.model.scope import Scope

_TABLES: Final = (
    ("sessions", col(SessionRow.tenant)),
    ("encrypted parts of sessions", col(PartRow.tenant)),
    ("things that sessions touched, in the search index", col(SearchTouchRow.tenant)),
    ("redacted texts in the search index", col(SearchWordsRow.tenant)),
    ("objects handed in", col(HandedInRow.tenant)),
    ("uploads under way", col(UploadRow.tenant)),
    ("addresses that are told of events", col(WebhookRow.tenant)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Counts of one tenant."""

    statements: tuple[tuple[str, int], ...]
    """By predicate type; the access log is not among them."""
    rows: tuple[tuple[str, int], ...]
    """By kind, in words."""
    part_bytes: int
    signers: int
    """Identities that signed: people by pseudonym, and workloads."""
    disclosable: int
    """Pseudonyms whose name is kept, so that it can be disclosed or forgotten."""
    credentials: int
    """Tokens and sign-ins that hold."""
    roles: int
    """Given by name, and not taken back."""
    engagements: int
    """Not ended, whether their time is over or not."""
    accesses: int
    """Records of who read what."""


def held_of(engine: Engine, scope: Scope, now: int) -> Held:
    """Count what is held, as of one state of the database."""
    own = (col(AttestationRow.tenant) == scope.tenant, col(AttestationRow.log) != ACCESS_LOG)
    with reading(engine) as session:
        run = session.connection().execute

        def count(tenant: Mapped[str], *where: ColumnElement[bool]) -> int:
            return int(run(select(func.count()).where(tenant == scope.tenant, *where)).scalar_one())

        kinds = run(
            select(col(AttestationRow.predicate_type), func.count())
            .where(*own)
            .group_by(col(AttestationRow.predicate_type))
            .order_by(col(AttestationRow.predicate_type))
        ).all()
        signers = select(col(AttestationRow.identity)).where(*own).distinct().subquery()
        size = run(select(func.coalesce(func.sum(col(PartRow.size)), 0)).where(col(PartRow.tenant) == scope.tenant))
        return Held(
            statements=tuple((str(kind), int(number)) for kind, number in kinds),
            rows=tuple((name, count(tenant)) for name, tenant in _TABLES),
            part_bytes=int(size.scalar_one()),
            signers=int(run(select(func.count()).select_from(signers)).scalar_one()),
            disclosable=count(col(ActorRow.tenant)),
            credentials=count(
                col(CredentialRow.tenant), col(CredentialRow.revoked_at).is_(None), col(CredentialRow.expires_at) > now
            ),
            roles=count(col(RoleGrantRow.tenant), col(RoleGrantRow.revoked_at).is_(None)),
            engagements=count(col(EngagementRow.tenant), col(EngagementRow.revoked_at).is_(None)),
            accesses=count(col(AccessRow.tenant)),
        )
