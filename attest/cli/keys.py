"""`whereof keys`: which keys this instance has, and how those of a role are replaced or revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line
from attest.model.admin_keys import KeyRole

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
_Role = Annotated[KeyRole, typer.Option(help="ca, tsa, tenant or redaction.")]
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


@app.command("list")
def list_(json: _Json = False) -> None:
    """List every generation of every role: since when, until when, revoked from when on."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.list_keys import list_keys

    rows = list_keys(local_instance())
    if json:
        print_json({"data": [row.to_json() for row in rows]})
        return
    for row in rows:
        print_line(row.line)


@app.command("rotate")
def rotate(
    role: _Role,
    lead_hours: Annotated[int, typer.Option(help="How long the new key is known before it signs.")] = 24,
    overlap_hours: Annotated[int, typer.Option(help="How long the old one is taken after that.")] = 24,
) -> None:
    """Make the next key of a role and announce it, with an entry in the log. Log keys: see `whereof succeed`."""
    from datetime import timedelta

    from attest.cli.wiring import local_instance
    from attest.usecases.list_keys import row_of
    from attest.usecases.rotate_keys import LEAST_LEAD_OF_SECRETS, Rotation
    from attest.usecases.rotate_keys import rotate as run

    lead = timedelta(hours=lead_hours)
    if role in (KeyRole.TENANT, KeyRole.REDACTION):
        lead = max(lead, LEAST_LEAD_OF_SECRETS)
    instance = local_instance()
    made = run(instance, Rotation(role=role, lead=lead, overlap=timedelta(hours=overlap_hours)))
    print_line(row_of(instance, role, made).line)
    if role in (KeyRole.CA, KeyRole.TSA):
        print_line("hand out the new trusted root before it begins: `whereof export trust`")


@app.command("revoke")
def revoke(
    role: _Role,
    generation: Annotated[int, typer.Option(help="Its number in `whereof keys list`.")],
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%dT%H:%M:%SZ"], help="UTC, as 2026-01-31T12:00:00Z.")],
) -> None:
    """Say from when on somebody else may have had a key of the ca or the tsa. Rotate first; it cannot be taken back."""
    from datetime import UTC

    from attest.cli.wiring import local_instance
    from attest.usecases.list_keys import row_of
    from attest.usecases.rotate_keys import revoke_generation

    instance = local_instance()
    print_line(row_of(instance, role, revoke_generation(instance, role, generation, since.replace(tzinfo=UTC))).line)
    print_line("hand out the new trusted root at once: `whereof export trust`")
