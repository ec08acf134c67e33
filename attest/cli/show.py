"""`whereof show`: the answer for a commit, a session or an attestation; its exact Sigstore bundle; its C2SP proof."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.usecases.find import Found
    from attest.usecases.instance import Instance

MIN_WIDTH, MAX_WIDTH = 80, 120


def show(
    what: Annotated[str, typer.Argument(metavar="REV|ses_…|att_…")] = "HEAD",
    bundle: Annotated[bool, typer.Option(help="Print the exact Sigstore bundle; several: one a line.")] = False,
    tlog_proof: Annotated[
        bool, typer.Option("--tlog-proof", help="Print the C2SP tlog-proof of the one attestation named.")
    ] = False,
    as_of: Annotated[
        int | None,
        typer.Option(
            metavar="SIZE", min=1, help="Of a commit: leave out what was logged after the log had so many leaves."
        ),
    ] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say what is recorded about a commit: who, asked, decided, changed, reached, checked, and what is not known."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.find import find

    instance = local_instance()
    repository = repository_at(repo)
    found = find(instance, what, repository)
    if as_of is not None and (bundle or tlog_proof or found.oid is None):
        raise typer.BadParameter("only the answer for a commit is given as of an earlier head", param_hint="--as-of")
    if bundle:
        for data in found.bundles:
            sys.stdout.buffer.write(data + b"\n")
        return
    if tlog_proof:
        _tlog_proof(instance, found)
        return
    if found.oid is None:
        print_json(found.to_json())
        return
    _answer(instance, found.oid, repository, as_of, as_json=json)


def _tlog_proof(instance: Instance, found: Found) -> None:
    from attest.errors import InvalidInput
    from attest.usecases.entry_proof import prove_entry

    if len(found.here()) != 1:
        names = f"{len(found.here())} attestations"
        raise InvalidInput("input.ambiguous", "a tlog-proof is of one entry", expected="att_…", got=names)
    sys.stdout.write(prove_entry(instance, found.here()[0]).text())


def _answer(instance: Instance, oid: str, repository: Repository | None, as_of: int | None, *, as_json: bool) -> None:
    import shutil

    from attest.cli.render_answer import Style, render_answer
    from attest.model.answer_json import to_json
    from attest.usecases.answer import answer_for
    from attest.usecases.reach import reach

    clone = repository if repository is not None and repository.has_commit(oid) else None
    answer = answer_for(instance, oid, clone, reached=reach(instance, oid, as_of))
    if as_json:
        print_json(to_json(answer))
        return
    width = min(max(shutil.get_terminal_size((100, 24)).columns, MIN_WIDTH), MAX_WIDTH)
    style = Style.COLOUR if sys.stdout.isatty() else Style.PLAIN
    sys.stdout.write(render_answer(answer, width=width, style=style))


def repository_at(path: Path) -> Repository | None:
    """Give the clone at a path; None where there is none."""
    from attest.errors import InvalidInput
    from attest.git import Repository

    try:
        return Repository.open(path)
    except InvalidInput:
        return None
