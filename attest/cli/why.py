"""`whereof why`: which session, event and words led to a line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.usecases.why import Why, WhySession

QUOTED = 400
"""Characters of a prompt shown in text; `--json` gives all."""


def why(
    place: Annotated[
        str, typer.Argument(metavar="PATH:LINE", help="A line of a file, from the top of the repository.")
    ],
    rev: Annotated[str, typer.Option(metavar="REV", help="The revision that line is in.")] = "HEAD",
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say which commit, session, event and prompts led to a line, who approved it, and what each step rests on."""
    from attest.cli.links import existing_instance
    from attest.errors import InvalidInput
    from attest.git import Repository  # keep `--help` light
    from attest.usecases.why import why_line

    path, _, number = place.rpartition(":")
    if not path or not number.isdigit() or len(number) > 9:
        raise InvalidInput("input.usage", expected="PATH:LINE", got=place[:200])
    answer = why_line(Repository.open(repo), existing_instance(), path=path, line=int(number), revision=rev)
    if json:
        print_json(_json(answer))
        return
    blamed = answer.blamed
    print_line(f"{answer.path}:{answer.line}  {blamed.text.strip()}")
    print_line(f"  commit    {blamed.oid}  {answer.subject}")
    print_line(f"            git blames it for line {blamed.line} of {blamed.path}{_notes(answer)}")
    if not answer.sessions:
        print_line("  session   none: no link of this commit has credit")
    for session in answer.sessions:
        _print(session)
    if answer.hints:
        print_line(f"  {answer.hints} claims about this commit have no credit; see: whereof links {blamed.oid[:12]}")


def _notes(answer: Why) -> str:
    notes = ["history ends there: it may be older"] if answer.blamed.boundary else []
    if answer.ignore_revs:
        notes.append(".git-blame-ignore-revs honoured")
    return "; " + "; ".join(notes) if notes else ""


def _print(session: WhySession) -> None:
    link = session.link
    derived = f", from {', '.join(oid[:12] for oid in link.derived_from)}" if link.derived_from else ""
    print_line(f"  session   {link.session.name}")
    print_line(f"            link {link.kind.value}, {link.confidence.value}, by {link.method}{derived}")
    where = "not found" if session.event is None else str(session.event)
    print_line(f"  event     {where}: {session.event_basis}")
    for prompt in session.prompts:
        words = " ".join(prompt.text.split())
        print_line(
            f"  asked     [{prompt.event}] {words[:QUOTED]}{'…' if len(words) > QUOTED else ''}  ({prompt.basis})"
        )
    if session.attestation and not session.prompts:
        print_line("  asked     not known: no prompt of a person stands before it")
    print_line(f"  approved  {session.approver}")


def _json(answer: Why) -> dict[str, object]:
    blamed = answer.blamed
    return {
        "path": answer.path,
        "line": answer.line,
        "commit": {
            "oid": blamed.oid,
            "path": blamed.path,
            "line": blamed.line,
            "subject": answer.subject,
            "boundary": blamed.boundary,
            "ignore_revs": answer.ignore_revs,
            "basis": "git blame",
        },
        "sessions": [
            {
                "link": session.link.to_json(),
                "attestation": session.attestation,
                "event": session.event,
                "event_basis": session.event_basis,
                "prompts": [{"event": p.event, "text": p.text, "basis": p.basis} for p in session.prompts],
                "approver": session.approver,
                "approver_basis": session.approver_basis,
            }
            for session in answer.sessions
        ],
        "links_without_credit": answer.hints,
    }
