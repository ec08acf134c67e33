"""The rows of a segment as the database has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from attest.ledger.index import Segment
from attest.store.tables import IndexRow

if TYPE_CHECKING:
    from sqlmodel import Session


def read_segment(session: Session, place: tuple[str, str], span: tuple[int, int]) -> Segment:
    """Read the rows of a range from the database; whether they give a root is for the caller to compare.

    Raises:
        Refused: `ledger.corrupt`, they are no rows of that range.
    """
    tenant, log = place
    first, end = span
    query = (
        select(IndexRow.key, IndexRow.idx, IndexRow.payload_hash)
        .where(IndexRow.tenant == tenant, IndexRow.log == log)
        .where(col(IndexRow.idx) >= first, col(IndexRow.idx) < end)
    )
    rows = sorted(key + index.to_bytes(8, "big") + digest for key, index, digest in session.exec(query))
    return Segment.decode(first, end, b"".join(rows))
