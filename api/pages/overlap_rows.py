"""Overlaps as rows of the session page: who landed on the same paths, what was read before it changed, what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.model.answer import Mark, Row
from attest.model.basis import Basis
from attest.model.pointer import Pointer, PointerKind

if TYPE_CHECKING:
    from attest.model.session_overlap import OverlapRow, Overlaps

MAX_SHOWN: Final = 20


def overlap_rows(found: Overlaps) -> tuple[Row, ...]:
    """Give the rows; nothing where nothing overlaps and every recording since could be looked at."""
    rows = [_row("same path", one, "") for one in found.rows[:MAX_SHOWN]]
    rows += [
        _row("changed after it was read", one.changed_by, f"read at {one.read_at or 'a time that is not known'}")
        for one in found.stale[:MAX_SHOWN]
    ]
    left = len(found.rows[MAX_SHOWN:]) + len(found.stale[MAX_SHOWN:])
    if left or found.more:
        rows.append(Row(term="more", text=f"{left:,} more{', and those beyond the limit' if found.more else ''}"))
    if found.unknown:
        text = f"{found.unknown:,} recordings since whose paths are not known here"
        rows.append(Row(term="not looked at", mark=Mark.NOT_KNOWN, text=text, basis=Basis.UNKNOWN))
    return tuple(rows)


def _row(term: str, one: OverlapRow, note: str) -> Row:
    commits = f", commit `{one.commits[0][:12]}`" if one.commits else ""
    pointer = Pointer(kind=PointerKind.SESSION, label=one.session, target=one.session, session=one.session)
    text = f"`{one.path[:200]}` by session `{one.session}`{commits}"
    return Row(term=term, text=text, note=note, pointers=(pointer,), basis=Basis.OBSERVED)
