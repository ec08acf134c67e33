"""`whereof change-set`: sessions grouped after the fact, by signed statements that are never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.model.change_set import Act, ChangeSet
    from attest.model.receipt import Receipt

app = typer.Typer(no_args_is_help=True)
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
_Set = Annotated[str, typer.Argument(metavar="att_…", help="The set: the attestation that began it.")]
_Sessions = Annotated[list[str], typer.Argument(metavar="ses_…", help="Sessions that are recorded here.")]


@app.callback()
def change_set() -> None:
    """Group sessions that belong together. Each step is signed and logged; no policy reads it."""


@app.command("begin")
def begin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One word, which is never erased.")],
    sessions: _Sessions,
    json: _Json = False,
) -> None:
    """Begin a set of these sessions."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.change_sets import begin_set

    _said(begin_set(local_instance(), name, tuple(sessions)), as_json=json)


@app.command("add")
def add(of: _Set, sessions: _Sessions, json: _Json = False) -> None:
    """Add sessions to a set."""
    from attest.model.change_set import Act

    _change(of, Act.ADD, sessions, as_json=json)


@app.command("take-out")
def take_out(of: _Set, sessions: _Sessions, json: _Json = False) -> None:
    """Say that sessions belong to the set no more; what was said before stays."""
    from attest.model.change_set import Act

    _change(of, Act.TAKE_OUT, sessions, as_json=json)


@app.command("show")
def show(
    of: Annotated[str, typer.Argument(metavar="att_…|ses_…", help="A set, or a session: then every set it was in.")],
    json: _Json = False,
) -> None:
    """Print a set as it stands, and every step that made it."""
    from attest.cli.wiring import local_instance
    from attest.usecases.change_sets import load_set, sets_of

    instance = local_instance()
    found = sets_of(instance, of) if of.startswith("ses_") else (load_set(instance, of),)
    if json:
        print_json({"data": [one.to_json() for one in found]})
        return
    for one in found:
        _print(one)
    if not found:
        print_line("in no change-set")


def _change(of: str, act: Act, sessions: list[str], *, as_json: bool) -> None:
    from attest.cli.wiring import local_instance
    from attest.usecases.change_sets import change_members

    _said(change_members(local_instance(), of, act, tuple(sessions)), as_json=as_json)


def _said(receipt: Receipt | None, *, as_json: bool) -> None:
    if as_json:
        print_json({"receipt": receipt.to_json() if receipt else None})
    elif receipt is None:
        print_line("nothing changes: nothing is logged")
    else:
        print_line(f"logged {receipt.attestation}, log entry {receipt.index}")


def _print(one: ChangeSet) -> None:
    print_line(f"{one.name}  {one.id}  {len(one.sessions)} sessions")
    for session in one.sessions:
        print_line(f"  {session}")
    for step in one.history:
        names = ", ".join(step.change.sessions)
        print_line(f"    entry {step.index}  {step.change.act.value:<9}{names}  by {step.identity}")
