"""`whereof succeed`: end a log whose key is to be rotated, or that may sign nothing more, in a successor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_line

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
_OUTPUT = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to write it; never over a file.")]


@app.command("offer")
def offer(output: _OUTPUT) -> None:
    """In the new data directory: make its keys, and write the new log's name for the old one to log. Signs nothing."""
    from attest.cli.wiring import instance_to_check
    from attest.usecases.succeed import name_of

    _write(output, name_of(instance_to_check().services.log).encode())


@app.command("end")
def end(
    successor: Annotated[Path, typer.Argument(metavar="FILE", help="What `offer` wrote in the new data directory.")],
    output: _OUTPUT,
    head: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the final head, a signed note.")],
    reason: Annotated[str, typer.Option(help="rotation or retirement.")] = "rotation",
) -> None:
    """In the old data directory: log who goes on, append nothing more, and write this log's name and final head."""
    from attest.cli.files import read_file
    from attest.cli.wiring import local_instance
    from attest.usecases.succeed import MAX_FILE_BYTES, end_log, name_of, parse_name

    instance = local_instance()
    final = end_log(instance, parse_name(read_file(successor, MAX_FILE_BYTES)), reason=reason)
    _write(output, name_of(instance.services.log).encode())
    _write(head, final.encode())


@app.command("name")
def name(output: _OUTPUT) -> None:
    """In an old data directory that may sign nothing: write its log's name, for `begin`."""
    offer(output)


@app.command("begin")
def begin(
    ended: Annotated[Path, typer.Argument(metavar="FILE", help="The old log's name, from `end` or `name`.")],
    head: Annotated[Path, typer.Option(metavar="FILE", help="Its final head: the largest signed note anyone holds.")],
) -> None:
    """In the new data directory, before its first start: the genesis will name the old log and its final head."""
    from attest.cli.files import read_file
    from attest.cli.wiring import instance_to_check
    from attest.ledger.note import MAX_NOTE_BYTES
    from attest.usecases.succeed import MAX_FILE_BYTES, begin_after, parse_name

    note = read_file(head, MAX_NOTE_BYTES).decode("utf-8", "replace")
    path = begin_after(instance_to_check(), parse_name(read_file(ended, MAX_FILE_BYTES)), note)
    print_line(f"The new log's first leaf will say what {path} says.")


def _write(path: Path, data: bytes) -> None:
    from attest.errors import InvalidInput
    from attest.store.durable import create_file

    if not create_file(path.absolute(), data):
        raise InvalidInput("input.usage", "the file is there already", where=str(path))
    print_line(str(path))
