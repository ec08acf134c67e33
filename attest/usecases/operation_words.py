"""How a control operated, as JSON, as CSV for reading, and as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.evidence.csv_cells import csv_lines
from attest.model.times import moment_at, rfc3339_seconds
from attest.policy.change_fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.policy.operation import Operated, Outage
    from attest.usecases.control_operation import OperationReport

HEAD: Final = (
    "change", "landed", "merge", "commits", "judged", "outcome", "verdict", "mode", "rule mode", "enforced",
    "outages", "why", *FIELDS,
)  # fmt: skip
NOT_SHOWN: Final = (
    "when a commit that was pushed, squashed or rebased was put on the branch: git keeps its committer’s time alone",
    "whether what a field links to suffices",
    "changes that reached production by another way than this branch",
    "outages that nobody logged",
)
"""What the report does not show, whoever prints it."""


def operation_json(report: OperationReport) -> dict[str, object]:
    """Give the whole report as JSON."""
    one = report.operation
    return {
        "period": {"from": _time(one.start), "to": _time(one.end)},
        "rule": one.rule or None,
        "repository": report.repository,
        "branch": report.branch,
        "as_of": {"log": report.origin, "tree_size": report.tree_size, "root": report.root},
        "shallow": report.shallow,
        "counts": dict(one.counts()),
        "changes": [change_json(each) for each in one.changes],
        "outages": [_outage(each) for each in one.outages],
        "not_shown": list(NOT_SHOWN),
    }


def change_json(one: Operated) -> dict[str, object]:
    """Give one change as JSON."""
    change = one.change
    return {
        "change": change.oid,
        "landed_at": _time(change.landed_at),
        "merge": change.is_merge,
        "commits": list(change.commits),
        "judged": one.judged,
        "outcome": one.landed.value,
        "verdict": one.verdict or None,
        "attestations": list(one.attestations),
        "mode": change.mode,
        "rule_mode": change.rule_mode,
        "enforced": one.enforced,
        "exception": one.is_exception,
        "outages": list(one.outages),
        "why": one.why,
        "fields": {
            field.name: {"links": list(field.links), "missing": field.missing, "settle": field.settle or None}
            for field in change.fields
        },
    }


def operation_csv(report: OperationReport) -> Iterator[str]:
    """Give the changes as CSV, a line at a time, cells neutralised."""
    return csv_lines(HEAD, (_cells(one) for one in report.operation.changes))


def operation_lines(report: OperationReport, most: int) -> Iterator[str]:
    """Give the report as lines: counts, exceptions up to `most`, outages, what is not shown."""
    one = report.operation
    yield f"{report.repository}, {_time(one.start)} to {_time(one.end)}" + (f", rule {one.rule}" if one.rule else "")
    yield f"log below {report.tree_size}, branch {report.branch[:12]}" + (", shallow clone" if report.shallow else "")
    for name, count in one.counts().items():
        yield f"  {count:>6}  {name}"
    for each in one.exceptions[:most]:
        yield f"{each.change.oid[:12]}  {_time(each.change.landed_at)}  {each.landed.value}: {each.why}"
        if each.enforced is not True:
            yield f"  mode then: {each.change.rule_mode or each.change.mode}"
        missing = [field.name for field in each.change.fields if field.missing]
        if missing:
            yield f"  missing: {', '.join(missing)}"
    if len(one.exceptions) > most:
        yield f"… {len(one.exceptions) - most} more exceptions; --format json lists all"
    for outage in one.outages:
        yield f"capture {outage.kind} from {_time(outage.start)} to {_until(outage)}"
    for words in NOT_SHOWN:
        yield f"not shown: {words}"


def _cells(one: Operated) -> tuple[str | int | None, ...]:
    change = one.change
    fields = {field.name: " ".join(field.links) or "missing" for field in change.fields}
    enforced = {True: "yes", False: "no", None: "not known"}[one.enforced]
    return (
        change.oid,
        _time(change.landed_at),
        "yes" if change.is_merge else "no",
        len(change.commits),
        one.judged,
        one.landed.value,
        one.verdict,
        change.mode,
        change.rule_mode,
        enforced,
        " ".join(one.outages),
        one.why,
        *(fields.get(name, "missing") for name in FIELDS),
    )


def _outage(one: Outage) -> dict[str, object]:
    until = None if one.until is None else _time(one.until)
    return {"kind": one.kind, "from": _time(one.start), "until": until, "attestation": one.attestation}


def _until(one: Outage) -> str:
    return "a time not logged yet" if one.until is None else _time(one.until)


def _time(seconds: int) -> str:
    return rfc3339_seconds(moment_at(seconds))
