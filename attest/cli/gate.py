"""`whereof gate`: what a pipeline calls. Exit code 0 for a survey, else as `whereof verify A..B`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from attest.cli.output import json_text, print_json

if TYPE_CHECKING:
    from attest.errors import AttestError
    from attest.usecases.gate import GateResult

MAX_SUMMARY_BYTES: Final = 900 * 1024
"""Below the 1 MiB that GitHub takes for one step."""
_Witnesses = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The C2SP tlog-policy file whose witnesses count.")
]


def gate(
    revisions: Annotated[str, typer.Argument(metavar="[A..B]", help="A range; default is the build's own.")] = "",
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    bundle: Annotated[list[Path] | None, typer.Option(help="A bundle to judge; may be given more than once.")] = None,
    trust: Annotated[Path | None, typer.Option(help="The trust root to pin.")] = None,
    revocations: Annotated[Path | None, typer.Option(help="Revoked authorities, from `export trust`.")] = None,
    witness_policy: _Witnesses = None,
    summary: Annotated[
        Path | None, typer.Option(help="Add the table here, as Markdown; default is $GITHUB_STEP_SUMMARY.")
    ] = None,
    sarif: Annotated[Path | None, typer.Option(help="Write the verdicts here, for code scanning.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the verdicts here, for a test report.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the whole answer here, as JSON.")] = None,
    evidence_unfetched: Annotated[
        bool,
        typer.Option(help="Say that refs/whereof/* could not be fetched, so that absent is not known to be absent."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
) -> None:
    """Answer for a pipeline: a survey while the base of the change holds no policy, the verdict from then on."""
    from attest.cli.answers import answer_source, proof_source
    from attest.cli.render_gate import gate_json, gate_markdown, print_gate
    from attest.clock import SystemClock
    from attest.errors import AttestError
    from attest.git import Repository
    from attest.settings import read_settings
    from attest.usecases.followed_homes import places_of
    from attest.usecases.gate import gate as run_gate
    from attest.usecases.pipeline_range import pipeline_range
    from attest.usecases.verify import VerifyRequest

    told = summary or _path_of("GITHUB_STEP_SUMMARY")
    try:
        settings, repository = read_settings(os.environ), Repository.open(repo)
        request = VerifyRequest(
            repository=repository,
            revision="",
            bundles=tuple(bundle or ()),
            trust=trust,
            revocations=revocations,
            **places_of(settings),
            now=SystemClock().now(),
            answers=answer_source(settings, offline=False),
            witness_policy=witness_policy,
            proofs=proof_source(settings, offline=False),
        )
        about = pipeline_range(os.environ, repository, revisions)
        result = run_gate(request, about, evidence_unfetched=evidence_unfetched)
    except AttestError as err:
        _say_failure(told, err)
        raise
    if json:
        print_json(gate_json(result))
    else:
        print_gate(result)
    _add(told, gate_markdown(result))
    _add(_path_of("GITHUB_OUTPUT"), _outputs(result))
    _write_reports(result, sarif=sarif, junit=junit, report=report)
    raise typer.Exit(result.exit_code)


def _write_reports(result: GateResult, *, sarif: Path | None, junit: Path | None, report: Path | None) -> None:
    from attest.cli import render_reports
    from attest.cli.render_gate import gate_json

    commits = result.verdict.commits if result.verdict else ()
    stopped = result.verdict.stopped if result.verdict else ""
    if sarif:
        sarif.write_text(json_text(render_reports.sarif(commits, stopped=stopped)), encoding="utf-8")
    if junit:
        junit.write_text(render_reports.junit(commits, stopped=stopped), encoding="utf-8")
    if report:
        report.write_text(json_text(gate_json(result)), encoding="utf-8")


def _outputs(result: GateResult) -> str:
    """Give what later steps can read; words of ours, digits and object ids only."""
    about, verdict = result.about, result.verdict
    values = {
        "verdict": result.word,
        "exit-code": str(result.exit_code),
        "mode": verdict.mode if verdict else "survey",
        "base": about.base or "",
        "tip": about.tip,
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _say_failure(told: Path | None, err: AttestError) -> None:
    from attest.model.markdown import cell

    lines = [f"**not judged**: {cell(err.what)} ({cell(err.code)})", "", f"next: {cell(err.hint)}"]
    _add(told, "\n".join(lines) + "\n")


def _path_of(name: str) -> Path | None:
    value = os.environ.get(name)
    return Path(value) if value else None


def _add(path: Path | None, text: str) -> None:
    if path is None:
        return
    raw = text.encode("utf-8", "replace")
    if len(raw) > MAX_SUMMARY_BYTES:
        raw = raw[:MAX_SUMMARY_BYTES].rsplit(b"\n", 1)[0] + b"\n\nCut here: the step's output holds all.\n"
    with path.open("ab") as file:
        file.write(raw)
