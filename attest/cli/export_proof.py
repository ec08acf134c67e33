"""`whereof export proof`: cosigned proofs of what is recorded, which `verify` counts witnesses by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line


def proof(
    name: Annotated[str, typer.Argument(metavar="REV|ses_…|att_…")] = "HEAD",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A folder; default is beside the commit's bundles.")
    ] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print the paths as JSON.")] = False,
) -> None:
    """Write C2SP tlog-proofs under the newest head that a witness cosigned: `verify` takes them beside bundles."""
    from attest.cli.show import repository_at
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.export_proofs import export_proofs

    paths = export_proofs(local_instance(), name, repository_at(repo), output)
    if json:
        print_json({"files": [str(path) for path in paths]})
        return
    for path in paths:
        print_line(str(path))
