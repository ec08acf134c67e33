"""`whereof except`: take on signature that a rule shall not stop commits, until a day."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line


def except_rules(
    revision: Annotated[str, typer.Argument(metavar="REV|A..B", help="A commit, or a range of commits.")],
    rule: Annotated[list[str], typer.Option(metavar="NAME", help="A rule of the policy; may be given several times.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="Last day, by UTC, or a moment with its zone.")],
    reason: Annotated[
        str,
        typer.Option(
            metavar="WORD", help="emergency, false-positive, fixture, generated, migration, third-party or other."
        ),
    ],
    text: Annotated[
        str | None, typer.Option(help="The reason in words: only its salted digest is signed; keep it yourself.")
    ] = None,
    capacity: Annotated[
        str, typer.Option(metavar="WORD", help="As what you grant it: owner, security, release, compliance or other.")
    ] = "owner",
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Sign and log an exception from rules for these commits; whether you may grant it is for the policy to say."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.git import Repository
    from attest.usecases.grant_exception import ExceptRequest, end_of, grant_exception

    request = ExceptRequest(
        repository=Repository.open(repo),
        revision=revision,
        rules=tuple(rule),
        until=end_of(until),
        reason=reason,
        text=text,
        capacity=capacity,
    )
    made = grant_exception(request, local_instance())
    if json:
        print_json({"receipt": made.receipt.to_json(), "salt": made.salt})
        return
    count = len(made.receipt.commits)
    print_line(
        f"excepted {count} {'commit' if count == 1 else 'commits'} from {', '.join(sorted(set(rule)))} "
        f"until {request.until.strftime('%Y-%m-%d %H:%M:%S')} UTC"
    )
    if made.salt:
        print_line(f"keep the reason in words with this salt, which opens its digest: {made.salt}")
    print_line(f"logged {made.receipt.attestation}, log entry {made.receipt.index}")
