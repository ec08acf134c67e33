"""`whereof declare`: sign that no agent had a part in commits of your own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line


def declare(
    revisions: Annotated[list[str], typer.Argument(metavar="REV|A..B", help="Commits, or ranges of commits.")],
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    other: Annotated[bool, typer.Option("--other", help="The commits are another person's, not your own.")] = False,
    marks_seen: Annotated[
        bool, typer.Option("--marks-seen", help="Declare although a commit bears an agent's mark or has a session.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the receipts as JSON.")] = False,
) -> None:
    """Sign and log that no agent had a part in these commits. It proves who said so and when, not that it is true."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.errors import InvalidInput
    from attest.git import Repository
    from attest.usecases.declare import DeclareRequest
    from attest.usecases.declare import declare as run_declare

    ranges = [".." in revision for revision in revisions]
    if any(ranges) and not all(ranges):
        raise InvalidInput("input.malformed", "either ranges or single commits", where=" ".join(revisions)[:200])
    repository = Repository.open(repo)
    named = tuple(revisions) if all(ranges) else tuple(repository.resolve(revision) for revision in revisions)
    request = DeclareRequest(
        repository=repository,
        revisions=named,
        single=not all(ranges),
        capacity="other" if other else "author",
        marks_seen=marks_seen,
    )
    receipts = run_declare(request, local_instance())
    if json:
        print_json({"data": [receipt.to_json() for receipt in receipts]})
        return
    count = sum(len(receipt.commits) for receipt in receipts)
    print_line(f"declared {count} {'commit' if count == 1 else 'commits'}: no agent had a part")
    for receipt in receipts:
        print_line(f"  {receipt.attestation}  log entry {receipt.index}, {len(receipt.commits)} commits")
