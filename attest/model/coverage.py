"""Coverage as values: what a `coverage/v1` statement says, read strictly, and joined again where it came in parts."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attest.canonical import canonical_json
from attest.errors import InvalidInput
from attest.model.coverage_predicate import COVERAGE, VERDICTS
from attest.model.range_verdict import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReason:
    """One check that does not hold for a commit."""

    check: str
    rule: str
    verdict: str
    mode: str
    policy: int | None = None
    """Place among the policies' digests; None under the built-in policy."""
    code: str = ""
    """Catalogue code of the step that failed; empty where the check failed without an error."""
    needs: str = ""
    """`complete-list`: only a complete list of evidence could decide it (D5); else empty."""

    def to_json(self) -> dict[str, object]:
        """Give the member of a row."""
        out: dict[str, object] = {"check": self.check, "rule": self.rule, "verdict": self.verdict, "mode": self.mode}
        out |= {} if self.policy is None else {"policy": self.policy}
        return out | {name: value for name, value in (("code", self.code), ("needs", self.needs)) if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """One commit and what it came to."""

    oid: str
    state: str
    verdict: str
    tier: str
    """Empty under the built-in policy, and where none could be applied."""
    reasons: tuple[CoverageReason, ...]
    left_out: int
    """Failing checks beyond those listed."""
    inputs: tuple[str, ...]
    """What was judged for this commit: ids of attestations, sorted."""
    ignored: int
    """Bundles found under no pinned root."""

    def to_json(self) -> dict[str, object]:
        """Give the row."""
        out: dict[str, object] = {
            "oid": self.oid,
            "state": self.state,
            "verdict": self.verdict,
            "reasons": [reason.to_json() for reason in self.reasons],
            "inputs": list(self.inputs),
        }
        more = (("tier", self.tier), ("leftOut", self.left_out), ("ignored", self.ignored))
        return out | {name: value for name, value in more if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The whole of what was found for a range."""

    judged_at: str
    base: str
    tip: str
    policy: str
    """`repository`, `evidence-only` or `not-read`."""
    mode: str
    read_at: str
    chosen: str
    """Who chose where the policy is read: `base` of the range, or the `caller`."""
    policies: tuple[str, ...]
    """SHA-256 of each policy file that was applied: the repository's own first."""
    trust: tuple[str, ...]
    """SHA-256 of each trust root that was pinned."""
    verifier: str
    version: str
    as_of: Mapping[str, object]
    verdict: str
    stopped: str
    """Catalogue code of what kept everything from being judged; empty where nothing did."""
    rows: tuple[CoverageRow, ...]
    """Newest first."""
    inputs: tuple[tuple[str, str], ...]
    """(id, SHA-256 of the bundle file) of everything that was judged, by id."""

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of all rows, which binds the parts together."""
        return hashlib.sha256(canonical_json([row.to_json() for row in self.rows])).hexdigest()

    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Give how many commits are in each state and came to each verdict."""
        states, verdicts = Counter(r.state for r in self.rows), Counter(r.verdict for r in self.rows)
        return {name: states[name] for name in STATES}, {name: verdicts[name] for name in VERDICTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveragePart:
    """One statement of a coverage."""

    coverage: Coverage
    """With the rows and inputs of this part."""
    number: int
    of: int
    rows_digest: str
    count: int
    """Commits of the whole range."""
    states: Mapping[str, int]
    verdicts: Mapping[str, int]
    """Of the whole range."""


def coverage_of(predicate: Mapping[str, object]) -> CoveragePart:
    """Read a `coverage/v1` predicate.

    Raises:
        InvalidInput: `evidence.statement`: not of its shape, or it contradicts itself: counts that do not add up, a commit
            twice, an input of a row that is not listed, a part beyond their number.
    """
    COVERAGE.check(dict(predicate), "/predicate")
    part = _read(predicate)
    _require_sound(part)
    if part.of == 1:
        _require_whole(part)
    return part


def joined(parts: Sequence[CoveragePart]) -> Coverage:
    """Put the parts of one coverage together, in whatever order they come.

    Raises:
        InvalidInput: `evidence.statement`: a part is missing or twice, they are not of one coverage, or the rows are not those
            that every part commits to.
    """
    ordered = sorted(parts, key=lambda part: part.number)
    if not ordered or [part.number for part in ordered] != list(range(1, ordered[0].of + 1)):
        raise _unsound("/predicate/part", "every part, each once")
    heads = {canonical_json(_head(part)) for part in ordered}
    if len(heads) != 1:
        raise _unsound("/predicate", "parts of one coverage")
    rows = tuple(row for part in ordered for row in part.coverage.rows)
    inputs = {entry for part in ordered for entry in part.coverage.inputs}
    whole = replace(ordered[0].coverage, rows=rows, inputs=tuple(sorted(inputs)))
    _require_whole(replace(ordered[0], coverage=whole))
    return whole


def _head(part: CoveragePart) -> dict[str, object]:
    """Give what all parts of a coverage say alike."""
    one = part.coverage
    return {
        "judgedAt": one.judged_at,
        "range": [one.base, one.tip, part.count],
        "policy": [one.policy, one.mode, one.read_at, one.chosen, list(one.policies)],
        "trust": list(one.trust),
        "verifier": [one.verifier, one.version],
        "asOf": dict(one.as_of),
        "result": [one.verdict, one.stopped, dict(part.states), dict(part.verdicts)],
        "part": [part.of, part.rows_digest],
    }


def _read(value: Mapping[str, Any]) -> CoveragePart:
    policy, result, part = value["policy"], value["result"], value["part"]
    coverage = Coverage(
        judged_at=value["judgedAt"],
        base=value["range"]["base"],
        tip=value["range"]["tip"],
        policy=policy["name"],
        mode=policy["mode"],
        read_at=policy["readAt"],
        chosen=policy["chosen"],
        policies=tuple(policy["sha256"]),
        trust=tuple(value["trust"]),
        verifier=value["verifier"]["id"],
        version=value["verifier"]["version"],
        as_of=value["asOf"],
        verdict=result["verdict"],
        stopped=result.get("stopped", ""),
        rows=tuple(_row(row) for row in value["commits"]),
        inputs=tuple((entry["id"], entry["sha256"]) for entry in value["inputs"]),
    )
    return CoveragePart(
        coverage=coverage,
        number=part["number"],
        of=part["of"],
        rows_digest=part["rows"],
        count=value["range"]["count"],
        states=result["states"],
        verdicts=result["verdicts"],
    )


def _row(value: Mapping[str, Any]) -> CoverageRow:
    return CoverageRow(
        oid=value["oid"],
        state=value["state"],
        verdict=value["verdict"],
        tier=value.get("tier", ""),
        reasons=tuple(CoverageReason(**reason) for reason in value["reasons"]),
        left_out=value.get("leftOut", 0),
        inputs=tuple(value["inputs"]),
        ignored=value.get("ignored", 0),
    )


def _require_sound(part: CoveragePart) -> None:
    """Check what holds of every part on its own."""
    one = part.coverage
    try:
        datetime.fromisoformat(one.judged_at)
    except ValueError as err:
        raise _unsound("/predicate/judgedAt", "a day that the calendar has") from err
    if not 1 <= part.number <= part.of or not one.rows:
        raise _unsound("/predicate/part", "a part among their number, with at least one commit")
    _require_counts(part)
    known = {name for name, _ in one.inputs}
    if len(known) != len(one.inputs) or len({row.oid for row in one.rows}) != len(one.rows):
        raise _unsound("/predicate/commits", "each commit once and each input once")
    for at, row in enumerate(one.rows):
        if not set(row.inputs) <= known:
            raise _unsound(f"/predicate/commits/{at}/inputs", "inputs that are listed")
        if row.verdict != next((name for name in VERDICTS if name in {r.verdict for r in row.reasons}), "pass"):
            raise _unsound(f"/predicate/commits/{at}/verdict", "the gravest of its reasons, or pass without any")
        if any(reason.policy is not None and reason.policy >= len(one.policies) for reason in row.reasons):
            raise _unsound(f"/predicate/commits/{at}/reasons", "a policy that is listed")


def _require_counts(part: CoveragePart) -> None:
    one = part.coverage
    if part.count != sum(part.states.values()) or part.count != sum(part.verdicts.values()):
        raise _unsound("/predicate/result", "counts that add up to range.count")
    if one.verdict != next((name for name in VERDICTS if part.verdicts[name]), None):
        raise _unsound("/predicate/result/verdict", "the gravest verdict of any commit")


def _require_whole(part: CoveragePart) -> None:
    """Check the rows of all parts against what every part says of the whole."""
    one = part.coverage
    states, verdicts = one.counts()
    if len(one.rows) != part.count or (states, verdicts) != (dict(part.states), dict(part.verdicts)):
        raise _unsound("/predicate/result", "the counts of the rows")
    if one.digest != part.rows_digest:
        raise _unsound("/predicate/part/rows", f"{one.digest}, over the rows")
    oids = [row.oid for row in one.rows]
    if len(set(oids)) != len(oids) or one.tip not in oids:
        raise _unsound("/predicate/commits", "each commit once, the tip among them")


def _unsound(where: str, expected: str) -> InvalidInput:
    return InvalidInput("evidence.statement", "the coverage contradicts itself", expected=expected, where=where)
