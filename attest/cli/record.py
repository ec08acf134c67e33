"""`whereof record`: redact, attest and log one session."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.keeping import Keeping
    from attest.model.receipt import Receipt
    from attest.usecases.record_request import RecordRequest


def record(
    transcript: Annotated[
        Path | None,
        typer.Option(
            help="Transcript of any agent that is known: a file, a folder, or FILE#SESSION for one of a database; "
            "default is the newest that an agent kept of this folder."
        ),
    ] = None,
    commit: Annotated[
        list[str] | None, typer.Option(metavar="REV", help="A commit the session led to; repeatable.")
    ] = None,
    agent: Annotated[str, typer.Option(help="Format the caller believes it is; the content decides.")] = "auto",
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    parts: Annotated[
        str | None, typer.Option(help="all, or none: only the statement is kept; default is the instance's choice.")
    ] = None,
    preview: Annotated[bool, typer.Option(help="Show what would be taken out; sign and store nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Record one session: redacted, signed and logged here, tied to the commits you name. Nothing leaves this machine."""
    from attest.capture.transcript import Transcript  # keep `--help` light
    from attest.usecases.record_request import RecordRequest

    source = Transcript.open(transcript or _newest(repo))
    repository = _repository(repo, required=bool(commit))
    oids = tuple(dict.fromkeys(repository.resolve(rev) for rev in commit or [])) if repository else ()
    request = RecordRequest(
        transcript=source,
        repository=repository,
        commits=oids,
        agent=None if agent == "auto" else agent,
        keeping=_keeping(parts),
    )
    if preview:
        _preview(request, as_json=json)
        return
    receipt = _run(request)
    if json:
        print_json(receipt.to_json())
    else:
        _print(receipt, source.path)


def _run(request: RecordRequest) -> Receipt:
    """Record; the redaction loads in a process of its own while this one loads the rest and opens the instance."""
    from attest.settings import read_settings
    from attest.usecases.begin_redaction import begin_redaction

    begun = begin_redaction(request, read_settings(os.environ).home)
    try:
        from attest.cli.progress import step_progress
        from attest.cli.wiring import local_instance
        from attest.usecases.record import record as run_record
        from attest.usecases.record_request import STEPS

        with step_progress(STEPS) as on_step:
            return run_record(request, local_instance(), on_step=on_step, begun=begun)
    finally:
        if begun is not None:
            begun.redaction.end()


def _keeping(parts: str | None) -> Keeping | None:
    """Give the instance's choices with the parts asked for; None where nothing was asked for."""
    from dataclasses import replace

    from attest.errors import InvalidInput
    from attest.model.keeping import KeepParts
    from attest.settings import read_settings
    from attest.usecases.keeping import read_keeping

    if parts is None:
        return None
    if parts not in tuple(KeepParts):
        raise InvalidInput("input.usage", expected="--parts all or --parts none", got=parts)
    return replace(read_keeping(read_settings(os.environ).home), parts=KeepParts(parts))


def _preview(request: RecordRequest, *, as_json: bool) -> None:
    from attest.cli.preview import print_preview
    from attest.cli.redact import TOKEN_KEY_BYTES, report_document
    from attest.settings import read_settings
    from attest.usecases.preview_record import preview_record

    # The key lives for this run only: tokens of a preview are not those of the recording.
    found = preview_record(request, read_settings(os.environ), token_key=secrets.token_bytes(TOKEN_KEY_BYTES))
    if as_json:
        print_json(report_document(found.report))
        return
    print_preview(found)
    print_line("nothing was signed or stored; without --preview this session is recorded")


def _newest(folder: Path) -> Path:
    from attest.capture.discover import newest_transcript
    from attest.errors import InvalidInput

    found = newest_transcript(Path.home(), folder)
    if found is None:
        raise InvalidInput(
            "input.not-found",
            "no transcript of this folder was found",
            where=str(folder),
            hint="name one: --transcript",
        )
    return found


def _repository(path: Path, *, required: bool) -> Repository | None:
    from attest.errors import InvalidInput
    from attest.git import Repository

    try:
        return Repository.open(path)
    except InvalidInput:
        if required:
            raise
        return None


def _print(receipt: Receipt, transcript: Path) -> None:
    print_line(f"recorded {receipt.session}")
    print_line(f"  transcript   {transcript}")
    print_line(f"  attestation  {receipt.attestation}")
    print_line(f"  log entry    {receipt.index} of {receipt.tree_size}, log {receipt.log}")
    for oid in receipt.commits:
        print_line(f"  commit       {oid}, link asserted")
    if receipt.commits:
        print_line(f"next: whereof show {receipt.commits[0][:12]}, whereof verify {receipt.commits[0][:12]}")
    else:
        print_line("  commit       none named; --commit REV ties the session to a commit")
