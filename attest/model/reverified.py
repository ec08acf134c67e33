"""A report of continuous re-verification, as a test-result of in-toto about the log, written and read back.

Of the predicates there are it is the one that fits: an SVR can only say that all is well, a VSA speaks of one artifact, a
`coverage/v1` of commits. Its `configuration` says under what was checked, each by digest; its tests have closed names.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

TEST_RESULT_V01: Final = "https://in-toto.io/attestation/test-result/v0.1"
REPORT: Final = "whereof-reverify"
MAX_NAMED: Final = 1000
"""Tests that did not pass and are named, of each kind; a last name counts the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverified:
    """What was checked again, under what, and what came of it."""

    verified_at: str
    origin: str
    tree_size: int
    root: str
    roots: tuple[str, ...]
    """SHA-256 of each trust root that is pinned today."""
    revocations: tuple[str, ...]
    """SHA-256 of the list of revoked authorities that is kept today; none where there is none."""
    policies: tuple[str, ...]
    """SHA-256 of each policy file that was applied."""
    coverages: tuple[str, ...]
    """`att_…` of what was found for each commit."""
    bundles: int
    """Bundles whose signatures were verified."""
    first: int
    """The entry from which on they were."""
    scope: str
    """`base..tip` of the commits judged; empty: none were."""
    previous: str
    """`att_…` of the last report; empty: there is none."""
    passed: tuple[str, ...]
    warned: tuple[str, ...]
    """What could not be checked."""
    failed: tuple[str, ...]

    @property
    def result(self) -> str:
        """In the words of the predicate."""
        return "FAILED" if self.failed else "WARNED" if self.warned else "PASSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReport:
    """What a report of before said."""

    attestation: str
    verified_at: str
    tree_size: int
    root: str
    roots: tuple[str, ...]
    policies: tuple[str, ...]
    not_passed: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What is otherwise than in the last report."""

    entries: int
    roots_changed: bool
    policies_changed: bool
    worse: tuple[str, ...]
    """Tests that do not pass and did, or were not there."""
    better: tuple[str, ...]
    """Tests that did not pass, and are not named now: they pass, or were not checked."""


def since(last: LastReport, now: Reverified) -> Since:
    """Compare a report with the one before."""
    bad = {*now.failed, *now.warned}
    return Since(
        entries=now.tree_size - last.tree_size,
        roots_changed=last.roots != now.roots,
        policies_changed=last.policies != now.policies,
        worse=tuple(sorted(bad - last.not_passed)),
        better=tuple(sorted(last.not_passed - bad)),
    )


def report_predicate(one: Reverified) -> dict[str, object]:
    """Give the test-result predicate."""
    report = {
        "verifiedAt": one.verified_at,
        "version": __version__,
        "bundles": str(one.bundles),
        "firstEntry": str(one.first),
        "commits": one.scope or "none",
    }
    named: list[dict[str, object]] = [
        {
            "name": REPORT,
            "digest": {"sha256": hashlib.sha256(one.verified_at.encode()).hexdigest()},
            "annotations": report,
        },
        {"name": "head", "digest": {"sha256": one.root}, "annotations": {"treeSize": str(one.tree_size)}},
        *_named("trusted-root", one.roots),
        *_named("revocations", one.revocations),
        *_named("policy", one.policies),
        *_named("coverage", one.coverages),
    ]
    named += _named("previous", (one.previous,) if one.previous else ())
    return {
        "result": one.result,
        "configuration": named,
        "passedTests": list(one.passed),
        "warnedTests": _listed(one.warned),
        "failedTests": _listed(one.failed),
    }


def last_report_of(attestation: str, predicate: Mapping[str, object]) -> LastReport | None:
    """Read a report back; None where the test-result is another's."""
    configuration = predicate.get("configuration")
    rows = [row for row in configuration if isinstance(row, dict)] if isinstance(configuration, list) else []
    report, head = _notes(rows, REPORT), _notes(rows, "head")
    size, roots = str(head.get("treeSize", "")), _digests(rows, "head")
    if "verifiedAt" not in report or not size.isdecimal() or len(size) > 15 or not roots:
        return None
    return LastReport(
        attestation=attestation,
        verified_at=str(report["verifiedAt"]),
        tree_size=int(size),
        root=roots[0],
        roots=_digests(rows, "trusted-root"),
        policies=_digests(rows, "policy"),
        not_passed=frozenset(_texts(predicate.get("warnedTests")) + _texts(predicate.get("failedTests"))),
    )


def _named(name: str, digests: tuple[str, ...]) -> list[dict[str, object]]:
    return [{"name": name, "digest": {"sha256": one.removeprefix("att_")}} for one in digests]


def _listed(names: tuple[str, ...]) -> list[str]:
    rest = len(names) - MAX_NAMED
    return [*names[:MAX_NAMED], *([f"more/{rest}"] if rest > 0 else [])]


def _notes(rows: list[dict[str, object]], name: str) -> dict[str, object]:
    found = next((row.get("annotations") for row in rows if row.get("name") == name), None)
    return found if isinstance(found, dict) else {}


def _digests(rows: list[dict[str, object]], name: str) -> tuple[str, ...]:
    found = [row.get("digest") for row in rows if row.get("name") == name]
    return tuple(str(one.get("sha256")) for one in found if isinstance(one, dict))


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
