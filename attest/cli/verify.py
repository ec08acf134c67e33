"""`whereof verify`: the gate. Exit code 0 pass, 1 policy, 2 usage, 3 invalid, 4 absent, 5 indeterminate."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json

if TYPE_CHECKING:
    from attest.cli.verify_signed import SignedFiles
    from attest.model.range_verdict import RangeVerdict
    from attest.model.verdict import CommitVerdict
    from attest.usecases.verify import VerifyRequest

FORMATS = ("text", "json", "markdown", "sarif", "junit")

REPORTS = ("sarif", "junit")
_Coverage = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Sign, log and write the verdict on a range (coverage/v1).")
]
_Vsa = Annotated[Path | None, typer.Option(metavar="FILE", help="Sign, log and write a SLSA VSA for each commit.")]
_Svr = Annotated[Path | None, typer.Option(metavar="FILE", help="The same as in-toto SVR, where it passes.")]
_Unsigned = Annotated[
    bool, typer.Option("--unsigned", help="Write --coverage without a signature, labelled so; nothing is logged.")
]
_Against = Annotated[Path | None, typer.Option(metavar="FILE", help="Recompute a coverage, and say what differs.")]
_Artifact = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="An artifact: follow its build provenance to commits, REV among them."),
]
_Witnesses = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The C2SP tlog-policy file whose witnesses count.")
]
_Policy = Annotated[
    str | None, typer.Option(metavar="REV:PATH", help="The policy to apply; default is the protected one.")
]
_AsOf = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="The verdict as it stood when the log had N entries.")
]
_IndexKey = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="The index key of a private log; may be given more than once."),
]


def verify(  # one flag each
    revision: Annotated[str | None, typer.Argument(metavar="REV|A..B", help="Default: HEAD.")] = None,
    bundle: Annotated[list[Path] | None, typer.Option(help="A bundle to judge; may be given more than once.")] = None,
    trust: Annotated[Path | None, typer.Option(help="The trust root to pin.")] = None,
    revocations: Annotated[Path | None, typer.Option(help="Revoked authorities, from `export trust`.")] = None,
    witness_policy: _Witnesses = None,
    policy: _Policy = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    offline: Annotated[bool, typer.Option("--offline", help="Ask no server, whatever $WHEREOF_SERVER says.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Print what is never claimed.")] = False,
    coverage: _Coverage = None,
    vsa: _Vsa = None,
    svr: _Svr = None,
    unsigned: _Unsigned = False,
    against: _Against = None,
    artifact: _Artifact = None,
    as_of: _AsOf = None,
    index_key: _IndexKey = None,
    format_: Annotated[str, typer.Option("--format", help="text, json, markdown, sarif or junit.")] = "text",
    json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Check that a commit, or every commit of a range, has the evidence its policy asks for."""
    from attest.cli.answers import answer_source, proof_source  # keep `--help` light
    from attest.cli.index_keys import index_key_source
    from attest.cli.verify_signed import SignedFiles, recompute
    from attest.clock import SystemClock
    from attest.git import Repository
    from attest.settings import read_settings
    from attest.usecases.followed_homes import places_of
    from attest.usecases.verify import VerifyRequest

    form = _form("json" if json else format_)
    files = SignedFiles(coverage=coverage, vsa=vsa, svr=svr, unsigned=unsigned)
    asked, revision = revision, revision or "HEAD"
    files.require_fitting(revision, against)
    _require_apart(artifact, as_of, revision, signs=files.asked or against is not None)
    settings = read_settings(os.environ)
    request = VerifyRequest(
        repository=Repository.open(repo),
        revision=revision,
        bundles=tuple(bundle or ()),
        trust=trust,
        revocations=revocations,
        policy=policy,
        **places_of(settings),
        as_of=as_of,
        now=SystemClock().now(),
        answers=answer_source(settings, offline=offline),
        witness_policy=witness_policy,
        proofs=proof_source(settings, offline=offline),
        index_keys=index_key_source(settings, tuple(index_key or ())),
    )
    if artifact is not None:
        from attest.cli.verify_artifact import judge_artifact

        raise typer.Exit(judge_artifact(request, artifact, form, built_from=asked, verbose=verbose))
    if against is not None:
        raise typer.Exit(recompute(request, against, as_json=form == "json"))
    one = ".." not in revision
    raise typer.Exit(_commit(request, form, files, verbose=verbose) if one else _range(request, form, files))


def _require_apart(artifact: Path | None, as_of: int | None, revision: str, *, signs: bool) -> None:
    from attest.errors import InvalidInput

    if (artifact or as_of) and (signs or (artifact and ".." in revision)):
        raise InvalidInput("input.usage", "--artifact and --as-of go with no signed verdict, --artifact with no range")


def _form(form: str) -> str:
    from attest.errors import InvalidInput

    if form not in FORMATS:
        raise InvalidInput("input.usage", "no such format", expected=", ".join(FORMATS), got=form[:40])
    return form


def _commit(request: VerifyRequest, form: str, files: SignedFiles, *, verbose: bool) -> int:
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
    return _signed(files, request, result, form)


def _range(request: VerifyRequest, form: str, files: SignedFiles) -> int:
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
    return _signed(files, request, result, form)


def _signed(files: SignedFiles, request: VerifyRequest, result: CommitVerdict | RangeVerdict, form: str) -> int:
    if not files.asked:
        return result.exit_code
    from attest.cli.verify_signed import write_signed

    return write_signed(files, request, result, quiet=form != "text")


def _report(form: str, results: tuple[CommitVerdict, ...], stopped: str) -> None:
    from attest.cli.render_reports import junit, sarif

    if form == "sarif":
        print_json(sarif(results, stopped=stopped))
    else:
        sys.stdout.write(junit(results, stopped=stopped))
