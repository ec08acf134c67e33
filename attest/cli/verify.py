"""`whereof verify`: the gate. Exit code 0 pass, 1 policy, 2 usage, 3 invalid, 4 absent, 5 indeterminate."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json

if TYPE_CHECKING:
    from attest.model.verdict import CommitVerdict
    from attest.usecases.verify import VerifyRequest

FORMATS = ("text", "json", "markdown", "sarif", "junit")

REPORTS = ("sarif", "junit")


def verify(  # one flag each
    revision: Annotated[str, typer.Argument(metavar="REV|A..B")] = "HEAD",
    bundle: Annotated[list[Path] | None, typer.Option(help="A bundle to judge; may be given more than once.")] = None,
    trust: Annotated[Path | None, typer.Option(help="The trust root to pin.")] = None,
    policy: Annotated[
        str | None, typer.Option(metavar="REV:PATH", help="The policy to apply; default is the protected one.")
    ] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    offline: Annotated[bool, typer.Option("--offline", help="Ask no server, whatever $WHEREOF_SERVER says.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Print what is never claimed.")] = False,
    format_: Annotated[str, typer.Option("--format", help="text, json, markdown, sarif or junit.")] = "text",
    json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Check that a commit, or every commit of a range, has the evidence its policy asks for."""
    from attest.cli.answers import answer_source  # keep `--help` light
    from attest.clock import SystemClock
    from attest.errors import InvalidInput
    from attest.git import Repository
    from attest.settings import read_settings
    from attest.usecases.verify import VerifyRequest

    form = "json" if json else format_
    if form not in FORMATS:
        raise InvalidInput("input.usage", "no such format", expected=", ".join(FORMATS), got=form[:40])
    settings = read_settings(os.environ)
    request = VerifyRequest(
        repository=Repository.open(repo),
        revision=revision,
        bundles=tuple(bundle or ()),
        trust=trust,
        policy=policy,
        bundles_dir=settings.bundles_dir,
        trust_dir=settings.trust_dir,
        now=SystemClock().now(),
        answers=answer_source(settings, offline=offline),
    )
    code = _range(request, form) if ".." in revision else _commit(request, form, verbose=verbose)
    raise typer.Exit(code)


def _commit(request: VerifyRequest, form: str, *, verbose: bool) -> int:
    from attest.cli.render_verdict import commit_markdown, print_commit
    from attest.usecases.verdict_json import verdict_json
    from attest.usecases.verify import verify_commit

    result = verify_commit(request)
    if form in REPORTS:
        _report(form, (result,), "")
    elif form == "json":
        print_json(verdict_json(result))
    elif form == "markdown":
        sys.stdout.write(commit_markdown(result))
    else:
        print_commit(result, verbose=verbose)
    return result.exit_code


def _range(request: VerifyRequest, form: str) -> int:
    from attest.cli.render_verdict import print_range, range_markdown
    from attest.usecases.verdict_json import range_json
    from attest.usecases.verify_range import verify_range

    result = verify_range(request)
    if form in REPORTS:
        _report(form, result.commits, result.stopped)
    elif form == "json":
        print_json(range_json(result))
    elif form == "markdown":
        sys.stdout.write(range_markdown(result))
    else:
        print_range(result)
    return result.exit_code


def _report(form: str, results: tuple[CommitVerdict, ...], stopped: str) -> None:
    from attest.cli.render_reports import junit, sarif

    if form == "sarif":
        print_json(sarif(results, stopped=stopped))
    else:
        sys.stdout.write(junit(results, stopped=stopped))
