"""The result page of `make bench-service`, and which goals it misses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LIST_MS: Final = 200
"""Goal: 95 of 100 pages of a list."""
PAINT_BYTES: Final = 300_000
"""Goal: what is loaded before a session's page is painted, 300 kB."""
FLAT: Final = 2.0
"""MiB a minute up to which memory counts as flat."""
UNTIMED: Final = ("500 rows",)
"""Lists that are timed without a goal: they are not of the default size."""

Results = dict[str, Any]


def page(results: Results, database: str, about: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Give the page as Markdown, and the goals that were missed."""
    missed = tuple(_missed(results))
    loading = results.get("load", {})
    lines = [
        "# The service with many sessions in it",
        "",
        f"Measured by `make bench-service` on {database}: {loading.get('sessions', 0):,} sessions, appended with all their rows by the code",
        "that the service appends with, unchecked on the way; a session of 5,000 events and one with a long transcript, recorded by",
        "`whereof record`; bundles of the writers go through the service's own ingest. Each part on a service that was just started;",
        "clients and service share the machine.",
        "",
        f"Goals missed: {'; '.join(missed) if missed else 'none'}.",
        "",
        *(f"- {line}" for line in about),
        "",
    ]
    parts = (("load", _load), ("lists", _lists), ("events", _events), ("transcript", _transcript), ("mixed", _mixed))
    for name, part in parts:
        if name in results:
            lines += [*part(results[name]), ""]
    return "\n".join(lines[:-1]) + "\n", missed


def _missed(results: Results) -> Iterator[str]:
    for name, why in results.get("failed", {}).items():
        yield f"{name} was not measured ({why})"
    for row in results.get("lists", ()):
        if row["ms"][1] > LIST_MS and not any(word in row["what"] for word in UNTIMED):
            yield f"{row['what']} takes {row['ms'][1]:,.0f} ms"
    events = results.get("events")
    if events and events["html"] + events["beside"] > PAINT_BYTES:
        yield f"the page of many events is {events['html'] + events['beside']:,} bytes"
    mixed = results.get("mixed")
    if not mixed:
        return
    errors = sum(row["errors"] for row in mixed["rows"].values())
    if errors:
        yield f"{errors:,} errors under load"
    grown = mixed["memory"]["service and processes"]["late_slope"]
    if grown > FLAT:
        yield f"memory grows {grown:.1f} MiB a minute under load"


def _load(told: Results) -> Iterator[str]:
    yield "## Loading"
    yield ""
    yield f"The last run appended and indexed what was missing of {told['sessions']:,} sessions in {told['seconds']:,.0f} s. `whereof record` took"
    yield f"{told['transcript_s']:,.0f} s for the transcript of {told['transcript_mb']:,} MB, and {told['events_s']:,.0f} s for the session of many events."


def _lists(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "## Lists"
    yield ""
    yield f"One client, one request after the other. The goal is {LIST_MS} ms for 95 of 100. Deep: 20,000 rows from the newest."
    yield ""
    yield "| what | median | 95 of 100 | slowest | bytes |"
    yield "|---|---|---|---|---|"
    for row in rows:
        middle, most, worst = row["ms"]
        yield f"| {row['what']} | {middle:,.0f} ms | {most:,.0f} ms | {worst:,.0f} ms | {row['bytes']:,} |"


def _events(told: Results) -> Iterator[str]:
    yield f"## A session of {told['events']:,} events"
    yield ""
    whole = told["html"] + told["beside"]
    yield f"Its page is {told['html']:,} bytes, {whole:,} with its styles and scripts, nothing compressed; the goal is {PAINT_BYTES:,}."
    yield f"Median {told['page']['ms'][0]:,.0f} ms, 95 of 100 {told['page']['ms'][1]:,.0f} ms. A run of its events from the middle"
    yield f"(`/v1/sessions/…/events`): median {told['api']['ms'][0]:,.0f} ms, {told['api']['bytes']:,} bytes."


def _transcript(told: Results) -> Iterator[str]:
    yield f"## A transcript of {told['bytes'] / 1e6:,.0f} MB"
    yield ""
    yield f"The first page after the start took {told['first_ms']:,.0f} ms; it is {told['html']:,} bytes."
    yield ""
    yield "| page | median | slowest of 3 | bytes |"
    yield "|---|---|---|---|"
    for name, row in (*told["pages"].items(), ("events from 100,000 on, as JSON", told["events"])):
        yield f"| {name} | {row['ms'][0]:,.0f} ms | {row['ms'][2]:,.0f} ms | {row['bytes']:,} |"
    yield ""
    begun, first, *later = told["memory"]
    yield f"Resident memory: {begun:,.0f} MiB before, {first:,.0f} MiB after the first page, and after each further {told['between']} pages"
    yield f"anywhere: {', '.join(f'{held:,.0f}' for held in later)} MiB."


def _mixed(told: Results) -> Iterator[str]:
    clients = sum(row["clients"] for row in told["rows"].values())
    yield f"## {clients} clients for {told['seconds']:,.0f} seconds"
    yield ""
    yield f"Load of the machine at the start: {told['load']:.1f}. A reader waits a second between pages, a writer two. The service used"
    yield f"{told['cpu_share']:.2f} cores."
    yield ""
    yield "| what | clients | answered | 429 | errors | median | 95 of 100 | 99 of 100 |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, row in told["rows"].items():
        times = " | ".join(f"{value:,.0f} ms" for value in row["ms"])
        counts = f"{row['clients']} | {row['answered']:,} | {row['turned_away']:,} | {row['errors']:,}"
        yield f"| {name} | {counts} | {times} |"
    yield ""
    yield "Resident memory, a sample a second; growth by the line nearest to all samples, after a fifth of the time and in the second"
    yield "half. Pages that processes share count once for each."
    yield ""
    yield "| of | first | most | MiB a minute | in the second half | samples, MiB |"
    yield "|---|---|---|---|---|---|"
    for name, held in told["memory"].items():
        samples = ", ".join(f"{one:,.0f}" for one in held["samples"])
        sizes = f"{held['start']:,.0f} MiB | {held['most']:,.0f} MiB"
        yield f"| the {name} | {sizes} | {held['slope']:+.2f} | {held['late_slope']:+.2f} | {samples} |"
    yield ""
    for name, row in told["rows"].items():
        if row["last"]:
            yield f"The last error of {name}: `{row['last']}`."
