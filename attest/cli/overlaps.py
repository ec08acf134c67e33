"""`whereof overlaps`: sessions that landed on the paths of this branch since it began, and what was read before it changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

MAX_SHOWN = 100


def overlaps(
    base: Annotated[str | None, typer.Option(metavar="REV", help="What to land on; else the remote's default.")] = None,
    session: Annotated[str, typer.Option(metavar="ses_…", help="Look at what this session read, too.")] = "",
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Name sessions landed on the base since this branch began that touched its paths, or changed what was read."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.git import Repository
    from attest.usecases.index_search import catch_up
    from attest.usecases.overlaps import overlaps as find
    from attest.usecases.overlaps import question_of

    question = question_of(Repository.open(repo), base, session)
    instance = local_instance()
    catch_up(instance)
    found = find(instance, question)
    if json:
        print_json(found.to_json() | {"paths": list(question.paths), "landed": len(question.landed or ())})
        return
    print_line(f"{len(question.paths)} paths here, {len(question.landed or ())} commits landed since")
    for row in found.rows[:MAX_SHOWN]:
        print_line(f"  {row.path}  {row.session}  {', '.join(oid[:12] for oid in row.commits)}")
    for one in found.stale[:MAX_SHOWN]:
        print_line(f"  {one.changed_by.path}  read {one.read_at or 'at a time not known'}")
        print_line(f"    changed by {one.changed_by.session}")
    if max(len(found.rows), len(found.stale)) > MAX_SHOWN:
        print_line("  … more; --json lists them")
    if not found.rows and not found.stale:
        print_line("  none known")
    print_line(f"unknown: {found.unknown} recordings since have no paths here; indexed to {found.indexed_to}")
