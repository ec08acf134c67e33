"""`whereof import git`: take in what another instance exported into a clone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

SHOWN = 20


def git(
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print what became of each as JSON.")] = False,
) -> None:
    """Verify and log the bundles under refs/whereof/*, kept byte for byte. Exit code 5: some were refused."""
    from attest.cli.progress import count_progress  # keep `--help` light
    from attest.cli.wiring import local_instance
    from attest.git import Repository
    from attest.usecases.import_git import import_git

    with count_progress("importing") as on_progress:
        done = import_git(local_instance(), Repository.open(repo), on_progress)
    if json:
        print_json({"logged": done.logged, "known": done.known, "refused": dict(done.failed)})
    else:
        print_line(f"{len(done.logged)} logged, {done.known} known already, {done.failed.total()} refused")
        for name in done.logged[:SHOWN]:
            print_line(f"  {name}")
        for code, count in sorted(done.failed.items()):
            print_line(f"  refused: {code}: {count}")
    if done.failed:
        raise typer.Exit(5)
