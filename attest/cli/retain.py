"""`whereof retain`: how long each class is kept, and what goes now because its time is over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


@app.callback()
def retain(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    json: _Json = False,
) -> None:
    """Erase what is older than its class in retention.json, as it was logged last. A legal hold wins."""
    if context.invoked_subcommand is not None:
        return
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.retain import due
    from attest.usecases.retain import retain as run

    instance = local_instance()
    found = due(instance) if dry_run else run(instance)
    if json:
        print_json(found.to_json())
        return
    print_line(
        f"{'would erase' if dry_run else 'erased'}: {len(found.sessions)} sessions, {len(found.transcripts)} transcripts"
    )
    for name in found.sessions:
        print_line(f"  {name}  whole")
    for name in found.transcripts:
        print_line(f"  {name}  transcript")
    for name, hold in found.held:
        print_line(f"  {name}  held by {hold}")
    if not found.logged:
        print_line("the setting is not logged yet: nothing goes before `whereof retain set`")


@app.command("set")
def set_(
    approval: Annotated[Path | None, typer.Option(metavar="FILE", help="What `retain approve` wrote.")] = None,
) -> None:
    """Log the setting of retention.json; one that takes anything sooner needs a second person."""
    from attest.cli.confirming import typed_words
    from attest.cli.files import read_file
    from attest.cli.wiring import local_instance
    from attest.usecases.retain import logged_retention, read_retention, set_retention, words_of
    from attest.usecases.second_person import MAX_BUNDLE_BYTES

    instance = local_instance()
    wanted = read_retention(instance.settings.home)
    sooner = wanted.shorter_than(logged_retention(instance))
    typed = typed_words(instance.settings.home, words_of(wanted), approval) if sooner else ""
    bundle = read_file(approval, MAX_BUNDLE_BYTES) if approval else None
    print_line(words_of(set_retention(instance, approval=bundle, typed=typed)))


@app.command("approve")
def approve(
    setting: Annotated[Path, typer.Argument(metavar="FILE", help="The retention.json that is to be approved.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the signed approval is written.")],
    hours: Annotated[int, typer.Option(help="How long it holds, at most 72.")] = 4,
) -> None:
    """Approve, as the second person on your own machine, a setting that takes anything sooner."""
    import json

    from attest.cli.files import read_file
    from attest.cli.wiring import local_instance
    from attest.errors import InvalidInput
    from attest.model.retention import retention_of
    from attest.usecases.retain import MAX_FILE_BYTES, asked_of, words_of
    from attest.usecases.second_person import approve as sign

    try:
        value = json.loads(read_file(setting, MAX_FILE_BYTES))
    except ValueError as err:
        raise InvalidInput("input.malformed", where=str(setting)) from err
    wanted = retention_of(value, str(setting))
    output.write_bytes(sign(local_instance(), asked_of(wanted), hours=hours))
    print_line(f"wrote {output}: {words_of(wanted)}; within {hours} hours")
