"""Cosignatures of witnesses on this log's heads: kept as they came, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from attest.ledger.note import encode_vkey
from attest.store.database import reading, writing
from attest.store.tables import CosignatureRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from attest.ledger.cosigned import Cosignature
    from attest.model.scope import Scope


_EARLIEST: Final = 64
"""Cosignatures looked at for the earliest by somebody outside."""
_AT_OR_ABOVE: Final = (
    select(CosignatureRow.at, CosignatureRow.tree_size, CosignatureRow.vkey)
    .where(col(CosignatureRow.tenant) == bindparam("tenant"), col(CosignatureRow.log) == bindparam("log"))
    .where(col(CosignatureRow.tree_size) >= bindparam("size"))
    .order_by(col(CosignatureRow.at), col(CosignatureRow.tree_size))
    .limit(_EARLIEST)
)


def keep_cosignatures(
    engine: Engine, scope: Scope, log: str, *, tree_size: int, cosignatures: Sequence[Cosignature]
) -> None:
    """Keep verified cosignatures on the head of one size; the same one twice changes nothing."""
    alone = f"cosignatures/{scope.tenant}/{log}"
    with writing(engine, alone=alone) as session:
        for one in cosignatures:
            key = (scope.tenant, log, tree_size, encode_vkey(one.key), one.at)
            if session.get(CosignatureRow, key) is None:
                session.add(
                    CosignatureRow(
                        tenant=key[0], log=key[1], tree_size=tree_size, vkey=key[3], at=one.at, line=one.line
                    )
                )


def lines_on(engine: Engine, scope: Scope, log: str, tree_size: int) -> tuple[str, ...]:
    """Give the newest signature line of each witness on the head of one size, in the order of their keys."""
    query = (
        select(CosignatureRow.vkey, CosignatureRow.line)
        .where(CosignatureRow.tenant == scope.tenant, CosignatureRow.log == log)
        .where(CosignatureRow.tree_size == tree_size)
        .order_by(col(CosignatureRow.vkey), col(CosignatureRow.at))
    )
    with reading(engine) as session:
        return tuple(dict(iter(session.exec(query))).values())


def is_noted(engine: Engine, scope: Scope, log: str, tree_size: int, *, bare: str, shown: bytes) -> bool:
    """Say whether what is shown is the log's own note of this size, followed by nothing but lines that are kept for it."""
    query = (
        select(CosignatureRow.line)
        .where(CosignatureRow.tenant == scope.tenant, CosignatureRow.log == log)
        .where(CosignatureRow.tree_size == tree_size)
    )
    with reading(engine) as session:
        kept = {line.encode() for line in session.exec(query)}
    own = bare.encode()
    return shown.startswith(own) and kept.issuperset(shown[len(own) :].splitlines(keepends=True))


def newest_size(engine: Engine, scope: Scope, log: str, *, vkey: str | None = None, up_to: int | None = None) -> int:
    """Give the size of the largest head that anyone, or one witness, cosigned; 0 where there is none."""
    query = select(CosignatureRow.tree_size).where(CosignatureRow.tenant == scope.tenant, CosignatureRow.log == log)
    if vkey is not None:
        query = query.where(CosignatureRow.vkey == vkey)
    if up_to is not None:
        query = query.where(col(CosignatureRow.tree_size) <= up_to)
    with reading(engine) as session:
        return session.exec(query.order_by(col(CosignatureRow.tree_size).desc()).limit(1)).one_or_none() or 0


def newest_of_each(engine: Engine, scope: Scope, log: str) -> tuple[tuple[str, int, int], ...]:
    """Give (vkey, tree size, time) of the newest cosignature of every witness, in the order of their keys."""
    kept = (CosignatureRow.tenant == scope.tenant, CosignatureRow.log == log)
    largest = (
        select(CosignatureRow.vkey, func.max(CosignatureRow.tree_size).label("size"))
        .where(*kept)
        .group_by(col(CosignatureRow.vkey))
        .subquery()
    )
    query = (
        select(CosignatureRow.vkey, CosignatureRow.tree_size, func.max(CosignatureRow.at))
        .where(*kept)
        .where(CosignatureRow.vkey == largest.c.vkey, CosignatureRow.tree_size == largest.c.size)
        .group_by(col(CosignatureRow.vkey), col(CosignatureRow.tree_size))
        .order_by(col(CosignatureRow.vkey))
    )
    with reading(engine) as session:
        return tuple((vkey, size, at) for vkey, size, at in session.exec(query))


def first_at_or_above(engine: Engine, scope: Scope, log: str, tree_size: int) -> tuple[tuple[int, int, str], ...]:
    """Give (time, tree size, vkey) of the earliest cosignatures on heads of at least this size, the earliest first."""
    given = {"tenant": scope.tenant, "log": log, "size": tree_size}
    with reading(engine) as session:
        return tuple(session.exec(_AT_OR_ABOVE, params=given))
