"""`whereof login` and `whereof logout`: this command line at a service, by the user's own browser."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.usecases.device_login import Shown


def login(
    url: Annotated[str, typer.Argument(help="Address of the service; commands take it from $WHEREOF_SERVER.")],
    scope: Annotated[
        str,
        typer.Option(help="Scopes, separated by spaces; default: ingest verify session.read, as far as you have them."),
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print as JSON; the code is said on standard error.")] = False,
) -> None:
    """Sign in by your browser; the token is kept in your configuration, for you alone, and no password is typed here."""
    import time

    from attest.usecases.device_login import log_in

    done = log_in(url, os.environ, scope, show=_show, wait=time.sleep)
    if json:
        print_json({"scope": done.scope, "expires_in": done.expires_in, "file": str(done.file)})
        return
    print_line(f"signed in: {done.scope}, for {done.expires_in // 86400} days; kept in {done.file}")


def logout(
    url: Annotated[str | None, typer.Argument(help="Address of the service; default is $WHEREOF_SERVER.")] = None,
) -> None:
    """Take the token back at the service, and remove it here."""
    from attest.usecases.device_login import log_out

    print_line("signed out" if log_out(server_named(url), os.environ) else "nothing was kept for this service")


def server_named(url: str | None) -> str:
    """Give the address of the service that a command is for.

    Raises:
        InvalidInput: `input.usage`, none was named.
    """
    from attest.errors import InvalidInput
    from attest.settings import read_settings

    found = url or read_settings(os.environ).server
    if not found:
        raise InvalidInput("input.usage", "which service", expected="an address, here or in $WHEREOF_SERVER")
    return found


def _show(shown: Shown) -> None:
    import sys

    from attest.cli.output import inert_line

    # On standard error: what is printed may be read by a program.
    sys.stderr.write(inert_line(f"open   {shown.address}") + "\n")
    sys.stderr.write(inert_line(f"type   {shown.code}   within {shown.minutes} minutes") + "\n")
    sys.stderr.flush()
