"""`whereof export proof` and `export receipt`: that what is recorded is in the log, for `verify` and for readers of COSE."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line


def receipt(
    name: Annotated[str, typer.Argument(metavar="att_…", help="One recorded statement.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write a COSE receipt (RFC 9942) of one entry, under the newest published head."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.errors import InvalidInput
    from attest.store.durable import replace_file
    from attest.usecases.entry_proof import cose_receipt
    from attest.usecases.find import find

    instance = local_instance()
    found = find(instance, name, None)
    if len(found.here()) != 1:
        raise InvalidInput("input.ambiguous", "a receipt is of one entry", expected="att_…", got=name[:80])
    replace_file(output, cose_receipt(instance, found.here()[0]))
    if json:
        print_json({"files": [str(output)]})
        return
    print_line(str(output))


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
