"""`whereof link`: say, after the recording, that a session led to a commit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line


def link(
    revision: Annotated[str, typer.Argument(metavar="REV", help="The commit.")],
    session: Annotated[str, typer.Argument(metavar="ses_…", help="A session that is recorded here.")],
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print the link and its receipt as JSON.")] = False,
) -> None:
    """Sign and log that a recorded session led to a commit: your word, shown with how many of its lines agree."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.git import Repository
    from attest.usecases.link_commit import link_commit

    made, receipt = link_commit(local_instance(), Repository.open(repo), revision, session)
    if json:
        print_json({"link": made.to_json(), "receipt": receipt.to_json() if receipt else None})
        return
    score = made.overlap.score if made.overlap else None
    agree = (
        "no line of it can be compared" if score is None else f"{score:.0%} of its lines were written in the session"
    )
    print_line(f"{made.commit} asserted, {made.confidence.value}: {agree}")
    print_line(f"logged {receipt.attestation}, log entry {receipt.index}" if receipt else "logged before")
