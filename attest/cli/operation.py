"""`whereof controls operation`: whether a control operated over a period, change by change."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from attest.cli.output import print_json, print_line

MAX_SHOWN = 40


def operation(  # one flag each
    from_: Annotated[str, typer.Option("--from", help="First moment of the period (RFC 3339, or a day in UTC).")],
    to: Annotated[str, typer.Option("--to", help="First moment after it.")],
    rule: Annotated[str, typer.Option(metavar="ID", help="One rule of the policy; else the policy as a whole.")] = "",
    branch: Annotated[str, typer.Option(metavar="REV", help="Else the remote's default branch, or HEAD.")] = "",
    as_of: Annotated[int | None, typer.Option("--as-of", metavar="N", help="The log as it stood at this size.")] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    form: Annotated[Literal["text", "json", "csv"], typer.Option("--format", help="csv is for reading.")] = "text",
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """For each change that landed in a period: the verdict that stood, the mode then, outages, fields of change control."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.errors import InvalidInput
    from attest.git import Repository
    from attest.usecases.control_operation import OperationRequest, control_operation
    from attest.usecases.operation_words import operation_csv, operation_json, operation_lines
    from attest.usecases.population_question import moment

    start, end = moment(from_), moment(to)
    if start is None or end is None:  # both are asked for
        raise InvalidInput("input.usage")
    request = OperationRequest(
        repository=Repository.open(repo), start=start, end=end, rule=rule, branch=branch, tree_size=as_of
    )
    report = control_operation(local_instance(), request)
    if json or form == "json":
        print_json(operation_json(report))
    elif form == "csv":
        for line in operation_csv(report):
            sys.stdout.write(line)
    else:
        for line in operation_lines(report, MAX_SHOWN):
            print_line(line)
