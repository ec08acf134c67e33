"""`whereof engagement`: leave for one person to open particular sessions, for a purpose and a time."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote

import typer

from attest.cli.at_service import JsonOption, ServerOption, at_service, rows_of, text_of
from attest.cli.output import print_json, print_line

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
PATH: Final = "/v1/engagements"
_Id = Annotated[str, typer.Argument(metavar="eng_…")]


@app.command("open")
def begin(
    name: Annotated[str, typer.Argument(help="Who, as the access log writes them.")],
    purpose: Annotated[str, typer.Option(help="For what, in a few words; shown to those whose sessions are opened.")],
    session: Annotated[
        list[str], typer.Option(metavar="ses_…", help="One that was sampled, assigned, or is part of it.")
    ],
    cause: Annotated[str, typer.Option(help="audit, review or incident.")] = "audit",
    days: Annotated[int, typer.Option(min=1, max=370, help="How long, from now on.")] = 14,
    repository: Annotated[list[str] | None, typer.Option(metavar="git+https://…")] = None,
    control: Annotated[list[str] | None, typer.Option(help="A control that it is about, such as CC8.1.")] = None,
    server: ServerOption = None,
    json: JsonOption = False,
) -> None:
    """Open an engagement for somebody else. An incident opens nothing until a second person confirms it."""
    from datetime import timedelta

    from attest.clock import SystemClock
    from attest.model.times import rfc3339

    now = SystemClock().now()
    body = {
        "name": name,
        "cause": cause,
        "purpose": purpose,
        "items": session,
        "starts_at": rfc3339(now),
        "expires_at": rfc3339(now + timedelta(days=days)),
        "repositories": repository or None,
        "controls": control or [],
    }
    made = at_service(server, "POST", PATH, json_body=body)
    print_json(made) if json else print_line(f"{text_of(made, 'id')} opened until {text_of(made, 'expires_at')}")


@app.command("confirm")
def confirm(name: _Id, server: ServerOption = None) -> None:
    """Confirm an engagement as the second person: neither whose it is nor who opened it."""
    at_service(server, "POST", f"{PATH}/{quote(name, safe='')}/confirm")
    print_line(f"{name} confirmed")


@app.command("end")
def end(name: _Id, server: ServerOption = None) -> None:
    """End an engagement, at once."""
    at_service(server, "DELETE", f"{PATH}/{quote(name, safe='')}")
    print_line(f"{name} ended")


@app.command("list")
def listing(server: ServerOption = None, json: JsonOption = False) -> None:
    """List one's own engagements; who administers, confirms or audits the reading sees everybody's."""
    found = at_service(server, "GET", PATH)
    if json:
        print_json(found)
        return
    for one in rows_of(found):
        items = one.get("items")
        count = len(items) if isinstance(items, list) else 0
        state = "ended" if one.get("ended") else "runs" if one.get("runs") else "does not run"
        words = f"{text_of(one, 'cause')}, {count} sessions, until {text_of(one, 'expires_at')}, {state}"
        print_line(f"{text_of(one, 'id')}  {text_of(one, 'name')}  {words}: {text_of(one, 'purpose')}")
