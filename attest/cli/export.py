"""`whereof export`: what others need to check evidence without this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

app = typer.Typer(no_args_is_help=True)


@app.callback()
def export() -> None:
    """Write out what others need to check without this machine."""


@app.command("trust")
def trust(
    output: Annotated[Path, typer.Option("-o", "--output", help="A folder; made when it is not there.")],
    server: Annotated[
        str, typer.Option(help="Address at which clients reach this log's services.")
    ] = "https://embedded.invalid",
    json: Annotated[bool, typer.Option("--json", help="Print the paths as JSON.")] = False,
) -> None:
    """Write trusted_root.json, trust_config.json, signing_config.json and a TUF repository."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.export_trust import export_trust

    paths = export_trust(local_instance(), output, server)
    if json:
        print_json({"files": [str(p) for p in paths]})
        return
    for path in paths:
        print_line(str(path))
