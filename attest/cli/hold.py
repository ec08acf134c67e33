"""`whereof hold`: legal holds, which nothing erases against; added by one, released by two."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
_Id = Annotated[str, typer.Argument(metavar="hld_…")]


@app.command("add")
def add(
    matter: Annotated[str, typer.Argument(help="A word by which the matter is known; it stays in the log for good.")],
    session: Annotated[list[str] | None, typer.Option(metavar="ses_…", help="Hold this session.")] = None,
    repository: Annotated[
        list[str] | None, typer.Option(metavar="git+https://…", help="Hold every session that touches it.")
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Hold all there is, and will be.")] = False,
    json: _Json = False,
) -> None:
    """Hold sessions: neither an erasure nor retention takes them until it is released. Signed and logged."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.errors import InvalidInput
    from attest.usecases.holds import add_hold

    if everything == bool(session or repository):
        raise InvalidInput("input.usage", "what is held", expected="--session, --repository, or --everything alone")
    made = add_hold(local_instance(), matter, sessions=tuple(session or ()), repositories=tuple(repository or ()))
    print_json(made.to_json()) if json else print_line(f"{made.id} holds")


@app.command("list")
def listing(json: _Json = False) -> None:
    """List every hold there ever was."""
    from attest.cli.wiring import local_instance
    from attest.usecases.holds import all_holds

    found = all_holds(local_instance())
    if json:
        print_json([one.to_json() for one in found])
        return
    for one in found:
        covers = f"{len(one.sessions)} sessions, {len(one.repositories)} repositories"
        what = "everything" if one.everything else covers
        print_line(f"{one.id}  {one.matter}  {what}  {'holds' if one.active else f'released {one.released_at}'}")


@app.command("approve")
def approve(
    name: _Id,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the signed approval is written.")],
    hours: Annotated[int, typer.Option(help="How long the approval runs, at most 72.")] = 4,
) -> None:
    """Approve, as the second person on your own machine, that a hold is released."""
    from attest.cli.wiring import local_instance
    from attest.usecases.holds import Hold, asked_of
    from attest.usecases.second_person import approve as sign

    asked = asked_of(Hold(id=name, matter="", sessions=(), repositories=(), added_at=""))
    output.write_bytes(sign(local_instance(), asked, hours=hours))
    print_line(f"wrote {output}: the release of {name}, within {hours} hours")


@app.command("release")
def release(
    name: _Id,
    approval: Annotated[Path | None, typer.Option(metavar="FILE", help="What `hold approve` wrote.")] = None,
    json: _Json = False,
) -> None:
    """Release a hold, with a second person's approval; signed and logged."""
    from attest.cli.confirming import typed_words
    from attest.cli.files import read_file
    from attest.cli.wiring import local_instance
    from attest.usecases.holds import hold_named, release_hold, words_of
    from attest.usecases.second_person import MAX_BUNDLE_BYTES

    instance = local_instance()
    typed = typed_words(instance.settings.home, words_of(hold_named(instance, name)), approval)
    bundle = read_file(approval, MAX_BUNDLE_BYTES) if approval else None
    done = release_hold(instance, name, approval=bundle, typed=typed)
    print_json(done.to_json()) if json else print_line(f"{done.id} released")
