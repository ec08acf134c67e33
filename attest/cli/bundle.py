"""`whereof bundle`: evidence that leaves the building, written and checked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.usecases.create_bundle import CreatedBundle

app = typer.Typer(no_args_is_help=True)
_WithIndexKey = Annotated[
    bool, typer.Option("--with-index-key", help="Of a private log: put its index key in, for all who get the file.")
]


_OneLog = Annotated[
    bool, typer.Option("--one-log", help="Of a log that follows others: say nothing of those, whatever they hold.")
]


@app.callback()
def bundle() -> None:
    """Write an answer about the log that is checked without this machine, and check one."""


@app.command("create")
def create(  # one flag each
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    revision: Annotated[str | None, typer.Argument(metavar="REV|A..B", help="A commit, or a range.")] = None,
    session: Annotated[list[str] | None, typer.Option(metavar="ses_…", help="Sessions; may be repeated.")] = None,
    population: Annotated[
        str | None, typer.Option(metavar="pop_…", help="The commits of a saved query, as it found them.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Everything logged from this moment (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option(help="Everything logged before this moment.")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="Of an incident: its beginning; with --reason.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Of an incident: its end; with --reason.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands in the bundle.")] = "",
    parts: Annotated[Literal["none", "redacted"], typer.Option(help="Put the redacted texts in.")] = "none",
    redaction: Annotated[
        Literal["kept", "strict"], typer.Option(help="Texts as they are kept, or copies redacted once more.")
    ] = "kept",
    volume_size: Annotated[
        str | None, typer.Option(metavar="BYTES", help="Cut it into volumes of this size: 700M, 4G.")
    ] = None,
    recipient: Annotated[
        list[str] | None, typer.Option(metavar="age1…", help="Only for these recipients to open; may be repeated.")
    ] = None,
    with_index_key: _WithIndexKey = False,
    one_log: _OneLog = False,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write an evidence bundle: statements, proofs that they are all there are, and how to check them."""
    from attest.cli.progress import count_progress  # keep `--help` light
    from attest.cli.wiring import local_instance
    from attest.usecases.bundle_question import ask, ask_population, incident_span, size_of
    from attest.usecases.create_bundle import BundleRequest, create_bundle

    instance = local_instance()
    span = incident_span((since, until), (begin, end), reason)
    sessions = tuple(session or ())
    if population is None:
        asked = ask(instance, revision, sessions=sessions, span=span, folder=repo)
    else:
        asked = ask_population(instance, population, beside=(revision, *sessions, *span))
    request = BundleRequest(
        question=asked.question,
        since=asked.since,
        until=asked.until,
        parts=parts == "redacted",
        policy=asked.policy,
        beside=asked.beside,
        redaction=redaction,
        reason=reason,
        index_key=with_index_key,
        one_log=one_log,
        output=output,
        volume_bytes=size_of(volume_size),
        recipients=tuple(recipient or ()),
    )
    with count_progress("writing") as on_progress:
        made = create_bundle(instance, request, on_progress)
    _print_made(made, output, as_json=json)


def _print_made(made: CreatedBundle, output: Path, *, as_json: bool) -> None:
    from attest.usecases.bundle_words import spoken  # keep `--help` light

    facts = made.facts
    if as_json:
        members = {"file": str(output), "sha256": made.sha256, "bytes": made.bytes, "entries": facts.entries}
        members |= {"sealed_sha256": made.sealed} if made.sealed else {}
        head = {"size": facts.size, "root": facts.root.hex()}
        volumes = [{"file": str(path), "sha256": digest} for path, digest in made.volumes]
        print_json(members | {"volumes": volumes, "log": facts.log, "head": head, "trust": facts.trust.hex()})
        return
    for path, _ in made.volumes or ((output, ""),):
        print_line(str(path))
    if made.resumed:
        print_line(f"  gone on with: {made.resumed} files were written already")
    print_line(f"  {facts.question.words()}: {facts.entries} entries, {made.bytes} bytes")
    if made.sealed:
        print_line(f"  sha256 of the file  {made.sealed}")
        print_line(f"  of what is in it    {made.sha256}")
    else:
        print_line(f"  sha256 of the file  {made.sha256}")
    print_line("  trust digest, to compare by telephone:")
    print_line(f"    {spoken(facts.trust)}")


@app.command("verify")
def verify(
    file: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The bundle, or all its volumes in order.")],
    trust: Annotated[
        Path | None, typer.Option(help="Trusted root from outside the bundle; default is this machine's.")
    ] = None,
    trust_digest: Annotated[str | None, typer.Option(metavar="HEX", help="Its digest, as it was compared.")] = None,
    revocations: Annotated[Path | None, typer.Option(help="Revoked authorities, from `export trust`.")] = None,
    index_key: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Index keys of private logs.")] = None,
    witnesses: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The C2SP tlog-policy file whose witnesses count.")
    ] = None,
    anchors: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Trusted root whose time-stamp authorities and logs count for heads."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check an evidence bundle offline. Exit code 3: something fails; 5: something could not be checked."""
    from attest.cli.files import read_file
    from attest.cli.index_keys import index_key_source
    from attest.cli.progress import count_progress  # keep `--help` light
    from attest.evidence.bundle.verify import Outside, verify_file
    from attest.ledger.witness_policy import MAX_POLICY_BYTES, parse_policy
    from attest.settings import read_settings
    from attest.signing.revocation import MAX_REVOCATIONS_BYTES, parse_revocations
    from attest.signing.trust import MAX_TRUSTED_ROOT_BYTES, parse_trusted_root
    from attest.usecases.home_file import is_there

    settings = read_settings(os.environ)
    if trust is None and trust_digest is None:
        pinned = settings.trust_dir / "trusted_root.json"
        trust = pinned if pinned.is_file() else None
    keys = index_key_source(settings, tuple(index_key or ()))()
    kept = settings.trust_dir / "revocations.json"
    lists = [one for one in (revocations, kept if is_there(kept) else None) if one is not None]
    with count_progress("checking") as on_progress:
        outside = Outside(
            trust=trust,
            digest=trust_digest,
            revoked=tuple(each for one in lists for each in parse_revocations(read_file(one, MAX_REVOCATIONS_BYTES))),
            index_keys=keys,
            witnesses=parse_policy(read_file(witnesses, MAX_POLICY_BYTES)) if witnesses else None,
            anchors=parse_trusted_root(read_file(anchors, MAX_TRUSTED_ROOT_BYTES)) if anchors else None,
        )
        result = verify_file(file[0], outside, on_progress, *file[1:])
    if json:
        print_json(result.to_json())
    else:
        for line in result.lines():
            print_line(line)
    raise typer.Exit(result.exit_code)
