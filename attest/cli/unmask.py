"""`whereof unmask`: one value out of the vault, for one reason, on record."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from attest.cli.output import print_line


def unmask(
    session: Annotated[str, typer.Argument(metavar="ses_…")],
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="The whole token, `[REDACTED:…:…]`.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the log.")],
) -> None:
    """Print one redacted value, if the vault was on when the session was recorded. Each time is logged on this machine."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.vault import UnmaskRequest, confirmation_of
    from attest.usecases.vault import unmask as run_unmask

    sys.stderr.write(f"one user, no second person: type `{confirmation_of(session)}` to go on\n")
    typed = sys.stdin.readline().rstrip("\n")
    request = UnmaskRequest(session=session, token=token, reason=reason, confirmation=typed)
    print_line(run_unmask(local_instance(), request))
