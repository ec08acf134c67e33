"""`whereof export git`: evidence as files and notes in a clone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line


def git(
    revision: Annotated[
        str | None, typer.Argument(metavar="[REV|A..B]", help="Default: every commit of the clone that the log knows.")
    ] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write bundles and receipts under refs/whereof/* and notes under refs/notes/whereof. Nothing is pushed."""
    from attest.cli.progress import count_progress  # keep `--help` light
    from attest.cli.wiring import local_instance
    from attest.git import Repository
    from attest.usecases.export_git import NOTES_REF, REF, export_git

    with count_progress("writing") as on_progress:
        done = export_git(local_instance(), Repository.open(repo), revision, on_progress)
    if json:
        refs = [f"{REF}{oid}" for oid in done.commits]
        print_json({"refs": refs, "statements": done.statements, "changed": done.written})
        return
    print_line(f"{len(done.commits)} commits, {done.statements} statements; {done.written} refs changed")
    if done.commits:
        print_line(f"  git push origin '{REF}*:{REF}*' {NOTES_REF}")
