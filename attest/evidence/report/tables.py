"""The tables of a report: every row names where in the log its evidence is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.evidence.report.document import Table, shown
from attest.evidence.report.wording import day, index, indices, moment

if TYPE_CHECKING:
    from attest.evidence.report.facts import Change, ReportFacts, SessionFact

_DETAIL: Final = 160
"""Characters of why a check does not hold."""
_OID: Final = 12


def not_passing(facts: ReportFacts, *, most: int | None = None) -> Table:
    """Give the changes that do not pass, gravest reason first; `most` of them, or all."""
    failing = facts.failing
    rows = tuple(_failing(one, facts) for one in failing[:most])
    left = len(failing) - len(rows)
    more = f", the first {len(rows):,} of {len(failing):,}" if left else ""
    return Table(
        title=f"Changes that do not pass{more}",
        columns=("commit", "subject", "verdict", "rule and check", "why", "log entries"),
        rows=rows,
        code=frozenset((0,)),
        empty="Every change passes.",
    )


def _failing(one: Change, facts: ReportFacts) -> tuple[str, ...]:
    first = one.reasons[0] if one.reasons else None
    more = f", and {len(one.reasons) - 1} more" if len(one.reasons) > 1 else ""
    return (
        one.oid[:_OID],
        shown(_cut(one.subject, 60)),
        one.verdict,
        shown(f"{first.rule}: {first.check}{more}") if first else "not known",
        shown(_cut(first.detail, _DETAIL)) if first else "not known",
        indices(one.log_indices, facts.head.tree_size if facts.head else None),
    )


def changes(facts: ReportFacts, *, most: int | None = None) -> Table:
    """Give every change, newest first; `most` of them, or all."""
    size = facts.head.tree_size if facts.head else None
    listed = facts.changes[:most]
    left = len(facts.changes) - len(listed)
    return Table(
        title=f"Changes, the newest {len(listed):,} of {len(facts.changes):,}" if left else "Every change",
        columns=("commit", "day", "subject", "tier", "state", "verdict", "log entries"),
        rows=tuple(
            (
                one.oid[:_OID],
                day(one.committed_at),
                shown(_cut(one.subject, 60)),
                shown(one.tier or "none"),
                one.state,
                one.verdict,
                indices(one.log_indices, size),
            )
            for one in listed
        ),
        code=frozenset((0,)),
    )


def landings(facts: ReportFacts) -> Table:
    """Give what stood when changes landed: a row for each step of the default branch, and for each change on none."""
    grouped: dict[str, list[Change]] = {}
    for one in facts.changes:
        if one.landing is not None:
            grouped.setdefault(one.landing.step or one.oid, []).append(one)
    size = facts.head.tree_size if facts.head else None
    return Table(
        title="What stood when changes landed",
        columns=(
            "step, or change",
            "landed (UTC, by its committer)",
            "changes",
            "stood",
            "mode then",
            "why",
            "log entries",
        ),
        rows=tuple(_landing(key, given, size) for key, given in grouped.items()),
        numbers=frozenset((2,)),
        code=frozenset((0,)),
        empty="Not known: no log was asked.",
    )


def _landing(key: str, given: list[Change], size: int | None) -> tuple[str, ...]:
    one = given[0].landing
    if one is None:  # only landed changes are grouped
        return ("not known",) * 7
    stood = {"passed": "pass", "against-verdict": one.verdict}.get(one.outcome, one.outcome.replace("-", " "))
    mode = {"none": "no policy file", "not-known": "not known", "": "not known"}.get(one.mode, one.mode)
    entries = indices((at for at, _ in one.entries), size)
    return (key[:_OID], moment(one.at)[:16], f"{len(given):,}", stood, mode, one.why, entries)


def sessions(facts: ReportFacts) -> Table:
    """Give every session with what its statement counts."""
    return Table(
        title="Sessions",
        columns=("session", "agent", "capture", "plans", "overrides", "rejected paths", "log entry"),
        rows=tuple(
            (
                one.session,
                shown(one.agent),
                one.source,
                _count(one, "plans"),
                _count(one, "overrides"),
                _count(one, "rejectedPaths"),
                index(one.entry.log_index),
            )
            for one in facts.sessions
        ),
        numbers=frozenset((3, 4, 5)),
        code=frozenset((0,)),
        empty="No session is on record for these changes.",
    )


def reviews(facts: ReportFacts) -> Table:
    """Give every verified review of a change."""
    return Table(
        title="Reviews",
        columns=("commit", "decision", "of", "stands", "independent of the runner", "log entry"),
        rows=tuple(
            (change.oid[:_OID], one.decision, one.meaning, one.standing, one.independent, index(one.entry.log_index))
            for change in facts.changes
            for one in change.reviews
        ),
        code=frozenset((0,)),
        empty="No review is signed.",
    )


def exceptions(facts: ReportFacts) -> Table:
    """Give every signed exception."""
    return Table(
        title="Exceptions",
        columns=("rules", "reason", "granted", "expires", "changes here", "log entry"),
        rows=tuple(
            (
                shown(", ".join(one.rules)),
                one.reason,
                one.granted_at[:10],
                one.expires_at[:10] + (" (expired)" if one.expired else ""),
                f"{one.commits:,}",
                index(one.entry.log_index),
            )
            for one in facts.exceptions
        ),
        numbers=frozenset((4,)),
        empty="No exception is signed.",
    )


def gaps(facts: ReportFacts) -> Table:
    """Give every logged gap of capture."""
    return Table(
        title="Gaps of capture",
        columns=("kind", "from", "until", "count", "basis", "log entry"),
        rows=tuple(
            (
                one.kind,
                one.start[:19],
                one.until[:19] or "lasts",
                f"{one.count:,}",
                one.basis,
                index(one.entry.log_index),
            )
            for one in facts.gaps or ()
        ),
        numbers=frozenset((3,)),
        empty="Not known: no log was asked." if facts.gaps is None else "No gap is on record.",
    )


def entries(facts: ReportFacts) -> Table:
    """Give everything that was judged, by log index."""
    seen = {one.attestation: one for change in facts.changes for one in change.entries}
    ordered = sorted(seen.values(), key=lambda one: (one.log_index is None, one.log_index or 0, one.attestation))
    return Table(
        title="Evidence that was judged",
        columns=("log entry", "kind", "attestation", "verdict", "signed (UTC)"),
        rows=tuple(
            (index(one.log_index), one.kind, one.attestation, one.verdict, moment(one.signed_at)) for one in ordered
        ),
        code=frozenset((2,)),
        empty="No evidence was found.",
    )


def not_checked(facts: ReportFacts) -> Table:
    """Give what the gate did not check, in its words."""
    return Table(
        title="Not checked", columns=("what was not checked",), rows=tuple((one,) for one in facts.not_checked)
    )


def evidence_terms(facts: ReportFacts) -> tuple[tuple[str, str], ...]:
    """Give log, head, policy, trust and what was and was not checked, as pairs."""
    head = facts.head
    log = "none asked" if head is None else f"{head.origin}, tree size {head.tree_size:,}, root {head.root}"
    policy = ", ".join(f"sha256:{one}" for one in facts.policy.digests) or "built-in policy, no file"
    complete = "complete: proved for every change" if facts.list_proved else "completeness not proved"
    return (
        ("log", log),
        ("policy", policy),
        ("trust roots", ", ".join(f"sha256:{one}" for one in facts.trust) or "none pinned"),
        ("checked", "each signature, certificate, timestamp, inclusion proof, subject and changed file, in this clone"),
        ("not checked", "; ".join(facts.not_checked) or "nothing was judged"),
        ("list", f"{complete}; {facts.ignored:,} bundles of unknown signers left out"),
    )


def _count(one: SessionFact, name: str) -> str:
    found = one.count(name)
    return "not known" if found is None or found.basis == "unknown" else f"{found.count:,}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
