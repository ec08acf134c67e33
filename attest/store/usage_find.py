"""What was recorded in a time, by repository and signer: the ground of usage. It is added up before it leaves the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, select
from sqlmodel import col

from attest.errors import InvalidInput
from attest.ledger.index import KeyKind
from attest.model.usage_rows import NO_REPOSITORY, Used
from attest.store.attestations import ACCESS_LOG, head_as_of, visible
from attest.store.database import reading
from attest.store.tables import AttestationRow, SubjectRow

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from attest.model.scope import AsOf, Scope

MAX_GROUPS: Final = 200_000
"""Pairs of repository and signer read for one answer."""


def used_between(
    engine: Engine, scope: Scope, *, since: int, until: int, as_of: AsOf | None
) -> tuple[AsOf, tuple[Used, ...]]:
    """Give what each signer recorded in each repository from `since` on and before `until`, seconds since the epoch.

    Raises:
        InvalidInput: `search.too-broad`, more pairs than `MAX_GROUPS`.
    """
    # person: added up over five people at least before it leaves the program, see `attest.model.usage_rows`
    repository = func.coalesce(col(SubjectRow.value), NO_REPOSITORY)
    signer = (col(AttestationRow.identity), col(AttestationRow.issuer))
    with reading(engine) as session:
        state = as_of or head_as_of(session, scope)
        query = (
            select(repository, *signer, func.count(), func.count(col(AttestationRow.session).distinct()))
            .select_from(AttestationRow)
            .outerjoin(
                SubjectRow,
                and_(
                    col(SubjectRow.tenant) == AttestationRow.tenant,
                    col(SubjectRow.attestation) == AttestationRow.id,
                    col(SubjectRow.kind) == KeyKind.REPOSITORY.value,
                ),
            )
            .where(*visible(scope), col(AttestationRow.log) != ACCESS_LOG)
            .where(col(AttestationRow.idx) < state.tree_size)
            .where(col(AttestationRow.recorded_at) >= since, col(AttestationRow.recorded_at) < until)
            .group_by(repository, *signer)
            .limit(MAX_GROUPS + 1)
        )
        rows = session.connection().execute(query).all()
    if len(rows) > MAX_GROUPS:
        raise InvalidInput("search.too-broad", "too much to add up", expected="a shorter time")
    return state, tuple(
        Used(repository=name, signer=(identity, issuer), attestations=number, sessions=sessions)
        for name, identity, issuer, number, sessions in rows
    )
