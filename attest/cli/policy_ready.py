"""`whereof policy ready`: what `enforce` would have stopped, from logged verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.usecases.logged_verdicts import Ready

MAX_SHOWN = 40
NOTHING_KNOWN = 5
"""Exit code where no verdict is logged: unknown is not ready."""


def ready(
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say what enforce would have stopped, by rule and week, from the verdicts that are logged for this repository."""
    from attest.cli.wiring import local_instance
    from attest.git import Repository
    from attest.usecases.commit_context import repository_name
    from attest.usecases.logged_verdicts import ready as read_ready

    repository = Repository.open(repo)
    found = read_ready(local_instance(), repository_name(repository, repository.resolve("HEAD")))
    if json:
        print_json(_json(found))
    else:
        _print(found)
    raise typer.Exit(0 if found.readiness.commits else NOTHING_KNOWN)


def _print(found: Ready) -> None:
    one = found.readiness
    print_line(one.sentence())
    week = ""
    for row in one.rows:
        if row.week != week:
            week = row.week
            print_line(week)
        alone = f", {row.serverless} for want of a complete list" if row.serverless else ""
        print_line(f"  {row.commits:>6}  rule {row.rule}, {row.check}: {row.verdict}{alone}")
    if one.undecided:
        print_line(
            "undecided without a complete list of evidence (plain files cannot prove one; a ledger or service can):"
        )
    for oid, rule, check in one.undecided[:MAX_SHOWN]:
        print_line(f"  {oid[:12]}  rule {rule}, {check}")
    if len(one.undecided) > MAX_SHOWN:
        print_line(f"  and {len(one.undecided) - MAX_SHOWN} more")
    if one.commits:
        print_line(
            f"{found.read} coverages, {one.first:%Y-%m-%d} to {one.last:%Y-%m-%d}, {one.policies} policies; "
            f"{one.stopped} of the {one.would_stop} were stopped then already"
        )
    if found.others:
        print_line(f"{found.others} coverages certified by another authority were left out")
    if found.more:
        print_line("older coverages were not read")


def _json(found: Ready) -> dict[str, object]:
    one = found.readiness
    return {
        "sentence": one.sentence(),
        "commits": one.commits,
        "would_stop": one.would_stop,
        "stopped": one.stopped,
        "serverless_only": one.serverless_only,
        "by_week": [
            {
                "week": row.week,
                "rule": row.rule,
                "check": row.check,
                "verdict": row.verdict,
                "commits": row.commits,
                "serverless": row.serverless,
            }
            for row in one.rows
        ],
        "undecided": [{"commit": oid, "rule": rule, "check": check} for oid, rule, check in one.undecided],
        "coverages": found.read,
        "policies": one.policies,
        "left_out": {"other_authority": found.others, "older": found.more},
        "first": one.first.isoformat() if one.first else None,
        "last": one.last.isoformat() if one.last else None,
    }
