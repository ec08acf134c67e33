"""`whereof unmask` and `approve-unmask`: one value out of the vault, for one reason, with a second person, on record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from attest.cli.files import read_file
from attest.cli.output import print_line


def unmask(
    session: Annotated[str, typer.Argument(metavar="ses_…")],
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="The whole token, `[REDACTED:…:…]`.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the log of this machine.")],
    approval: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What `approve-unmask` wrote for this very request.")
    ] = None,
) -> None:
    """Print one redacted value, if the vault was on when the session was recorded. Each time is signed and logged."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.unmask_approval import MAX_BUNDLE_BYTES, read_approvers
    from attest.usecases.vault import UnmaskRequest, confirmation_of
    from attest.usecases.vault import unmask as run_unmask

    instance = local_instance()
    typed = ""
    if approval is None and not read_approvers(instance.settings.home):
        sys.stderr.write(f"one user, no second person: type `{confirmation_of(session)}` to go on\n")
        typed = sys.stdin.readline().rstrip("\n")
    bundle = read_file(approval, MAX_BUNDLE_BYTES) if approval else None
    request = UnmaskRequest(session=session, token=token, reason=reason, confirmation=typed, approval=bundle)
    print_line(run_unmask(instance, request))


def approve_unmask(
    session: Annotated[str, typer.Argument(metavar="ses_…")],
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="The whole token, `[REDACTED:…:…]`.")],
    reason: Annotated[str, typer.Option(help="Why, word for word as it will be given to `unmask`.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the signed approval is written.")],
    hours: Annotated[int, typer.Option(help="How long it holds, at most 72.")] = 4,
) -> None:
    """Approve, as the second person, that somebody else unmasks one value once; signed and logged on this machine."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.unmask_approval import approve_unmask as run_approve

    output.write_bytes(run_approve(local_instance(), session, token, reason, hours=hours))
    print_line(f"wrote {output}: one unmasking, within {hours} hours")
