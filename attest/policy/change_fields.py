"""What change control asks to be written down of each change, linked to evidence or listed as missing (PCI DSS 6.5.1).

A link says where a record is, not that it suffices. A trailer of a commit's message is its author's word. Nobody is named:
a link leads to a statement, and who signed it stands in its certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIELDS: Final = (
    "requested-by",
    "reason",
    "security-impact",
    "approved-by",
    "tested",
    "secure-coding-tested",
    "back-out",
)
TRAILERS: Final[dict[str, frozenset[str]]] = {
    "requested-by": frozenset({"requested-by", "ticket", "issue", "closes", "fixes", "refs"}),
    "reason": frozenset({"reason"}),
    "security-impact": frozenset({"security-impact", "impact"}),
    "secure-coding-tested": frozenset({"security-test", "security-tested"}),
    "back-out": frozenset({"back-out", "backout", "rollback"}),
}
"""Keys of trailers that are taken as a hint to a record elsewhere, lower case."""
SETTLE: Final = {
    "requested-by": "a ticket, named in a `Ticket:` trailer",
    "reason": "a recorded session with its intent, or a signed declaration",
    "security-impact": "an assessment, named in a `Security-Impact:` trailer",
    "approved-by": "a signed review that approves",
    "tested": "a recorded session with a check that passed",
    "secure-coding-tested": "a test against 6.2.4, named in a `Security-Test:` trailer, or a check of kind `scan`",
    "back-out": "a way back, named in a `Back-Out:` trailer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEvidence:
    """What is logged of the commits of one change, by attestation, and the trailers of their messages."""

    sessions: tuple[str, ...] = ()
    declarations: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    """Reviews whose decision is to approve."""
    tests: tuple[str, ...] = ()
    """Sessions with a check that passed, of kind test, lint, type or build."""
    scans: tuple[str, ...] = ()
    """Sessions with a scan that passed."""
    trailers: tuple[tuple[str, str], ...] = ()
    """(key in lower case, oid of the commit that has it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeField:
    """One thing that is asked for."""

    name: str
    links: tuple[str, ...]
    """`att_…`, or `<oid>#<trailer>`; empty: missing."""
    settle: str
    """What would settle it; empty where something is linked."""

    @property
    def missing(self) -> bool:
        """Whether nothing is linked."""
        return not self.links


def change_fields(evidence: ChangeEvidence) -> tuple[ChangeField, ...]:
    """Give every field in the order of `FIELDS`."""
    linked: Mapping[str, Sequence[str]] = {
        "reason": (*evidence.sessions, *evidence.declarations),
        "approved-by": evidence.approvals,
        "tested": evidence.tests,
        "secure-coding-tested": evidence.scans,
    }
    found = []
    for name in FIELDS:
        keys = TRAILERS.get(name, frozenset())
        hints = [f"{oid}#{key}" for key, oid in evidence.trailers if key in keys]
        links = tuple(dict.fromkeys((*linked.get(name, ()), *hints)))
        found.append(ChangeField(name=name, links=links, settle="" if links else SETTLE[name]))
    return tuple(found)
