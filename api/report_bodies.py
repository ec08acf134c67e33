"""What a control over a period looks like on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from api.schemas import AsOf, Body, Counted
from attest.model.times import moment_at, rfc3339_seconds
from attest.usecases.operation_words import change_json, operation_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.policy.operation import Operated
    from attest.usecases.control_operation import OperationReport


class ChangeFieldBody(Body):
    """One thing that change control asks for."""

    links: tuple[str, ...]
    missing: bool
    settle: str | None


class OperatedBody(Body):
    """One change, and how the control stood to it."""

    change: str
    landed_at: str = Field(description="By its committer's clock, signed by nobody.")
    merge: bool
    commits: tuple[str, ...]
    judged: int = Field(description="Commits with a verdict that stood.")
    outcome: str = Field(description="`passed`, `against-verdict`, `without-verdict` or `not-known`.")
    verdict: str | None
    attestations: tuple[str, ...]
    mode: str
    rule_mode: str | None
    enforced: bool | None = Field(description="Null: not known.")
    exception: bool = Field(description="Somebody has to look at it.")
    outages: tuple[str, ...]
    why: str
    fields: dict[str, ChangeFieldBody]


class OutageBody(Body):
    """An interval in which capture is known not to have worked."""

    kind: str
    since: str
    until: str | None = Field(description="Null: it had not ended when it was logged.")
    attestation: str


class ControlOperation(Body):
    """How a control stood to the changes of a period, newest first."""

    repository: str
    branch: str = Field(description="Its tip, as looked at.")
    shallow: bool = Field(description="The clone is cut off: older changes may be missing.")
    since: str
    until: str
    rule: str | None
    counts: dict[str, int] = Field(description="Over the whole period, not the page.")
    data: tuple[OperatedBody, ...]
    next: str | None = Field(description="Ask again with this `after`; null at the end.")
    count: Counted
    outages: tuple[OutageBody, ...]
    not_shown: tuple[str, ...]
    as_of: AsOf


def operation_body(found: OperationReport, page: Sequence[Operated], following: str | None) -> ControlOperation:
    """Give the body of one page of changes."""
    told = operation_json(found)
    one = found.operation
    return ControlOperation.model_validate(
        {
            "repository": found.repository.removeprefix("git+https://"),
            "branch": found.branch,
            "shallow": found.shallow,
            "since": _time(one.start),
            "until": _time(one.end),
            "rule": told["rule"],
            "counts": told["counts"],
            "data": [change_json(each) for each in page],
            "next": following,
            "count": {"value": len(one.changes), "relation": "eq"},
            "outages": [
                {
                    "kind": each.kind,
                    "since": _time(each.start),
                    "until": None if each.until is None else _time(each.until),
                    "attestation": each.attestation,
                }
                for each in one.outages
            ],
            "not_shown": told["not_shown"],
            "as_of": {"log": found.origin, "tree_size": found.tree_size, "root": found.root},
        },
        strict=False,
    )


def _time(seconds: int) -> str:
    return rfc3339_seconds(moment_at(seconds))
