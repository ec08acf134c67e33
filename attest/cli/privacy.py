"""`whereof privacy` and `whereof actor`: what is held about people, who stands behind a pseudonym, and its end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.usecases.privacy_report import PrivacyReport

privacy = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
actor = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
_Uri = Annotated[str, typer.Argument(metavar="https://…/actor/…", help="A pseudonym, as certificates hold it.")]


@privacy.callback()
def about_privacy() -> None:
    """What is held about people: of one, for that person; of all, in counts."""


@privacy.command("export")
def export(
    subject: Annotated[str, typer.Option(help="A pseudonym, or the name that an issuer knows.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Where the JSON lines are written; never over a file.")
    ],
) -> None:
    """Write everything that is held about a person; that it was opened stands in the access log."""
    # person: for the person who asks what is held about them; recorded in the access log before a line is written
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


@privacy.command("report")
def report(json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """Print what is held, for how long, and who may read it: counts and settings, nobody's name."""
    from attest.cli.wiring import local_instance
    from attest.usecases.privacy_report import privacy_report

    found = privacy_report(local_instance())
    if json:
        print_json(found.to_json())
        return
    for line in _lines(found):
        print_line(line)


def _lines(found: PrivacyReport) -> Iterator[str]:
    from attest.usecases.privacy_report import NOT_DONE, OTHERS_NEED, at_least, readers

    held = found.held
    yield "held"
    yield from (f"  {number:>9,}  statements {kind}" for kind, number in held.statements)
    yield from (f"  {number:>9,}  {kind}" for kind, number in held.rows)
    yield f"  {held.part_bytes:>9,}  bytes of encrypted parts"
    yield "people, by pseudonym; no name is printed"
    yield f"  signed something: {at_least(held.signers)}; can be disclosed: {at_least(held.disclosable)}"
    yield "kept for"
    classes = (("transcript", found.retention.texts), ("metadata", found.retention.metadata))
    yield from (f"  {name}: {'for ever' if days is None else f'{days} days'}" for name, days in classes)
    yield "  log: for ever" + ("" if found.retention_in_force else "; the setting is not logged yet, so nothing goes")
    yield f"  {found.holds} legal holds are active"
    yield "who may read"
    yield f"  transcripts: {', '.join(readers())}: their own; of others with {OTHERS_NEED}"
    yield f"  {held.credentials} credentials, {held.roles} roles by name, {held.engagements} engagements"
    yield f"  {held.accesses:,} records of who read what"
    yield "what is not done"
    yield from (f"  {line}" for line in NOT_DONE)


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
