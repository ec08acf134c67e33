"""`whereof role`: who may do what at a service; each change is in its log, or is not made."""

from __future__ import annotations

from typing import Annotated

import typer

from attest.cli.at_service import JsonOption, ServerOption, at_service, rows_of, text_of
from attest.cli.output import print_json, print_line

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
PATH = "/v1/roles"


@app.command("give")
def give(
    name: Annotated[str, typer.Argument(help="Who, as the access log writes them.")],
    role: Annotated[
        str, typer.Argument(help="developer, reviewer, pipeline, auditor, security, privacy, operator, monitor.")
    ],
    repository: Annotated[
        list[str] | None, typer.Option(metavar="git+https://…", help="For these alone; default is all of the tenant's.")
    ] = None,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """Give somebody else a role, from their next request on. Roles that are kept apart are refused."""
    body = {"name": name, "role": role, "repositories": repository or None}
    made = at_service(server, "POST", PATH, json_body=body)
    print_json(made) if json else print_line(f"{text_of(made, 'id')} given")


@app.command("take")
def take(name: Annotated[str, typer.Argument(metavar="rol_…")], server: ServerOption = None) -> None:
    """Take a role back, at once."""
    from urllib.parse import quote

    at_service(server, "DELETE", f"{PATH}/{quote(name, safe='')}")
    print_line(f"{name} taken back")


@app.command("list")
def listing(server: ServerOption = None, json: JsonOption = False) -> None:
    """List the roles that were given by name; those of groups are at the provider and in `access.json`."""
    found = at_service(server, "GET", PATH)
    if json:
        print_json(found)
        return
    for one in rows_of(found):
        held = one.get("repositories")
        reach = ", ".join(map(str, held)) if isinstance(held, list) else "all repositories"
        state = "taken back" if one.get("taken") else f"since {text_of(one, 'given_at')}"
        print_line(f"{text_of(one, 'id')}  {text_of(one, 'role')}  {text_of(one, 'name')}  {reach}  {state}")
