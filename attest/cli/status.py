"""`whereof status`: what this machine's instance holds, and the head of its log."""

from __future__ import annotations

from typing import Annotated

import typer

from attest.cli.output import print_json, print_line


def status(
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say what is recorded here, where the log stands, and what was begun and not finished."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.status import status_of

    result = status_of(local_instance())
    if json:
        print_json(result)
        return
    for name, value in result.items():
        print_line(f"{name.replace('_', ' '):<24}{value}")
