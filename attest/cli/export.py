"""`whereof export`: what others need to check evidence without this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli import export_git, export_in_toto, export_proof, export_referrer
from attest.cli.output import print_json, print_line

app = typer.Typer(no_args_is_help=True)
app.command("referrer")(export_referrer.referrer)
app.command("in-toto")(export_in_toto.in_toto)
app.command("git")(export_git.git)
app.command("proof")(export_proof.proof)
app.command("receipt")(export_proof.receipt)


@app.callback()
def export() -> None:
    """Write out what others need to check without this machine."""


@app.command("trust")
def trust(
    output: Annotated[Path, typer.Option("-o", "--output", help="A folder; made when it is not there.")],
    server: Annotated[
        str, typer.Option(help="Address at which clients reach this log's services.")
    ] = "https://embedded.invalid",
    json: Annotated[bool, typer.Option("--json", help="Print the paths as JSON.")] = False,
) -> None:
    """Write trusted_root.json, trust_config.json, signing_config.json and a TUF repository."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.export_trust import export_trust

    paths = export_trust(local_instance(), output, server)
    if json:
        print_json({"files": [str(p) for p in paths]})
        return
    for path in paths:
        print_line(str(path))


@app.command("index-key")
def index_key(
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write, for its owner only.")],
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write the index key of this machine's private log: who holds it can check complete answers, and try what is in it."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.usecases.export_index_key import export_index_key

    name = export_index_key(local_instance(), output)
    if json:
        print_json({"files": [str(output)], "keying": name})
        return
    print_line(str(output))
    print_line(f"  {name}")


@app.command("answer")
def answer(
    revision: Annotated[str, typer.Argument(metavar="REV|A..B", help="A commit, or a range.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write what this machine's log lists for commits, with the proof that it is all: `verify --bundle` takes the file."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.git import Repository
    from attest.store.durable import replace_file
    from attest.usecases.complete_answer import answers_for

    written = answers_for(local_instance(), Repository.open(repo), revision)
    replace_file(output, written, mode=0o600)
    if json:
        print_json({"files": [str(output)]})
        return
    print_line(str(output))


@app.command("atif")
def atif(
    session: Annotated[str, typer.Argument(metavar="ses_…|att_…", help="A recorded session, or one capture of it.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write a session as an ATIF document (v1.8), from its redacted transcript: the standard export, with its digest."""
    from attest.capture.atif.write import events_digest  # keep `--help` light
    from attest.cli.wiring import local_instance
    from attest.usecases.export_atif import export_atif

    document = export_atif(local_instance(), session)
    _write(output, document, as_json=json, events=events_digest(document))


@app.command("agent-trace")
def agent_trace(
    revision: Annotated[str, typer.Argument(metavar="REV", help="A commit, or the beginning of its id.")] = "HEAD",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write; default is the screen.")
    ] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write which lines of a commit its sessions wrote, as an Agent Trace record (0.1.0)."""
    from attest.cli.wiring import local_instance  # keep `--help` light
    from attest.errors import InvalidInput
    from attest.git import Repository
    from attest.usecases.export_agent_trace import export_agent_trace
    from attest.usecases.find import resolve_commit

    instance = local_instance()
    try:
        repository: Repository | None = Repository.open(repo)
    except InvalidInput:
        repository = None  # a full id needs no clone
    record = export_agent_trace(instance, resolve_commit(instance, revision, repository), repository)
    if output is None:
        print_json(record)
        return
    _write(output, record, as_json=json)


def _write(output: Path, document: dict[str, object], *, as_json: bool, events: str | None = None) -> None:
    """Write a document for its owner only: it holds what was said in a session."""
    import json

    from attest.store.durable import replace_file

    replace_file(output, json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n", mode=0o600)
    if as_json:
        print_json({"files": [str(output)]} | ({"events_digest": events} if events else {}))
        return
    print_line(str(output))
    if events:
        print_line(f"  events {events}")
