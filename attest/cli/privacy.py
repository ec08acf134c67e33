"""`whereof privacy` and `whereof actor`: what is held about a person, who stands behind a pseudonym, and its end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

privacy = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
actor = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
_Uri = Annotated[str, typer.Argument(metavar="https://…/actor/…", help="A pseudonym, as certificates hold it.")]


@privacy.callback()
def about_privacy() -> None:
    """What is held about one person, for that person."""


@privacy.command("export")
def export(
    subject: Annotated[str, typer.Option(help="A pseudonym, or the name that an issuer knows.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Where the JSON lines are written; never over a file.")
    ],
) -> None:
    """Write everything that is held about a person; that it was opened stands in the access log."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.errors import InvalidInput
    from attest.usecases.sign import actor_of
    from attest.usecases.subject_access import export_subject, line_of

    if output.exists():
        raise InvalidInput("input.usage", "the file is there already", where=str(output))
    instance = local_instance()
    count = 0
    lines = export_subject(instance, subject, by=actor_of(instance))
    first = next(lines)  # nobody of that name: no file either
    with output.open("x", encoding="utf-8") as file:
        output.chmod(0o600)
        for line in (first, *lines):
            file.write(line_of(line))
            count += 1
    print_line(f"wrote {output}: {count} lines")


@actor.command("disclose")
def disclose(uri: _Uri) -> None:
    """Print what proves who stands behind a pseudonym. Whoever is given it can show it to anybody."""
    from attest.cli.wiring import local_instance
    from attest.usecases.actors import disclose as run

    print_json(run(local_instance(), uri).to_json())


@actor.command("check")
def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="What `actor disclose` printed.")]) -> None:
    """Recompute a pseudonym from a disclosure; needs no data directory and no network."""
    import json

    from attest.cli.files import read_file
    from attest.errors import InvalidInput
    from attest.usecases.actors import check_disclosure

    try:
        value = json.loads(read_file(file, 64 * 1024))
    except ValueError as err:
        raise InvalidInput("input.malformed", where=str(file)) from err
    found = check_disclosure(value)
    print_line(f"{found.uri} is {found.subject} of {found.issuer}")


@actor.command("erase")
def erase(uri: _Uri) -> None:
    """Destroy what discloses a pseudonym; nobody can say any more whose it was. Signed and logged before."""
    from attest.cli.wiring import local_instance
    from attest.usecases.actors import erase_actor, words_of

    sys.stderr.write(f"type `{words_of(uri)}` to go on\n")
    erase_actor(local_instance(), uri, typed=sys.stdin.readline().rstrip("\n"))
    print_line(f"nobody is told who {uri} was any more")
