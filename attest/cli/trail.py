"""`whereof trail`: plans, overrides, rejected paths and approvals of a change, in order, each with where it is on record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import inert_line, print_json, print_line

if TYPE_CHECKING:
    from attest.model.trail import TrailItem
    from attest.usecases.trail import Trail


def trail(
    revision: Annotated[str, typer.Argument(metavar="REV", help="A commit.")] = "HEAD",
    format_: Annotated[str, typer.Option("--format", help="text, markdown or json.")] = "text",
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say how a change was decided: what was wanted, planned, overruled, left and approved, as far as it is on record."""
    from attest.cli.files import clone_at
    from attest.cli.wiring import local_instance
    from attest.errors import InvalidInput
    from attest.usecases.find import resolve_commit
    from attest.usecases.trail import trail_of

    if format_ not in ("text", "markdown", "json"):
        raise InvalidInput("input.usage", "no such format", expected="text, markdown or json", got=format_[:40])
    instance = local_instance()
    found = trail_of(instance, resolve_commit(instance, revision, clone_at(repo)))
    if json or format_ == "json":
        print_json(_json(found))
    elif format_ == "markdown":
        sys.stdout.write(trail_markdown(found))
    else:
        _print(found)


def _print(found: Trail) -> None:
    print_line(f"{found.oid}: {len(found.items):,} steps")
    for one in found.items:
        print_line(
            f"  {_when(one):<20}  {one.kind:<17}{one.said}{f' “{one.quote}”' if one.quote else ''}  [{_place(one)}]"
        )
    for line in _end(found):
        print_line(f"  {line}")


def trail_markdown(found: Trail) -> str:
    """Give a table; words of people and agents are escaped, and link to nothing."""
    from attest.model.markdown import cell, code

    lines = [f"Decision trail of {code(found.oid)}", "", "| time (UTC) | step | what | where |", "|---|---|---|---|"]
    for one in found.items:
        quote = f" “{cell(one.quote)}”" if one.quote else ""
        lines.append(f"| {_when(one)} | {one.kind} | {cell(one.said)}{quote} | {cell(_place(one))} |")
    lines += ["", *(f"- {cell(line)}" for line in _end(found))]
    return "\n".join(inert_line(line) for line in lines) + "\n"


def _end(found: Trail) -> tuple[str, ...]:
    listed = "list complete" if found.complete else "completeness not proved"
    return (
        *(f"not opened: {name}: {why}" for name, why in found.closed),
        *((f"{found.left_out:,} more steps are not shown",) if found.left_out else ()),
        *(() if found.items or found.closed else ("nothing is recorded of this change: not known, which is not none",)),
        f"as of tree size {found.head.tree_size:,}, root {found.head.root}: {listed}",
        "not known: decisions taken outside recorded sessions and signed statements",
    )


def _when(one: TrailItem) -> str:
    from attest.model.answer_words import time_text

    return time_text(one.time) if one.time else "time not known"


def _place(one: TrailItem) -> str:
    where = (
        f"{one.session}#{one.event}" if one.session and one.event is not None else one.session or one.attestation[:14]
    )
    return f"{where}, log entry {one.log_index}, {one.basis}"


def _json(found: Trail) -> dict[str, object]:
    return {
        "commit": found.oid,
        "as_of": {"log": found.head.origin, "tree_size": found.head.tree_size, "root": found.head.root},
        "complete": found.complete,
        "left_out": found.left_out,
        "closed": [{"session": name, "why": why} for name, why in found.closed],
        "data": [
            {
                "kind": one.kind,
                "said": one.said,
                "quote": one.quote or None,
                "time": one.time.isoformat() if one.time else None,
                "session": one.session or None,
                "event": one.event,
                "attestation": one.attestation,
                "log_index": one.log_index,
                "basis": one.basis,
            }
            for one in found.items
        ],
    }
