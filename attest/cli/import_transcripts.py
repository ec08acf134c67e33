"""`whereof import` without a source: back-fill from the transcripts that agents still keep of this clone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from datetime import datetime

    from attest.usecases.import_transcripts import ImportedTranscript


def transcripts(  # a command line: each is an option
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Transcripts changed since this day (2026-11-01) only.")
    ] = None,
    agent: Annotated[list[str] | None, typer.Option(help="Only what this agent keeps; repeatable.")] = None,
    look: Annotated[bool, typer.Option("--look", help="Say what would be recorded, and record nothing.")] = False,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print every transcript as JSON.")] = False,
) -> None:
    """Record the transcripts that agents still keep of this clone; each is labelled as imported afterwards."""
    if context.invoked_subcommand is not None:
        return
    from attest.cli.progress import count_progress  # keep `--help` light
    from attest.cli.wiring import local_instance
    from attest.git import Repository
    from attest.usecases.import_transcripts import ImportRequest, import_transcripts

    request = ImportRequest(
        repository=Repository.open(repo),
        home=Path.home(),
        since=_day(since),
        agents=frozenset(agent or ()),
        look_only=look,
    )
    with count_progress("recording") as on_each:
        rows = import_transcripts(request, local_instance(), on_each=on_each)
    if json:
        print_json({"data": [_row(row) for row in rows]})
    else:
        _print(rows)


def _day(text: str | None) -> datetime | None:
    from datetime import UTC, datetime

    from attest.errors import InvalidInput

    if text is None:
        return None
    try:
        day = datetime.fromisoformat(text)
    except ValueError as err:
        raise InvalidInput("input.usage", "not a date", expected="2026-11-01", got=repr(text[:40])) from err
    return day if day.tzinfo else day.replace(tzinfo=UTC)


def _row(row: ImportedTranscript) -> dict[str, object]:
    return {
        "agent": row.agent,
        "path": str(row.path),
        "changed_at": row.changed_at.isoformat(),
        "state": row.state.value,
        "failed": row.failed or None,
        "receipt": row.receipt.to_json() if row.receipt else None,
    }


def _print(rows: tuple[ImportedTranscript, ...]) -> None:
    for row in rows:
        what = row.receipt.session if row.receipt else row.failed
        print_line(f"{row.state.value:<9} {row.changed_at:%Y-%m-%d}  {row.agent:<12} {what or ''}  {row.path}")
    counts = {
        state: sum(row.state.value == state for row in rows) for state in ("recorded", "known", "found", "failed")
    }
    print_line(f"{len(rows)} transcripts: " + ", ".join(f"{count} {state}" for state, count in counts.items() if count))
    if counts["recorded"]:
        print_line("imported afterwards: nobody saw these sessions being run; `whereof links` finds what they led to")
