"""`whereof export in-toto`: links and a layout that the unmodified `in-toto-verify` takes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line


def in_toto(
    revisions: Annotated[str, typer.Argument(metavar="A..B", help="The range that was released.")],
    product: Annotated[list[Path], typer.Option(help="A released file; may be given more than once.")],
    key: Annotated[Path, typer.Option(help="Ed25519 private key, PEM: who exports signs with it.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="A folder; made when it is not there.")],
    trust: Annotated[Path | None, typer.Option(help="The trust root to pin.")] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write a range that passes as in-toto links for session, review, merge and release, with their layout."""
    from attest.clock import SystemClock
    from attest.git import Repository
    from attest.settings import read_settings
    from attest.usecases.export_in_toto import export_in_toto
    from attest.usecases.followed_homes import places_of
    from attest.usecases.verify import VerifyRequest

    settings = read_settings(os.environ)
    request = VerifyRequest(
        repository=Repository.open(repo),
        revision=revisions,
        trust=trust,
        **places_of(settings),
        now=SystemClock().now(),
    )
    made = export_in_toto(request, product, key)
    output.mkdir(parents=True, exist_ok=True)
    for name, data in made.files.items():
        (output / name).write_bytes(data)
    if json:
        print_json({"files": [str(output / name) for name in sorted(made.files)], "commits": made.commits})
        return
    for name in sorted(made.files):
        print_line(str(output / name))
    print_line(f"  {made.commits} commits with a session and an approving review; signed by {key.name} alone")
