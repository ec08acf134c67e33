"""`whereof verify`: the gate. Exit code 0 pass, 1 policy, 2 usage, 3 invalid, 4 absent, 5 indeterminate."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.model.verdict import CommitVerdict

MARKS = {"pass": "ok", "invalid": "BAD", "indeterminate": "?", "not checked": "-"}


def verify(  # one flag each
    revision: Annotated[str, typer.Argument(metavar="REV")] = "HEAD",
    bundle: Annotated[list[Path] | None, typer.Option(help="A bundle to judge; may be given more than once.")] = None,
    trust: Annotated[Path | None, typer.Option(help="The trust root to pin.")] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    offline: Annotated[bool, typer.Option(help="Ask no server. This version never asks one.")] = True,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Print what is never claimed.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Check that a commit has the evidence its policy asks for, against this clone and the pinned roots."""
    from attest.git import Repository  # keep `--help` light
    from attest.settings import read_settings
    from attest.usecases.verdict_json import verdict_json
    from attest.usecases.verify import VerifyRequest, verify_commit

    del offline
    settings = read_settings(os.environ)
    result = verify_commit(
        VerifyRequest(
            repository=Repository.open(repo),
            revision=revision,
            bundles=tuple(bundle or ()),
            trust=trust,
            bundles_dir=settings.bundles_dir,
            trust_dir=settings.trust_dir,
        )
    )
    if json:
        print_json(verdict_json(result))
    else:
        _print(result, verbose=verbose)
    raise typer.Exit(result.exit_code)


def _print(result: CommitVerdict, *, verbose: bool) -> None:
    for step in result.steps:
        print_line(f"{step.number}. {step.name:<10}{MARKS[step.outcome.value]:<5}{step.against}")
        if step.detail and step.name != "verdict":
            print_line(f"              {step.detail}")
        if step.name == "evidence":
            _print_evidence(result)
    print_line(f"{result.verdict.value}: {result.reason}")
    print_line(f"  commit {result.oid}, policy {result.policy}, mode {result.mode}, exit code {result.exit_code}")
    if result.ignored_unknown_signers:
        print_line(f"  {result.ignored_unknown_signers} bundles under unpinned roots were ignored")
    if verbose:
        print_line("  not checked:")
        for line in result.not_checked:
            print_line(f"    {line}")


def _print_evidence(result: CommitVerdict) -> None:
    for report in result.evidence:
        print_line(f"   {report.verdict.value:<14}{report.source}")
        for step in report.steps:
            print_line(
                f"     {step.number}. {step.name:<10}{MARKS[step.outcome.value]:<5}{step.detail or step.against}"
            )
        if report.identity:
            print_line(f"     signed as {report.identity}, link {report.link or 'none'}, entry {report.log_index}")
