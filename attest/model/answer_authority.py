"""Section 5 of the answer from permissions, scope and file sets: who let through, for how long, what was never used."""

from __future__ import annotations

from typing import Final

from attest.model.answer import Mark, Row
from attest.model.answer_rows import MAX_SHOWN, Places, plural, some
from attest.model.basis import Basis
from attest.model.course import Stray, StrayKind
from attest.model.file_sets import FileSets
from attest.model.permissions import Approvals, ExcessKind, GrantSpan, GrantUse, Permissions, Use

_TIMED: Final = frozenset({"permission-mode", "sandbox", "network", "permission-profile", "approvals-reviewer"})
"""Grants whose duration is told; of the others only what was never used."""
_KINDS: Final = {
    ExcessKind.TOOL: "tools",
    ExcessKind.NETWORK: "network",
    ExcessKind.DIRECTORY: "directory",
    ExcessKind.WRITE_OUTSIDE: "full access",
    ExcessKind.BYPASS: "no questions asked",
}


def permission_rows(found: Permissions, places: Places) -> tuple[Row, ...]:
    """Give the rows on authority by time and use, approvals, and what was made visible."""
    rows: list[Row] = []
    spans = [span for span in found.timeline if span.kind in _TIMED]
    if spans:
        pointers = places.of(*(span.evidence[0] for span in spans if span.evidence))
        text = some(_span(span) for span in spans)
        rows.append(Row(term="held", text=text, pointers=pointers, basis=Basis.OBSERVED))
    rows += _uses(found.uses, places)
    rows.append(_approvals(found.approvals, places))
    if found.visible:
        pointers = places.of(*(one.evidence[0] for one in found.visible))
        text = f"{len(found.visible):,} beyond the work tree: " + some(
            f"{one.kind} `{one.path}`" for one in found.visible
        )
        rows.append(Row(term="visible", text=text, pointers=pointers, basis=Basis.INFERRED))
    return tuple(rows)


def file_rows(found: FileSets, places: Places) -> tuple[Row, ...]:
    """Give the row on files read against files written."""
    text = (
        f"{found.read:,} read, {found.written:,} written ({found.created:,} of them made here), "
        f"{found.read_not_written:,} read and not written"
    )
    rows = [Row(term="files", text=text, basis=found.basis)]
    if found.unseen_count:
        pointers = places.of(*(one.evidence[0] for one in found.unseen))
        names = some(f"`{one.path}`" for one in found.unseen)
        text = f"{found.unseen_count:,} changed, and not known to be read before: {names}"
        rows.append(Row(term="", text=text, pointers=pointers, basis=Basis.INFERRED))
    return tuple(rows)


def stray_rows(found: tuple[Stray, ...], places: Places) -> tuple[Row, ...]:
    """Give the row on edits outside what was asked; those outside the work tree have their own row already."""
    asked = [one for one in found if one.kind is StrayKind.OUTSIDE_ASKED]
    if not asked:
        return ()
    pointers = places.of(*(one.evidence[-1] for one in asked))
    names = some(f"`{path}`" for path in dict.fromkeys(one.path for one in asked))
    text = f"Edited beside what a person had limited the work to: {names}"
    return (Row(term="out of scope", text=text, pointers=pointers, basis=asked[0].basis),)


def _span(span: GrantSpan) -> str:
    return f"{span.kind} `{span.value}` {_duration(span.seconds)}"


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return "for a time not known"
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes:,} min" if minutes < 120 else f"{minutes // 60:,} h {minutes % 60} min"


def _uses(uses: tuple[GrantUse, ...], places: Places) -> list[Row]:
    if not uses:
        return []
    idle = [one for one in uses if one.use is Use.UNUSED]
    open_ = [one for one in uses if one.use is Use.UNKNOWN]
    names = some(f"{_KINDS[one.kind]} `{one.value}`" for one in idle)
    text = f"Granted and not known to be used: {names}" if idle else "0 granted without a use"
    pointers = places.of(*(one.evidence[0] for one in idle if one.evidence))
    rows = [Row(term="excess", text=text, pointers=pointers, basis=Basis.INFERRED)]
    if open_:
        names = some(f"{_KINDS[one.kind]} `{one.value}`" for one in open_[:MAX_SHOWN])
        text = f"Whether it was used: {names}"
        rows.append(Row(term="", mark=Mark.NOT_KNOWN, text=text, basis=Basis.UNKNOWN))
    return rows


def _approvals(found: Approvals, places: Places) -> Row:
    calls = found.auto + found.human + found.human_refused + found.sandbox + found.unknown
    parts = (
        (found.auto, "decided by the mode, a rule or a hook"),
        (found.sandbox, "in a sandbox that asks nobody"),
        (found.human, "let through by a person"),
        (found.human_refused, "refused by a person"),
        (found.unknown, "not known by whom"),
    )
    words = ", ".join(f"{count:,} {words}" for count, words in parts if count)
    fast, longest = min(found.seconds, default=0), max(found.seconds, default=0)
    times = f"{fast:,} s" if fast == longest else f"{fast:,} to {longest:,} s"
    slow = f", {times} from request to decision" if found.seconds else ""
    text = f"{plural(calls, 'call')}: {words}{slow}" if calls else "0 calls"
    return Row(term="approvals", text=text, pointers=places.of(*found.evidence), basis=found.basis)
