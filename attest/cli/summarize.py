"""`whereof summarize`: have a program that the operator named write about one session; never evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.model.machine_summary import MachineSummary


def summarize(
    session: Annotated[str, typer.Argument(metavar="ses_…", help="A session.")],
    remove: Annotated[bool, typer.Option("--remove", help="Remove the summary that is kept; make none.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Have the program of summarizer.json summarize a session; kept apart from evidence, and counted by nothing."""
    import os

    from attest.cli.wiring import local_instance
    from attest.usecases.summarize import summarize as run
    from attest.usecases.summarize import take_away

    instance = local_instance()
    if remove:
        gone = take_away(instance, session)
        print_json({"session": session, "removed": gone}) if json else print_line("removed" if gone else "none is kept")
        return
    made = run(instance, session, os.environ)
    print_json(_json(made)) if json else _print(made)


def _json(made: MachineSummary) -> dict[str, object]:
    from attest.model.machine_summary import summary_json

    return summary_json(made)


def _print(made: MachineSummary) -> None:
    from attest.model.answer_words import time_text
    from attest.model.plain_text import printable_lines

    print_line(made.title)
    print_line(f"  {made.source}, {time_text(made.made_at)}, input sha256 {made.input_sha256}")
    for line in printable_lines(made.text):
        print_line(f"  {line}")
