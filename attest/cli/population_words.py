"""How populations, samples and reconciliations are printed, and their JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.cli.output import print_line
from attest.usecases.population_words import weighed_words

if TYPE_CHECKING:
    from attest.usecases.populations import SavedPopulation
    from attest.usecases.reconcile_sources import Reconciliation

MAX_SHOWN = 40


def saved_json(saved: SavedPopulation) -> dict[str, object]:
    """Give a population as JSON, rows included."""
    return {
        "id": saved.id,
        "attestation": "att_" + saved.id.removeprefix("pop_"),
        "index": saved.index,
        "identity": saved.identity,
        "issuer": saved.issuer,
        "population": saved.population.to_predicate(),
        "rows": [row.to_json() for row in saved.rows],
    }


def print_saved(saved: SavedPopulation) -> None:
    """Print what it is, in a few lines."""
    one = saved.population
    query = one.query
    asked = " ".join(f"{name} {value}" for name, value in query.to_json().items() if isinstance(value, str))
    print_line(saved.id)
    print_line(f"  {one.count} rows of unit {query.unit}, extracted {one.extracted_at}, log entry {saved.index}")
    print_line(f"  asked    {asked}")
    print_line(f"  as of    tree size {one.tree_size}, root {one.root}")
    print_line(f"  digest   {one.sha256}")
    for out in one.exclusions:
        print_line(f"  left out {out.id}: {out.why}")
    for tie in one.tie_outs:
        word = "ties" if tie.ties else f"{tie.only_here} only here, {tie.only_there} only there"
        print_line(f"  against  {tie.source}: {tie.count} units, {tie.both} in both: {word}")
    if one.seed_sha256:
        print_line(f"  seed     committed to: {one.seed_sha256}")
    if one.sample is not None:
        before = "committed to before the draw" if one.sample.committed else "not committed to before the draw"
        print_line(f"  sample   of {one.sample.of}, {one.sample.count} rows, {one.sample.method}")
        print_line(f"  seed     {one.sample.seed}, {before}")
        for name, count in one.sample.strata.items():
            print_line(f"  stratum  {name}: {count}")
        if one.sample.weighed is not None:
            print_line(f"  weighed  {weighed_words(one.sample.by, one.sample.weighed)}")


def reconciled_json(found: Reconciliation) -> dict[str, object]:
    """Give a reconciliation as JSON."""
    return {
        "tree_size": found.tree_size,
        "sources": [
            {"source": one.source, "query": one.query, "count": len(one.ids), "sha256": one.digest}
            for one in found.sources
        ],
        "differences": [one.to_json() for one in found.differences],
        "not_compared": list(found.not_compared),
    }


def print_reconciled(found: Reconciliation) -> None:
    """Print sources, then every difference with why and what would settle it."""
    for one in found.sources:
        print_line(f"{one.source:<9} {len(one.ids):>7} commits  sha256 {one.digest[:16]}…  {one.query}")
    heading = None
    for number, one_of in enumerate(found.differences):
        pair = (one_of.named_by, one_of.missing_in, one_of.why)
        if pair != heading:
            heading = pair
            print_line(f"in {one_of.named_by}, not in {one_of.missing_in}: {one_of.why}")
            print_line(f"  to settle it: {one_of.settle}")
        if number < MAX_SHOWN:
            print_line(f"  {one_of.id}")
    if len(found.differences) > MAX_SHOWN:
        print_line(f"{len(found.differences)} differences; --json lists all")
    for words in found.not_compared:
        print_line(f"not compared: {words}")
    if found.ties:
        print_line("all sources name the same commits")
