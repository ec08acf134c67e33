"""What the page of a change-set shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from api.pages.links import Link, attestation_href, attestation_page, change_set_href, session_href
from attest.model.change_set import Act
from attest.model.plain_text import printable

if TYPE_CHECKING:
    from attest.model.change_set import ChangeSet, Stated

_WORDS: Final = {Act.BEGIN: "begun with", Act.ADD: "added", Act.TAKE_OUT: "taken out"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One statement."""

    entry: Link
    at: str
    words: str
    sessions: tuple[Link, ...]
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSetView:
    """The page."""

    name: str
    sentence: str
    bundle: Link
    json: str
    sessions: tuple[Link, ...]
    steps: tuple[Step, ...]


def change_set_view(one: ChangeSet) -> ChangeSetView:
    """Give the page of a set."""
    number = len(one.sessions)
    return ChangeSetView(
        name=printable(one.name),
        sentence=f"{number:,} session{'' if number == 1 else 's'} in change-set {printable(one.name)}.",
        bundle=Link(label="Sigstore bundle", href=attestation_href(one.id)),
        json=f"/v1{change_set_href(one.id)}",
        sessions=tuple(map(_session, one.sessions)),
        steps=tuple(map(_step, one.history)),
    )


def _session(name: str) -> Link:
    return Link(label=printable(name), href=session_href(name), code=True)


def _step(one: Stated) -> Step:
    return Step(
        entry=Link(label=f"{one.index:,}", href=attestation_page(one.attestation)),
        at=datetime.fromtimestamp(one.recorded_at, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        words=_WORDS[one.change.act],
        sessions=tuple(map(_session, one.change.sessions)),
        by=printable(one.identity),
    )
