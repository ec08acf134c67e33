"""`whereof gaps`: commits without a session, sessions without a commit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.usecases.gaps import GapReport

SHOWN = 20
"""Commits listed in text; `--json` lists all."""


def gaps(
    revisions: Annotated[str, typer.Argument(metavar="[A..B]", help="A range or a revision.")] = "HEAD",
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    log: Annotated[bool, typer.Option("--log", help="Sign and log each gap, so that it is on record.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print every commit and gap as JSON.")] = False,
) -> None:
    """Say which commits no session tells of, and which sessions tell of no commit, as far as this machine knows."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.git import Repository
    from attest.usecases.gaps import find_gaps, log_gaps
    from attest.usecases.retention import expiring, retention_gap

    repository, instance = Repository.open(repo), local_instance()
    report = find_gaps(instance, repository, (revisions,))
    soon = expiring(instance, repository, Path.home())
    found = (*report.gaps, *((retention_gap(instance, soon, None),) if soon else ()))
    receipts = log_gaps(instance, found, repository) if log else ()
    if json:
        print_json(
            {
                "revisions": revisions,
                "shallow": report.shallow,
                "counts": dict(report.counted()),
                "gaps": [gap.to_predicate() for gap in found],
                "receipts": [receipt.to_json() for receipt in receipts],
                "data": [
                    {"oid": c.oid, "subject": c.subject, "state": c.state, "marks": list(c.marks)}
                    for c in report.commits
                ],
            }
        )
        return
    _print(report)
    if soon:
        print_line(f"{len(soon)} transcripts not recorded will soon be deleted by their agent: `whereof import`")
    for receipt in receipts:
        print_line(f"logged {receipt.attestation}, log entry {receipt.index}")


def _print(report: GapReport) -> None:
    counts = ", ".join(f"{count} {state}" for state, count in report.counted().items())
    print_line(f"{len(report.commits)} commits: {counts}")
    if report.shallow:
        print_line("the clone is shallow: older commits are not counted")
    without = [commit for commit in report.commits if commit.state in ("marked", "unmarked")]
    for commit in without[:SHOWN]:
        marks = f"  {'; '.join(commit.marks)}" if commit.marks else ""
        print_line(f"  {commit.state:<9} {commit.oid[:12]}  {commit.subject[:60]}{marks}")
    if len(without) > SHOWN:
        print_line(f"  … {len(without) - SHOWN} more; --json lists all")
    for gap in report.gaps:
        if gap.sessions:
            print_line(f"{gap.count} sessions tell of no commit, such as {gap.sessions[-1]}")
    if without:
        print_line("unmarked means not known, never human: record a session, declare, or leave it open")
