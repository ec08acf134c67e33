"""`whereof controls`: what a control asks, which questions to the record support a test of it, and what they do not show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from attest.cli.output import print_json, print_line

app = typer.Typer(no_args_is_help=True)


@app.callback()
def controls() -> None:
    """Control packs: a mapping that supports a test, and never an opinion on a control."""


@app.command("list")
def list_packs(json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List the packs of this version."""
    from attest.evidence.controls.pack import load_pack, packs

    found = tuple(load_pack(name) for name in packs())
    if json:
        print_json(
            {"data": [{"id": p.id, "title": p.title, "source": p.source, "controls": len(p.controls)} for p in found]}
        )
        return
    for one in found:
        print_line(f"{one.id:<12}{one.title}")
        print_line(f"            {one.source}; {', '.join(control.id for control in one.controls)}")


@app.command("show")
def show(
    pack: Annotated[str, typer.Argument(help="A pack, as `controls list` names it.")],
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print each control of a pack: what it asks, the questions, the evidence, and what that does not show."""
    from dataclasses import asdict

    from attest.evidence.controls.pack import load_pack
    from attest.evidence.controls.queries import QUERIES

    found = load_pack(pack)
    if json:
        print_json(asdict(found))
        return
    print_line(f"{found.title} ({found.source})")
    print_line(found.note)
    for one in found.controls:
        print_line()
        print_line(f"{one.id}  {one.title}")
        print_line(f"  asks           {one.asks}")
        for query in one.queries:
            print_line(f"  question       {query}: {QUERIES[query].asks}")
        print_line(f"  supported by   {one.evidence}")
        print_line(f"  does not show  {one.not_shown}")


@app.command("report")
def report(  # one flag each
    pack: Annotated[str, typer.Argument(help="A pack, as `controls list` names it.")],
    revisions: Annotated[str, typer.Argument(metavar="A..B", help="The range.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    format_: Annotated[str | None, typer.Option("--format", help="html, pdf or oscal; default: by its name.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Every exception; default is the first of each question.")
    ] = False,
    paper: Annotated[str, typer.Option(help="a4 or letter, of PDF.")] = "a4",
    trust: Annotated[Path | None, typer.Option(help="The trust root to pin.")] = None,
    policy: Annotated[str | None, typer.Option(metavar="REV:PATH", help="The policy to apply.")] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    offline: Annotated[bool, typer.Option("--offline", help="Ask no server, whatever $WHEREOF_SERVER says.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write what the record of a range holds for each control of a pack. It supports a test; it exits 0."""
    from attest.cli.report import FORMS, Pins, range_facts, write_report
    from attest.evidence.controls.forms import written
    from attest.evidence.controls.pack import load_pack

    found = load_pack(pack)
    form = format_ or FORMS.get(output.suffix, "html")
    facts = range_facts(revisions, repo, Pins(trust=trust, policy=policy), offline=offline)
    data = written(facts, found, form, full=full, paper=paper)
    write_report(output, data)
    if json:
        print_json({"file": str(output), "format": form, "bytes": len(data), "facts": facts.digest, "pack": found.id})
        return
    print_line(f"{output}: {found.id} as {form}, {len(data):,} bytes, {len(facts.changes):,} changes")
    print_line(f"  facts sha256:{facts.digest}")
