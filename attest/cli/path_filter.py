"""`whereof path-filter`: filters of the paths that recordings changed; "certainly none" without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

app = typer.Typer(no_args_is_help=True)
DIFFERS = 3
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


@app.callback()
def path_filter() -> None:
    """Bloom filters over changed paths: their digest is logged, so that "no recording touched it" can be shown later."""


@app.command("log")
def log(
    out: Annotated[Path, typer.Option("-o", "--out", help="Where the filters are written; an existing file is kept.")],
    json: _Json = False,
) -> None:
    """Build the filters of all that is logged, log their digest, and write them to a file."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.errors import InvalidInput
    from attest.store.durable import create_file
    from attest.usecases.path_filters import log_filters

    receipt, built = log_filters(local_instance())
    if not create_file(out, built.tree.encode()) and out.read_bytes() != built.tree.encode():
        raise InvalidInput("input.usage", "the file exists and holds something else", where=str(out))
    told = {
        "attestation": receipt.attestation,
        "sha256": built.tree.digest.hex(),
        "recordings": len(built.tree.indices),
        "unknown": built.unknown,
        "end": built.tree.end,
    }
    if json:
        print_json(told)
    else:
        print_line(f"{receipt.attestation}\n  {told['recordings']} recordings below entry {told['end']}")
        print_line(f"  of {built.unknown} the paths are not known here; sha256 {told['sha256']}")


@app.command("ask")
def ask(
    filters: Annotated[Path, typer.Argument(metavar="FILE", help="Filters as they were written.")],
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Below the work tree, as git names them.")],
    json: _Json = False,
) -> None:
    """Say of a file of filters whether a path is certainly in none of its recordings. Compare the digest with the log's."""
    from attest.cli.files import read_file
    from attest.model.path_filter import MAX_DOCUMENT_BYTES, parse_filters

    tree = parse_filters(read_file(filters, MAX_DOCUMENT_BYTES))
    found = tree.ask(paths)
    told = {
        "certainly_none": found.certainly_none,
        "maybe": list(found.maybe),
        "probes": found.probes,
        "recordings": len(tree.indices),
        "sha256": tree.digest.hex(),
    }
    if json:
        print_json(told)
        return
    words = "certainly none" if found.certainly_none else f"maybe {len(found.maybe)}: look them up exactly"
    print_line(f"{words} of {len(tree.indices)} recordings below entry {tree.end} ({found.probes} probes)")
    print_line(f"sha256 {told['sha256']}")


@app.command("check")
def check(name: Annotated[str, typer.Argument(metavar="att_…")], json: _Json = False) -> None:
    """Build logged filters again and compare. Exit code 3: they differ."""
    from attest.cli.wiring import local_instance
    from attest.usecases.path_filters import check_filters

    found = check_filters(local_instance(), name)
    if json:
        print_json({"same": found.same, "logged": found.logged, "made": found.made, "erased": found.erased})
    else:
        print_line("the same filters" if found.same else "OTHER FILTERS")
        print_line(f"  logged {found.logged}\n  made   {found.made}")
        if found.erased:
            print_line(f"  the paths of {found.erased} recordings went since, so that they must differ")
    if not found.same:
        raise typer.Exit(DIFFERS)
