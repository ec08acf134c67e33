"""`whereof population`: a question about the log saved with its rows, asked again, sampled, held against other sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.git import Repository

app = typer.Typer(no_args_is_help=True)
MAX_SHOWN = 40
DIFFERS = 1
"""Exit code where sources or rows differ."""
_Repo = Annotated[Path, typer.Option(help="A clone; default is the current folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


@app.callback()
def population() -> None:
    """Populations and samples for those who test: what was asked, of which state of the log, and what it gave."""


@app.command("create")
def create(  # one flag each
    range_: Annotated[str | None, typer.Argument(metavar="[A..B]", help="Rows of this range; else of the log.")] = None,
    unit: Annotated[
        Literal["commit", "change", "release", "deployment"], typer.Option(help="What a row is.")
    ] = "commit",
    repository: Annotated[str, typer.Option(metavar="git+https://…", help="Only of this repository.")] = "",
    since: Annotated[str | None, typer.Option(help="Only what was logged from this moment (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option(help="Only what was logged before this moment.")] = None,
    type_: Annotated[
        list[str] | None, typer.Option("--type", metavar="URI", help="Only statements of this type.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="ID=WHY", help="Leave a row out; WHY is one word.")
    ] = None,
    tie_out: Annotated[
        list[str] | None, typer.Option(metavar="NAME=FILE", help="Hold against ids of another source, one a line.")
    ] = None,
    tie_query: Annotated[str, typer.Option(help="How those sources were asked.")] = "exported file",
    seed_commitment: Annotated[
        str, typer.Option(metavar="HEX", help="SHA-256 of the seed that you will draw samples with.")
    ] = "",
    measure: Annotated[
        bool, typer.Option("--measure", help="Count files and lines of each row, to draw by them.")
    ] = False,
    repo: _Repo = Path(),
    json: _Json = False,
) -> None:
    """Save a question with what it gives now, signed and logged."""
    from attest.cli.population_words import print_saved, saved_json  # keep `--help` light
    from attest.cli.wiring import local_instance
    from attest.usecases.population_question import Typed, new_population
    from attest.usecases.populations import create_population

    instance, clone = local_instance(), _clone(repo, needed=range_ is not None)
    typed = Typed(
        range=range_,
        unit=unit,
        repository=repository,
        span=(since, until),
        types=tuple(type_ or ()),
        exclusions=tuple(exclude or ()),
        tie_outs=tuple(tie_out or ()),
        tie_query=tie_query,
        seed_sha256=seed_commitment,
        measure=measure,
    )
    saved = create_population(instance, new_population(instance, typed, clone), clone)
    if json:
        print_json(saved_json(saved))
    else:
        print_saved(saved)


@app.command("show")
def show(name: Annotated[str, typer.Argument(metavar="pop_…")], json: _Json = False) -> None:
    """Say what a population or sample is: the question, the state of the log, count, digest, and what was left out."""
    from attest.cli.population_words import print_saved, saved_json
    from attest.cli.wiring import local_instance
    from attest.usecases.populations import load_population

    saved = load_population(local_instance(), name)
    if json:
        print_json(saved_json(saved))
    else:
        print_saved(saved)


@app.command("rerun")
def rerun(name: Annotated[str, typer.Argument(metavar="pop_…")], repo: _Repo = Path(), json: _Json = False) -> None:
    """Ask again, of the log as it stood then. Exit code 1: other rows came out; they are named."""
    from attest.cli.wiring import local_instance
    from attest.usecases.rerun_population import rerun as ask_again

    found = ask_again(local_instance(), name, _clone(repo, needed=False))
    if json:
        print_json(
            {
                "id": name,
                "same": found.same,
                "count": found.count,
                "sha256": found.sha256,
                "stated": {"count": found.saved.population.count, "sha256": found.saved.population.sha256},
                "changed": [{"id": one, "how": how} for one, how in found.changed],
                "erased": list(found.erased),
            }
        )
    else:
        same = "the same rows" if found.same else "OTHER ROWS"
        print_line(f"{same}: {found.count} now, {found.saved.population.count} stated")
        print_line(f"  digest  {found.sha256}")
        for one, how in found.changed[:MAX_SHOWN]:
            print_line(f"  {how:<8}{one}")
        if len(found.changed) > MAX_SHOWN:
            print_line(f"  … {len(found.changed) - MAX_SHOWN} more; --json lists all")
        if found.erased:
            print_line(f"  {len(found.erased)} rows speak of a session whose texts were erased since; they stay rows")
    raise typer.Exit(0 if found.same else DIFFERS)


@app.command("sample")
def sample(
    name: Annotated[str, typer.Argument(metavar="pop_…")],
    size: Annotated[int, typer.Option(min=1, max=100_000, help="How many rows.")] = 25,
    method: Annotated[
        Literal["random", "stratified", "monetary-unit"], typer.Option(help="How they are drawn.")
    ] = "random",
    by: Annotated[
        Literal["state", "repository", "commits", "entries", "files", "lines"],
        typer.Option(help="What makes the strata, or the unit of weight."),
    ] = "state",
    interval: Annotated[
        int, typer.Option(min=0, help="Of a monetary-unit sample, instead of --size: one unit in N.")
    ] = 0,
    seed: Annotated[
        str | None, typer.Option(metavar="HEX", help="32 bytes; else the one this machine committed to.")
    ] = None,
    json: _Json = False,
) -> None:
    """Draw a sample that anyone can draw again; every draw is signed and logged."""
    from attest.cli.population_words import print_saved, saved_json
    from attest.cli.wiring import local_instance
    from attest.usecases.draw_sample import Draw, draw_sample, parse_seed

    draw = Draw(size=size, method=method, by=by, seed=parse_seed(seed), interval=interval)
    saved = draw_sample(local_instance(), name, draw)
    if json:
        print_json(saved_json(saved))
    else:
        print_saved(saved)
        for row in saved.rows:
            print_line(f"  {row.state:<14}{row.id}")


@app.command("export")
def export(
    name: Annotated[str, typer.Argument(metavar="pop_…")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    form: Annotated[
        Literal["jsonl", "csv"], typer.Option("--format", help="jsonl is what the digest is over; csv is for reading.")
    ] = "jsonl",
) -> None:
    """Write the rows: `sha256sum` of the JSON lines is the digest that was signed."""
    from attest.cli.wiring import local_instance
    from attest.errors import InvalidInput
    from attest.model.population_rows import rows_bytes
    from attest.usecases.population_words import rows_csv
    from attest.usecases.populations import load_population

    saved = load_population(local_instance(), name)
    data = rows_bytes(saved.rows) if form == "jsonl" else rows_csv(saved.rows).encode()
    try:
        output.write_bytes(data)
    except OSError as err:
        raise InvalidInput("input.not-found", "the file cannot be written there", where=str(output)) from err
    print_line(f"{output}: {len(saved.rows)} rows")


@app.command("reconcile")
def reconcile(
    range_: Annotated[str, typer.Argument(metavar="A..B")],
    as_of: Annotated[int | None, typer.Option("--as-of", metavar="N", help="The log as it stood at this size.")] = None,
    repo: _Repo = Path(),
    json: _Json = False,
) -> None:
    """Hold git history, the log and releases against each other, both ways. Exit code 1: they differ."""
    from attest.cli.population_words import print_reconciled, reconciled_json
    from attest.cli.wiring import local_instance
    from attest.git import Repository
    from attest.usecases.population_question import tree_size_of
    from attest.usecases.reconcile_sources import reconcile_range
    from attest.usecases.verify_range import range_ends

    instance, clone = local_instance(), Repository.open(repo)
    found = reconcile_range(instance, clone, range_ends(clone, range_), tree_size_of(instance, as_of))
    if json:
        print_json(reconciled_json(found))
    else:
        print_reconciled(found)
    raise typer.Exit(DIFFERS if found.differences else 0)


def _clone(path: Path, *, needed: bool) -> Repository | None:
    from attest.errors import InvalidInput
    from attest.git import Repository

    try:
        return Repository.open(path)
    except InvalidInput:
        if needed:
            raise
        return None
