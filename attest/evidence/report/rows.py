"""A report as JSON lines, its form of record, and as CSV for reading: a row for each change, session, exception and gap.

Each row names its log entries. JSON lines are canonical JSON: equal facts give equal bytes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.evidence.csv_cells import csv_lines
from attest.evidence.report.counted import best_review
from attest.evidence.report.wording import day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.evidence.report.facts import LandingFact, ReportFacts

SCHEMA: Final = "whereof/report/v1"
_LISTS: Final = ("changes", "sessions", "exceptions", "gaps")
CSV_HEAD: Final = (
    "log_index",
    "log_indices",
    "as_of_tree_size",
    "commit",
    "day",
    "subject",
    "tier",
    "state",
    "verdict",
    "mode",
    "rule",
    "check",
    "why",
    "best_review",
    "attestations",
    "landing",
    "landed_by",
    "landed_on",
    "landing_verdict",
    "landing_mode",
    "landing_log_indices",
)


def jsonl_of(facts: ReportFacts) -> bytes:
    """Give one line for the report, then one for each change, session, exception and gap, in that order."""
    return b"".join(canonical_json(row) + b"\n" for row in _json_rows(facts))


def csv_of(facts: ReportFacts) -> bytes:
    """Give one line for each change; a cell that a spreadsheet would run is neutralised, so this is for reading."""
    size = facts.head.tree_size if facts.head else None
    return "".join(csv_lines(CSV_HEAD, (_csv_row(facts, at, size) for at in range(len(facts.changes))))).encode()


def _json_rows(facts: ReportFacts) -> Iterator[dict[str, object]]:
    whole = asdict(facts)
    lists = {name: whole.pop(name) for name in _LISTS}
    counts = {name: None if rows is None else len(rows) for name, rows in lists.items()}
    yield {"row": "report", "schema": SCHEMA, "facts": facts.digest, "rows": counts} | whole
    for change, given in zip(facts.changes, lists["changes"], strict=True):
        yield {"row": "change", "log_indices": list(change.log_indices)} | given
    for name in _LISTS[1:]:
        for one in lists[name] or ():
            index = one["entry"]["log_index"]
            yield {"row": name[:-1], "log_indices": [] if index is None else [index]} | one


def _csv_row(facts: ReportFacts, at: int, size: int | None) -> tuple[str | int | None, ...]:
    one = facts.changes[at]
    first = one.reasons[0] if one.reasons else None
    return (
        one.log_indices[0] if one.log_indices else None,
        " ".join(str(index) for index in one.log_indices),
        size,
        one.oid,
        day(one.committed_at),
        one.subject,
        one.tier,
        one.state,
        one.verdict,
        one.mode,
        first.rule if first else "",
        first.check if first else "",
        first.detail if first else "",
        best_review(one.reviews),
        " ".join(entry.attestation for entry in one.entries),
        *_landing_cells(one.landing),
    )


def _landing_cells(one: LandingFact | None) -> tuple[str, ...]:
    if one is None:
        return ("not-known", *("",) * 5)
    on = "" if one.at is None else day(one.at)
    return (one.outcome, one.step, on, one.verdict, one.mode, " ".join(str(index) for index, _ in one.entries))
