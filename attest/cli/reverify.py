"""`whereof reverify`: everything checked again under today's trust and policy, with a dated, signed report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.settings import Settings
    from attest.usecases.reverify import ReverifyReport
    from attest.usecases.verify import VerifyRequest

MAX_SHOWN = 40


def reverify(
    range_: Annotated[str | None, typer.Argument(metavar="[A..B]", help="Judge these commits again as well.")] = None,
    since_last: Annotated[
        bool, typer.Option("--since-last", help="Signatures of what was logged since the last report alone.")
    ] = False,
    policy: Annotated[
        str | None, typer.Option(metavar="REV:PATH", help="Judge by this policy, such as today's; else that of A.")
    ] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check log, signatures and commits again, log a signed report, and say what changed. Exit codes as `verify`."""
    from attest.cli.progress import count_progress  # keep `--help` light
    from attest.cli.wiring import instance_to_check, local_instance
    from attest.settings import read_settings
    from attest.usecases.reverify import ReverifyRequest
    from attest.usecases.reverify import reverify as check_again

    judge = _judge((range_, policy), repo, read_settings(os.environ)) if range_ else None
    with count_progress("checking") as on_progress:
        request = ReverifyRequest(judge=judge, since_last=since_last)
        report = check_again(instance_to_check(), request, on_progress, to_log=local_instance)
    if json:
        print_json(_json(report))
    else:
        _print(report)
    raise typer.Exit(report.exit_code)


def _judge(asked: tuple[str, str | None], repo: Path, settings: Settings) -> VerifyRequest:
    from attest.cli.answers import answer_source
    from attest.clock import SystemClock
    from attest.git import Repository
    from attest.usecases.followed_homes import places_of
    from attest.usecases.verify import VerifyRequest

    return VerifyRequest(
        repository=Repository.open(repo),
        revision=asked[0],
        policy=asked[1],
        **places_of(settings),
        now=SystemClock().now(),
        answers=answer_source(settings, offline=True),
    )


def _print(report: ReverifyReport) -> None:
    from attest.model.reverified import since

    one = report.found
    print_line(f"{one.result}  {one.verified_at}  log of {one.tree_size} entries, {one.bundles} bundles verified")
    if one.first:
        print_line(f"  signatures below entry {one.first} were checked by the last report, not by this one")
    print_line(f"  commits {one.scope or 'not judged: no range was named'}")
    for word, names in (("failed", one.failed), ("not checked", one.warned)):
        for name in names[:MAX_SHOWN]:
            print_line(f"  {word:<12}{name}")
        if len(names) > MAX_SHOWN:
            print_line(f"  … {len(names) - MAX_SHOWN} more")
    if report.last is None:
        print_line("  the first report of this log")
    else:
        then = since(report.last, one)
        print_line(f"  since {report.last.verified_at}: {then.entries} entries more")
        for word, changed in (("trust roots", then.roots_changed), ("policy", then.policies_changed)):
            if changed:
                print_line(f"  changed     {word}")
        for word, names in (("worse", then.worse), ("no longer", then.better)):
            for name in names[:MAX_SHOWN]:
                print_line(f"  {word:<12}{name}")
    refused = f"NOT LOGGED: {report.not_logged}: the log takes nothing more, so this report is signed by nobody"
    print_line(refused if report.not_logged else f"logged {report.attestation}")


def _json(report: ReverifyReport) -> dict[str, object]:
    from attest.model.reverified import report_predicate, since

    then = since(report.last, report.found) if report.last else None
    return {
        "attestation": report.attestation or None,
        "not_logged": report.not_logged or None,
        "exit_code": report.exit_code,
        "report": report_predicate(report.found),
        "since": None
        if then is None or report.last is None
        else {
            "attestation": report.last.attestation,
            "verified_at": report.last.verified_at,
            "entries": then.entries,
            "trust_changed": then.roots_changed,
            "policy_changed": then.policies_changed,
            "worse": list(then.worse),
            "better": list(then.better),
        },
    }
