"""`whereof verify --artifact` and `whereof artifacts`: from a file to its commits and their sessions, and back."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.model.artifact_verdict import ArtifactVerdict, ProvenanceReport
    from attest.usecases.verify import VerifyRequest


def judge_artifact(request: VerifyRequest, artifact: Path, form: str, *, built_from: str | None, verbose: bool) -> int:
    """Print the verdict on an artifact, and give its exit code."""
    from attest.errors import InvalidInput  # keep `--help` light
    from attest.usecases.artifact_json import artifact_json
    from attest.usecases.verify_artifact import verify_artifact

    if form not in {"text", "json", "markdown"}:
        raise InvalidInput("input.usage", "an artifact's verdict has no such format", expected="text, json, markdown")
    result = verify_artifact(request, artifact, built_from=built_from)
    if form == "json":
        print_json(artifact_json(result))
    elif form == "markdown":
        sys.stdout.write(artifact_markdown(result))
    else:
        print_artifact(result, verbose=verbose)
    return result.exit_code


def print_artifact(result: ArtifactVerdict, *, verbose: bool) -> None:
    """Print the walk, then each commit's own verdict."""
    from attest.cli.render_verdict import print_commit

    print_line(f"artifact  {result.artifact}  sha256:{result.sha256}")
    for report in result.provenance:
        _print_report(report)
    for one in result.elsewhere:
        print_line(f"  not judged: {one.oid} of {one.uri}, another repository's")
    for commit in result.commits:
        print_line()
        print_commit(commit, verbose=False)
    if result.commits:
        print_line()
    print_line(f"{result.verdict.value}: {result.reason}")
    base = f"policy base: {result.policy_base}"
    print_line(f"  policy {result.policy}, {base}, mode {result.mode}, exit code {result.exit_code}")
    if result.ignored:
        print_line(f"  {result.ignored} attestations under unpinned roots were ignored")
    for line in result.not_checked if verbose else ():
        print_line(f"  not checked: {line}")


def _print_report(report: ProvenanceReport) -> None:
    from attest.cli.render_verdict import MARKS

    kind = "" if report.is_provenance else ", no provenance"
    print_line(f"   {report.evidence.verdict.value:<14}{report.evidence.source}{kind}")
    for step in report.evidence.steps:
        print_line(f"     {step.number}. {step.name:<10}{MARKS[step.outcome.value]:<5}{step.detail or step.against}")


def artifact_markdown(result: ArtifactVerdict) -> str:
    """Give the verdict as Markdown; nothing in it is taken as markup."""
    from attest.model.markdown import cell

    lines = [f"**{result.verdict.value}** {cell(result.artifact)} `sha256:{result.sha256}`: {cell(result.reason)}", ""]
    lines.append(f"policy {cell(result.policy)}, mode {result.mode}, exit code {result.exit_code}")
    if result.commits:
        lines += ["", "| commit | verdict | reason |", "|---|---|---|"]
    lines += [f"| `{one.oid[:12]}` | {one.verdict.value} | {cell(one.reason)} |" for one in result.commits]
    return "\n".join(lines) + "\n"


def artifacts(  # one flag each
    bundle: Annotated[list[Path], typer.Option(help="A file with provenance; may be given more than once.")],
    revision: Annotated[str, typer.Argument(metavar="REV")] = "HEAD",
    trust: Annotated[Path | None, typer.Option(help="The trust root to pin.")] = None,
    policy: Annotated[str | None, typer.Option(metavar="REV:PATH", help="The policy that names the builders.")] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Name what trusted builders say they built from a commit, in the files given. It is never a complete list."""
    from attest.git import Repository  # keep `--help` light
    from attest.settings import read_settings
    from attest.usecases.artifacts_of import artifacts_of
    from attest.usecases.followed_homes import places_of
    from attest.usecases.verify import VerifyRequest

    settings = read_settings(os.environ)
    request = VerifyRequest(
        repository=Repository.open(repo),
        revision=revision,
        bundles=tuple(bundle),
        trust=trust,
        policy=policy,
        **places_of(settings),
    )
    found = artifacts_of(request)
    if json:
        print_json(
            {
                "commit": found.oid,
                "complete": False,
                "artifacts": [
                    {"name": one.name, "sha256": one.sha256, "builder": one.builder, "source": one.source}
                    for one in found.artifacts
                ],
                "not_counted": [{"source": one.source, "why": one.why} for one in found.refused],
            }
        )
        return
    for one in found.artifacts:
        print_line(f"sha256:{one.sha256}  {one.name}  by {one.builder}")
    for each in found.refused:
        print_line(f"not counted: {each.source}: {each.why}")
    print_line(
        f"{len(found.artifacts)} artifacts of {found.oid}, by the files given; others may have been built from it"
    )
