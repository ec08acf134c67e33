"""`whereof survey`: which commits bear an agent's mark, from git alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

SHOWN = 20
"""Marked commits listed in text; `--json` lists all."""


def survey(
    revisions: Annotated[str, typer.Argument(metavar="[A..B]", help="A range or a revision.")] = "HEAD",
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print every commit as JSON.")] = False,
) -> None:
    """Say which commits of a history bear an agent's mark. Needs git alone; nothing is sent or stored."""
    from attest.git import Repository  # keep `--help` light
    from attest.usecases.survey import survey as run_survey

    result = run_survey(Repository.open(repo), (revisions,))
    unmarked = len(result.commits) - result.marked
    if json:
        print_json(
            {
                "revisions": revisions,
                "commits": len(result.commits),
                "marked": result.marked,
                "unmarked": unmarked,
                "shallow": result.shallow,
                "by_mark": dict(result.by_mark),
                "data": [
                    {"oid": c.oid, "subject": c.subject, "state": c.state, "marks": list(c.marks)}
                    for c in result.commits
                ],
            }
        )
        return
    print_line(f"{len(result.commits)} commits in {revisions}")
    print_line(f"  marked    {result.marked:>7,}  bear an agent's mark; no session is recorded for them here")
    print_line(f"  unmarked  {unmarked:>7,}  bear none: how they came about is not known")
    for name, count in result.by_mark:
        print_line(f"    {count:>7,}  {name}")
    for commit in [c for c in result.commits if c.marks][:SHOWN]:
        print_line(f"  {commit.oid[:12]}  {commit.subject[:60]:<60}  {', '.join(commit.marks)}")
    if result.marked > SHOWN:
        print_line(f"  and {result.marked - SHOWN:,} more; --json lists all")
    if result.shallow:
        print_line("  this clone is shallow: older commits are not counted")
    if result.marked:
        print_line("next: whereof record --transcript FILE --commit REV ties a session to its commit")
