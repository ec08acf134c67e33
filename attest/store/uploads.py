"""Uploads that resume: blocks of bytes in their order, kept until they are whole; and which objects a tenant handed in.

Blocks stand in the database, so that any process of a service takes the next one, and how many bytes are here is exactly
what is here. An upload that is not ended in a day is thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import col, delete, func, select

from attest.errors import Absent, Conflict, InvalidInput, Refused
from attest.store.database import reading, writing
from attest.store.service_tables import HandedInRow, UploadBlockRow, UploadRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Engine
    from sqlmodel import Session

    from attest.model.scope import Scope

KEPT_S: Final = 24 * 3600
_ASKED: Final = 500
"""Names in one query."""
MAX_UPLOADS: Final = 100
"""Of one tenant, at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Bytes that are on their way."""

    id: str
    sha256: str
    size: int
    taken: int
    """So many are here, from the first on."""
    by: str
    expires_at: int


def begin_upload(engine: Engine, scope: Scope, upload: Upload, *, now: int) -> Upload:
    """Keep a new upload; gives the one that the same caller began of the same bytes, where there is one.

    Raises:
        Refused: `service.too-many`, the tenant has 100.
    """
    with writing(engine, alone=f"uploads/{scope.tenant}") as session:
        _throw_away(session, scope, now)
        mine = select(UploadRow).where(
            UploadRow.tenant == scope.tenant, UploadRow.sha256 == upload.sha256, UploadRow.by == upload.by
        )
        row = session.exec(mine.where(UploadRow.size == upload.size)).first()
        if row is not None:
            return _upload(row)
        number = session.exec(select(func.count()).select_from(UploadRow).where(UploadRow.tenant == scope.tenant)).one()
        if number >= MAX_UPLOADS:
            raise Refused("service.too-many", "uploads of one tenant", expected=f"<= {MAX_UPLOADS}")
        session.add(
            UploadRow(
                tenant=scope.tenant,
                id=upload.id,
                sha256=upload.sha256,
                size=upload.size,
                taken=0,
                by=upload.by,
                expires_at=upload.expires_at,
            )
        )
    return upload


def upload_of(engine: Engine, scope: Scope, name: str, *, by: str, now: int) -> Upload:
    """Give an upload that the caller began.

    Raises:
        Absent: `service.not-found`, there is none, it is somebody else's, or it was begun too long ago.
    """
    with reading(engine) as session:
        return _upload(_row(session, scope, name, by=by, now=now))


def take_block(engine: Engine, scope: Scope, upload: Upload, data: bytes, *, at: int) -> Upload:
    """Keep the next bytes of an upload.

    Raises:
        Absent: `service.not-found`, it is gone.
        Conflict: `service.offset`, it does not stand at `at`.
        InvalidInput: `input.too-large`, more than were announced.
    """
    with writing(engine, alone=f"upload/{scope.tenant}/{upload.id}") as session:
        row = _row(session, scope, upload.id, by=upload.by, now=0)
        if row.taken != at:
            raise Conflict("service.offset", expected=str(row.taken), got=str(at), where="Upload-Offset")
        if at + len(data) > row.size:
            raise InvalidInput("input.too-large", "more than was announced", expected=f"<= {row.size - at} bytes")
        if data:
            session.add(UploadBlockRow(tenant=scope.tenant, upload=upload.id, at=at, data=data))
            row.taken += len(data)
        return _upload(row)


def bytes_of(engine: Engine, scope: Scope, upload: Upload) -> bytes:
    """Give all bytes of an upload that are here."""
    with reading(engine) as session:
        query = select(UploadBlockRow.data).where(
            UploadBlockRow.tenant == scope.tenant, UploadBlockRow.upload == upload.id
        )
        blocks = session.exec(query.order_by(col(UploadBlockRow.at))).all()
    return b"".join(blocks)


def end_upload(engine: Engine, scope: Scope, upload: Upload) -> None:
    """Throw an upload and its bytes away; one that is gone is fine."""
    with writing(engine, alone=f"upload/{scope.tenant}/{upload.id}") as session:
        _drop(session, scope, upload.id)


def handed_in(engine: Engine, scope: Scope, sha256: str) -> int | None:
    """Give the size of an object that this tenant handed in; None where it did not."""
    with reading(engine) as session:
        row = session.get(HandedInRow, (scope.tenant, sha256))
        return row.size if row else None


def sizes_handed_in(engine: Engine, scope: Scope, sha256s: Sequence[str]) -> dict[str, int]:
    """Give the sizes of those objects that this tenant handed in."""
    found: dict[str, int] = {}
    with reading(engine) as session:
        for at in range(0, len(sha256s), _ASKED):
            some = col(HandedInRow.sha256).in_(sha256s[at : at + _ASKED])
            query = select(HandedInRow.sha256, HandedInRow.size).where(HandedInRow.tenant == scope.tenant, some)
            found.update(session.exec(query).all())
    return found


def require_room(engine: Engine, scope: Scope, size: int, *, most: int) -> None:
    """Let a tenant hand in so many bytes more; two who ask at once may both be let in.

    Raises:
        Refused: `service.too-many`, all objects of the tenant together would be larger than `most` bytes.
    """
    with reading(engine) as session:
        total = select(func.coalesce(func.sum(HandedInRow.size), 0)).where(HandedInRow.tenant == scope.tenant)
        if int(session.exec(total).one()) + size > most:
            raise Refused("service.too-many", "bytes of all objects of one tenant", expected=f"<= {most}")


def note_handed_in(engine: Engine, scope: Scope, sha256: str, size: int, *, now: int) -> bool:
    """Note that this tenant handed an object in, which is in the store already; False where it had before."""
    with writing(engine, alone=f"handed-in/{scope.tenant}/{sha256}") as session:
        if session.get(HandedInRow, (scope.tenant, sha256)) is not None:
            return False
        session.add(HandedInRow(tenant=scope.tenant, sha256=sha256, size=size, created_at=now))
    return True


def forget_handed_in(engine: Engine, scope: Scope, sha256s: Iterable[str]) -> None:
    """Note that objects are gone that this tenant handed in; those that it did not are passed over."""
    with writing(engine) as session:
        for sha256 in sha256s:
            row = session.get(HandedInRow, (scope.tenant, sha256))
            if row is not None:
                session.delete(row)


def _row(session: Session, scope: Scope, name: str, *, by: str, now: int) -> UploadRow:
    row = session.get(UploadRow, (scope.tenant, name))
    if row is None or row.by != by or row.expires_at <= now:
        raise Absent("service.not-found")
    return row


def _throw_away(session: Session, scope: Scope, now: int) -> None:
    old = select(UploadRow.id).where(UploadRow.tenant == scope.tenant, UploadRow.expires_at <= now)
    for name in session.exec(old).all():
        _drop(session, scope, name)


def _drop(session: Session, scope: Scope, name: str) -> None:
    blocks = delete(UploadBlockRow).where(
        col(UploadBlockRow.tenant) == scope.tenant, col(UploadBlockRow.upload) == name
    )
    session.exec(blocks)
    session.exec(delete(UploadRow).where(col(UploadRow.tenant) == scope.tenant, col(UploadRow.id) == name))


def _upload(row: UploadRow) -> Upload:
    return Upload(id=row.id, sha256=row.sha256, size=row.size, taken=row.taken, by=row.by, expires_at=row.expires_at)
