"""Verdicts in the forms that other tools read: SARIF 2.1.0 for code scanning, JUnit XML for test reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from attest.cli.render_verdict import fixes
from attest.model.plain_text import printable
from attest.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.model.verdict import CommitVerdict

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {
    Verdict.INVALID: "error",
    Verdict.POLICY: "error",
    Verdict.ABSENT: "error",
    Verdict.INDETERMINATE: "warning",
}
POLICY_FILE: Final = ".attest/policy.yaml"
"""Where a result points to: a commit has no line, and the rule that it did not meet stands there."""


def sarif(results: Sequence[CommitVerdict], *, stopped: str = "") -> dict[str, object]:
    """Give one SARIF run: a result per commit that did not pass; `stopped` says why nothing could be judged."""
    rows = [_result(one) for one in results if one.verdict is not Verdict.PASS]
    if stopped:
        rows.append(_row(Verdict.INDETERMINATE, printable(stopped), "error", {}))
    rules = [{"id": verdict.value, "shortDescription": {"text": f"verdict {verdict.value}"}} for verdict in _LEVELS]
    driver = {"name": "whereof", "rules": rules}
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": rows}]}


def junit(results: Sequence[CommitVerdict], *, stopped: str = "") -> str:
    """Give one JUnit suite: a case per commit; what the mode lets pass is a case that passed, with its verdict in words."""
    failures = sum(1 for one in results if one.exit_code) + bool(stopped)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name="whereof verify" tests="{len(results) + bool(stopped)}" failures="{failures}">',
    ]
    for one in results:
        name = quoteattr(f"{one.oid} {one.state}".strip())
        fix = "".join(f" Fix: {line}" for line in fixes(one))
        words = _xml(f"{one.verdict.value} (mode {one.mode}): {one.reason}{fix}")
        inner = f"<failure type={quoteattr(one.verdict.value)}>{words}</failure>" if one.exit_code else ""
        inner = inner or (f"<system-out>{words}</system-out>" if one.verdict is not Verdict.PASS else "")
        lines.append(f'  <testcase classname="whereof" name={name}>{inner}</testcase>')
    if stopped:
        failure = f'<failure type="indeterminate">{_xml(stopped)}</failure>'
        lines.append(f'  <testcase classname="whereof" name="range">{failure}</testcase>')
    return "\n".join([*lines, "</testsuite>"]) + "\n"


def _result(one: CommitVerdict) -> dict[str, object]:
    words = printable(f"{one.oid[:12]}: {one.reason} Fix: {'; '.join(fixes(one))}")
    level = _LEVELS[one.verdict] if one.exit_code else "note"
    controls = sorted({control for reason in one.reasons for control in reason.controls})
    facts: dict[str, object] = {
        "commit": one.oid,
        "state": one.state,
        "tier": one.tier,
        "mode": one.mode,
        "controls": controls,
    }
    return _row(one.verdict, words, level, facts)


def _row(verdict: Verdict, words: str, level: str, facts: dict[str, object]) -> dict[str, object]:
    place = {"physicalLocation": {"artifactLocation": {"uri": POLICY_FILE}, "region": {"startLine": 1}}}
    return {
        "ruleId": verdict.value,
        "level": level,
        "message": {"text": words},
        "locations": [place],
        "partialFingerprints": {"commit/v1": f"{facts.get('commit', 'range')}:{verdict.value}"},
        "properties": facts,
    }


def _xml(text: str) -> str:
    # A build server may read what is printed for its own commands, which hold `##`; see `attest.cli.output`.
    return escape(printable(text)).replace("##", "#&#35;")
