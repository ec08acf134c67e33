"""`whereof backup`: a copy of this machine's instance, and whether a restored one may go on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


@app.command("create")
def create(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="New: database, objects, heads, settings.")],
    keys: Annotated[
        Path, typer.Option(metavar="FOLDER", help="New, elsewhere, kept for a shorter time: the key ring.")
    ],
    json: _Json = False,
) -> None:
    """Copy the instance while it works, in the order that lets the copy go on. PostgreSQL needs pg_dump on PATH."""
    from attest.cli.wiring import instance_to_check  # keep `--help` light
    from attest.usecases.backup import create_backup

    made = create_backup(instance_to_check(), folder, keys)
    if json:
        print_json(made.to_json())
        return
    print_line(f"copied: a log of at least {made.tree_size} entries, schema {made.schema}; `sha256sum -c` checks both")
    for place in made.not_copied:
        print_line(f"not copied: {place}")


@app.command("check")
def check(
    head: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A signed head that others hold of this log; again for more."),
    ] = None,
    json: _Json = False,
) -> None:
    """In a restored data directory, before it is served: may it go on? What the log says is erased is erased again."""
    from attest.cli.files import read_file
    from attest.cli.wiring import instance_to_check
    from attest.ledger.note import MAX_NOTE_BYTES
    from attest.usecases.backup import check_restored

    notes = tuple(read_file(path, MAX_NOTE_BYTES).decode("utf-8", "replace") for path in head or ())
    found = check_restored(instance_to_check(), notes)
    if json:
        print_json(found.to_json())
        return
    print_line(f"it may go on: {found.tree_size} entries; the largest head known elsewhere has {found.largest_known}")
    print_line(
        f"erased again: {found.erased_again} sessions. Published files are made at its first start; check it by `whereof fsck` then"
    )
