"""`whereof import`: take in what other tools left in a clone, labelled imported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli import import_git
from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from datetime import datetime

    from attest.usecases.import_records import Imported

SHOWN = 20
app = typer.Typer(no_args_is_help=True)
app.command("git")(import_git.git)


@app.command("notes")
def notes(
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print every link as JSON.")] = False,
) -> None:
    """Log the links that notes of git-ai, memento and whogitit claim. What they claim is not checked beyond files."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.git import Repository
    from attest.usecases.import_records import import_notes

    _print(import_notes(local_instance(), Repository.open(repo)), as_json=json)


@app.command("entire")
def entire(
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Leave out captures before this day or time.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Record at most so many sessions, newest first.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print sessions and links as JSON.")] = False,
) -> None:
    """Record the sessions of Entire checkpoints in this clone, and link them to the commits that declare them."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.git import Repository
    from attest.usecases.import_records import import_entire

    result = import_entire(
        local_instance(), Repository.open(repo), since=_moment(since) if since else None, limit=limit
    )
    _print(result, as_json=json)


def _moment(text: str) -> datetime:
    from datetime import UTC, datetime

    from attest.errors import InvalidInput

    try:
        moment = datetime.fromisoformat(text)
    except ValueError as err:
        raise InvalidInput("input.usage", expected="a day or time such as 2026-11-21", got=text[:40]) from err
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _print(result: Imported, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "sessions": [{"native_session": native, "session": ours} for native, ours in result.sessions],
                "refused": [
                    {"native_session": r.session, "checkpoint": r.checkpoint, "code": r.code} for r in result.refused
                ],
                "left": result.left,
                "links": [link.to_json() for link in result.links],
                "known": result.known,
                "notes_elsewhere": result.elsewhere,
                "receipts": [receipt.to_json() for receipt in result.receipts],
            }
        )
        return
    print_line(f"{len(result.sessions)} sessions recorded, source imported")
    for row in result.refused[:SHOWN]:
        print_line(f"  not recorded  {row.session}  of {row.checkpoint}: {row.code}")
    if result.left:
        print_line(f"  {result.left} older sessions are left; raise --limit for more")
    credited = sum(link.credited for link in result.links)
    print_line(f"{credited} links, {result.known} of them logged before")
    if len(result.links) - credited:
        print_line(f"  {len(result.links) - credited} claims have no credit and were not logged")
    if result.elsewhere:
        print_line(f"  {result.elsewhere} notes are on commits that this clone does not hold")
    for receipt in result.receipts:
        print_line(f"logged {receipt.attestation}, log entry {receipt.index}")
