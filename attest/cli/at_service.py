"""What commands share that ask a service: which one, with which token, and how its answers are read."""

from __future__ import annotations

from typing import Annotated

import typer

ServerOption = Annotated[
    str | None, typer.Option("--server", metavar="URL", help="Address of the service; default is $WHEREOF_SERVER.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def at_service(server: str | None, method: str, path: str, *, json_body: object = None) -> object:
    """Ask the service, as who signed in by `whereof login` or whose token is in $WHEREOF_TOKEN.

    Raises:
        InvalidInput: `input.usage`, no service was named.
        AttestError: what the service refuses, with its code.
    """
    import os

    from attest.cli.login import server_named
    from attest.client import ask
    from attest.usecases.signed_in import server_for

    return ask(server_for(server_named(server), os.environ), method, path, json_body=json_body)


def rows_of(answer: object) -> tuple[dict[str, object], ...]:
    """Give the rows of a list as the service sent it; what is no row is left out."""
    rows = answer.get("data") if isinstance(answer, dict) else None
    return tuple(row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()


def text_of(row: object, name: str) -> str:
    """Give one member as text; `-` where it is not there."""
    found = row.get(name) if isinstance(row, dict) else None
    return "-" if found is None else str(found)
