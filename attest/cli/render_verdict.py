"""Verdicts as text for a terminal and as Markdown for a step summary; JSON is `attest.usecases.verdict_json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.cli.output import print_line
from attest.model.markdown import cell
from attest.model.verdict import Verdict
from attest.model.witnessed import NO_WITNESS
from attest.signing.selftest import own_selftest

if TYPE_CHECKING:
    from attest.model.range_verdict import RangeVerdict
    from attest.model.verdict import CommitVerdict, Reason

MARKS = {"pass": "ok", "invalid": "BAD", "indeterminate": "?", "not checked": "-"}
_SIGNS = {"pass": "ok", "policy": "NO", "absent": "--", "indeterminate": "?", "invalid": "BAD"}
_FIXES = {
    Verdict.ABSENT: "whereof record --commit {oid}, or whereof declare {oid}",
    Verdict.POLICY: "whereof policy explain {oid} says what is asked for",
    Verdict.INDETERMINATE: "whereof verify {oid} names the step that could not be checked",
    Verdict.INVALID: "keep the evidence and report it; whereof verify {oid} names the check that failed",
}
"""What to do where no reason of the policy names a fix of its own."""
MAX_ROWS = 200
"""Commits that a table lists; the counts above it are of all."""


def print_commit(result: CommitVerdict, *, verbose: bool) -> None:
    """Print one commit's verdict, step by step, then reason by reason."""
    for step in result.steps:
        print_line(f"{step.number}. {step.name:<10}{MARKS[step.outcome.value]:<5}{step.against}")
        if step.detail and step.name != "verdict":
            print_line(f"              {step.detail}")
        if step.name == "evidence":
            _print_evidence(result)
    for reason in result.reasons:
        _print_reason(reason)
    print_line(f"{result.verdict.value}: {result.reason}")
    for fix in () if any(reason.fix for reason in result.reasons) else fixes(result):
        print_line(f"  fix: {fix}")
    tier = f", tier {result.tier}" if result.tier else ""
    print_line(f"  commit {result.oid}, policy {result.policy}{tier}, mode {result.mode}, exit code {result.exit_code}")
    print_line(f"  selftest: this verifier {own_selftest().line()}")
    if result.ignored_unknown_signers:
        print_line(f"  {result.ignored_unknown_signers} bundles under unpinned roots were ignored")
    if verbose:
        print_line("  not checked:")
        for line in result.not_checked:
            print_line(f"    {line}")


def print_range(result: RangeVerdict) -> None:
    """Print what fails with its fix, then the states and the verdict of the whole range."""
    for one in result.commits:
        if one.verdict is Verdict.PASS:
            continue
        print_line(f"{_SIGNS[one.verdict.value]:<4}{one.oid[:12]}  {one.state:<12}{one.verdict.value}: {one.reason}")
        for fix in fixes(one):
            print_line(f"      fix: {fix}")
    counts = ", ".join(f"{count} {state}" for state, count in result.states().items() if count)
    print_line(f"{len(result.commits)} commits  {result.base[:12]}..{result.tip[:12]}  ({counts or 'none judged'})")
    why = f": {result.stopped}" if result.stopped else ""
    print_line(f"{result.verdict.value}{why}")
    print_line(
        f"  policy {result.policy}, policy base: {result.policy_base}, mode {result.mode}, exit code {result.exit_code}"
    )
    print_line(f"  selftest: this verifier {own_selftest().line()}")


def commit_markdown(result: CommitVerdict) -> str:
    """Give one commit's verdict as Markdown; nothing in it is taken as markup."""
    rows = [
        f"| {r.number} | {cell(r.check)} | {r.verdict.value} | {cell(r.detail)} | {cell(r.fix)} |"
        for r in result.reasons
    ]
    table = ["", "| # | check | verdict | detail | fix |", "|---|---|---|---|---|", *rows] if rows else []
    head = f"**{result.verdict.value}** `{result.oid[:12]}`: {cell(result.reason)}"
    return "\n".join([head, "", _policy_line(result), *table]) + "\n"


def range_markdown(result: RangeVerdict) -> str:
    """Give a range's verdict as Markdown: states, then every commit that is not a plain pass, then the rest."""
    lines = [f"**{result.verdict.value}** `{result.base[:12]}..{result.tip[:12]}`, {len(result.commits)} commits"]
    lines += ["", _policy_line(result), ""]
    if result.stopped:
        lines += [cell(result.stopped), ""]
    lines += ["| state | commits |", "|---|---|", *(f"| {name} | {count} |" for name, count in result.states().items())]
    rows = sorted(result.commits, key=lambda one: -one.verdict.severity)[:MAX_ROWS]
    if rows:
        lines += ["", "| commit | state | verdict | reason | fix |", "|---|---|---|---|---|"]
    for one in rows:
        fix = "; ".join(fixes(one))
        lines.append(f"| `{one.oid[:12]}` | {one.state} | {one.verdict.value} | {cell(one.reason)} | {cell(fix)} |")
    if len(result.commits) > len(rows):
        lines += ["", f"{len(result.commits) - len(rows)} more commits are not listed."]
    return "\n".join(lines) + "\n"


def _policy_line(result: CommitVerdict | RangeVerdict) -> str:
    base = cell(result.policy_base)
    head = f"policy {cell(result.policy)}, policy base: {base}, mode {result.mode}, exit code {result.exit_code}"
    return f"{head}; selftest: this verifier {own_selftest().line()}"


def _print_reason(reason: Reason) -> None:
    words = f"{reason.check:<24}{_SIGNS[reason.verdict.value]:<5}tier {reason.tier}, rule {reason.rule}"
    mode = "" if reason.mode == "enforce" else f" [{reason.mode}]"
    print_line(f"   {reason.number}. {words}{mode}: {reason.against}")
    if reason.detail:
        print_line(f"        {reason.detail}")
    if reason.fix:
        print_line(f"        fix: {reason.fix}")


def _print_evidence(result: CommitVerdict) -> None:
    for report in result.evidence:
        print_line(f"   {report.verdict.value:<14}{report.source}")
        for step in report.steps:
            print_line(
                f"     {step.number}. {step.name:<10}{MARKS[step.outcome.value]:<5}{step.detail or step.against}"
            )
        if report.identity:
            print_line(f"     witnesses: {report.witnessed.words if report.witnessed else NO_WITNESS}")
            print_line(f"     signed as {report.identity}, link {report.link or 'none'}, entry {report.log_index}")


def fixes(one: CommitVerdict) -> tuple[str, ...]:
    """Give what would settle a commit that did not pass: at least one line, each once; nothing for one that did."""
    if one.verdict is Verdict.PASS:
        return ()
    named = tuple(dict.fromkeys(reason.fix for reason in one.reasons if reason.fix))
    return named or (_FIXES[one.verdict].format(oid=one.oid[:12]),)
