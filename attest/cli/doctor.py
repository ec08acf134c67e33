"""`whereof doctor`: is capture really working here?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

EXIT_UNHEALTHY = 1
"""Something is broken; warnings alone end with 0."""


def doctor(
    roundtrip: Annotated[
        bool, typer.Option("--roundtrip", help="Send a canary session through the real path; it stays in the log.")
    ] = False,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check store, hooks, spool and queue of this machine, and say what to do about each thing that is wrong."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.errors import InvalidInput
    from attest.git import Repository
    from attest.usecases.doctor import Health
    from attest.usecases.doctor import doctor as run_doctor
    from attest.usecases.doctor_roundtrip import roundtrip as run_roundtrip

    instance = local_instance()
    try:
        repository = Repository.open(repo)
    except InvalidInput:
        if roundtrip:
            raise
        repository = None
    found = run_doctor(instance, repository, Path.home())
    if roundtrip and repository is not None:
        found += run_roundtrip(instance, repository)
    if json:
        rows = [
            {"check": f.check, "health": f.health.value, "against": f.against, "detail": f.detail, "next": f.next}
            for f in found
        ]
        print_json({"data": rows})
    else:
        for one in found:
            print_line(f"{one.health.value:<12}{one.check:<18}{one.against}{f'; {one.detail}' if one.detail else ''}")
            if one.next:
                print_line(f"{'':<30}next: {one.next}")
    if any(one.health is Health.FAILED for one in found):
        raise typer.Exit(EXIT_UNHEALTHY)
