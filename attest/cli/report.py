"""`whereof report`: what is recorded of a range, for an auditor: on one page or in full, to read, to print or to compute with."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attest.cli.output import print_json, print_line

if TYPE_CHECKING:
    from attest.evidence.report.facts import ReportFacts
    from attest.usecases.instance import Instance
    from attest.usecases.populations import SavedPopulation


def report(  # one flag each
    revisions: Annotated[str, typer.Argument(metavar="A..B|pop_…", help="A range, or a saved population of one.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    format_: Annotated[
        str | None, typer.Option("--format", help="html, pdf, csv, jsonl or oscal; default: by the file's name.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Every change, session and entry; default is one page.")] = False,
    paper: Annotated[str, typer.Option(help="a4 or letter, of PDF.")] = "a4",
    since: Annotated[str | None, typer.Option(help="Only changes committed from this moment (RFC 3339).")] = None,
    until: Annotated[str | None, typer.Option(help="Only changes committed before this moment.")] = None,
    as_of: Annotated[int | None, typer.Option(metavar="N", min=1, help="As the log stood with N entries.")] = None,
    bundle: Annotated[list[Path] | None, typer.Option(help="A bundle to judge; may be given more than once.")] = None,
    trust: Annotated[Path | None, typer.Option(help="The trust root to pin.")] = None,
    policy: Annotated[str | None, typer.Option(metavar="REV:PATH", help="The policy to apply.")] = None,
    repo: Annotated[Path, typer.Option(help="A clone; default is the current folder.")] = Path(),
    offline: Annotated[bool, typer.Option("--offline", help="Ask no server, whatever $WHEREOF_SERVER says.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write a report on a range. It supports a test by an auditor; it is no verdict of its own, and exits 0."""
    from attest.evidence.report.forms import written
    from attest.usecases.report_facts import only

    form = format_ or FORMS.get(output.suffix, "html")
    pins = Pins(bundles=tuple(bundle or ()), trust=trust, policy=policy, as_of=as_of)
    facts = only(range_facts(revisions, repo, pins, offline=offline), _moment(since), _moment(until))
    data = written(facts, form, full=full, paper=paper)
    write_report(output, data)
    if json:
        counts = {"changes": len(facts.changes), "not_passing": len(facts.failing)}
        print_json({"file": str(output), "format": form, "bytes": len(data), "facts": facts.digest} | counts)
        return
    print_line(f"{output}: {form}, {len(data):,} bytes, {len(facts.changes):,} changes")
    print_line(f"  facts sha256:{facts.digest}")


FORMS = {".html": "html", ".pdf": "pdf", ".csv": "csv", ".jsonl": "jsonl", ".json": "oscal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What the caller pins for a report."""

    bundles: tuple[Path, ...] = ()
    trust: Path | None = None
    policy: str | None = None
    as_of: int | None = None


def range_facts(revisions: str, repo: Path, pins: Pins, *, offline: bool) -> ReportFacts:
    """Judge a range and give the facts that a report is made of."""
    from attest.cli.answers import answer_source, proof_source
    from attest.cli.links import existing_instance
    from attest.clock import SystemClock
    from attest.git import Repository
    from attest.settings import read_settings
    from attest.usecases.followed_homes import places_of
    from attest.usecases.report_facts import gather, of_population
    from attest.usecases.verify import VerifyRequest

    settings, instance = read_settings(os.environ), existing_instance()
    saved = _population(instance, revisions)
    if saved is not None:
        query = saved.population.query
        revisions, pins = f"{query.base}..{query.tip}", replace(pins, as_of=saved.population.tree_size)
    request = VerifyRequest(
        repository=Repository.open(repo),
        revision=revisions,
        bundles=pins.bundles,
        trust=pins.trust,
        policy=pins.policy,
        **places_of(settings),
        as_of=pins.as_of,
        now=SystemClock().now(),
        answers=answer_source(settings, offline=offline),
        proofs=proof_source(settings, offline=offline),
    )
    facts = gather(request, instance)
    return facts if saved is None else of_population(facts, saved)


def _population(instance: Instance | None, name: str) -> SavedPopulation | None:
    """Give the population of that name with its rows; None for a range.

    Raises:
        Absent: nothing of that name is recorded here.
        InvalidInput: its rows are no commits of a range: a report judges changes in a clone.
    """
    from attest.errors import Absent, InvalidInput

    if not name.startswith("pop_"):
        return None
    if instance is None:
        raise Absent("service.not-found", where=name[:80])
    from attest.usecases.populations import load_population

    saved = load_population(instance, name)
    query = saved.population.query
    if not query.base or query.unit not in ("commit", "change"):
        raise InvalidInput("input.usage", "not a population of a range", expected="commits or changes of A..B")
    return saved


def write_report(path: Path, data: bytes) -> None:
    """Write a file whole, or leave what is there."""
    from attest.errors import CannotVerify
    from attest.store.durable import replace_file

    try:
        replace_file(path, data)
    except OSError as err:
        raise CannotVerify("store.refused", "the file cannot be written", where=str(path)) from err


def _moment(text: str | None) -> int | None:
    from attest.errors import InvalidInput

    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as err:
        raise InvalidInput("input.usage", "not a moment", expected="2026-11-21 or RFC 3339", got=text[:40]) from err
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
