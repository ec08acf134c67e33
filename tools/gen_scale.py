"""The page on scale: unit costs as they stand in the results of the benchmarks, and the arithmetic from them, done here.

No figure of a measurement is written in this file: each is read from the page that holds it, by the words around it. A result
that is replaced changes the page; one whose words changed is an error, not an old figure.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCH: Final = Path(__file__).resolve().parents[1] / "docs/bench"
A_DAY: Final = 1_000_000
"""Sessions that are sized for."""
BURST: Final = 20
"""Times their mean rate."""
DAY_S: Final = 86_400
IDLE: Final = 2
"""Cores for each one that works, so that half of them idle at the burst."""
_PG_HTTP: Final = (
    r"- postgresql: over HTTP, {clients}, every check[^:]*: [\d,]+ entries/s.*?; ([\d.]+) ms of CPU an entry"
)
_PG_RATE: Final = r"- postgresql: over HTTP, {clients}, every check[^:]*: ([\d,]+) entries/s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One measured figure and where it stands."""

    value: float
    page: str


def measured(page: str, words: str) -> Cost:
    """Give the figure that the first group of `words` finds in a page of results.

    Raises:
        ValueError: it is not there.
    """
    found = re.search(words, (BENCH / f"{page}.md").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"docs/bench/{page}.md does not say: {words}")
    return Cost(value=float(found[1].replace(",", "")), page=page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What the page is reckoned from; of the service and its database on PostgreSQL."""

    rate: Cost
    service_ms: Cost
    database_ms: Cost
    batch_ms: Cost
    single_most: Cost
    batch_most: Cost
    database_bytes: Cost
    log_bytes: Cost
    append: Cost
    merge_s: Cost
    grown: Cost
    answer_ms: Cost
    proof_ms: Cost
    proof_kib: Cost
    hashes: Cost
    signatures: Cost
    largest: Cost
    largest_ms: Cost
    record_s: Cost
    transcript_kb: Cost
    bundle_create: Cost
    bundle_verify: Cost


def read_costs() -> Costs:
    """Give the figures as the results say them now.

    Raises:
        ValueError: one is not where it stood.
    """
    one_by_one, by_batch = "200 clients, one bundle a request", "2 clients, bundles by batch"
    asked = r"- {what}, postgresql, [^:]*4 clients, each again at once: .*?([\d.]+) ms of CPU an answer"
    return Costs(
        rate=measured("scale", r"mean rate are\n([\d.]+) a second"),
        service_ms=measured("scale", r"\| CPU of the service a session \|[^|]*\| ([\d.]+) ms \|"),
        database_ms=measured("scale", r"\| CPU of the database server a session \|[^|]*\| ([\d.]+) ms \|"),
        database_bytes=measured("scale", r"\| database \|[^|]*\| ([\d,]+) \|"),
        log_bytes=measured("scale", r"\| logs \| ([\d,]+) \|"),
        batch_ms=measured("ledger", _PG_HTTP.format(clients=by_batch)),
        single_most=measured("ledger", _PG_RATE.format(clients=one_by_one)),
        batch_most=measured("ledger", _PG_RATE.format(clients=by_batch)),
        append=measured("ledger", r"\| postgresql: append by batch[^|]*\| ([\d,]+) entries/s"),
        merge_s=measured("ledger", r"- postgresql: append by batch.*took ([\d.]+) s beside them"),
        grown=measured("ledger", r"\| postgresql: append by batch, durable and published, up to ([\d,]+) entries"),
        answer_ms=measured("ledger", asked.format(what="answers for a commit")),
        proof_ms=measured("ledger", asked.format(what="answers with their proof of completeness")),
        proof_kib=measured("ledger", r"- answer with its proof of completeness, postgresql.*at most ([\d]+) KiB"),
        hashes=measured("ledger", r"\| postgresql: fsck --hashes[^|]*\| ([\d,]+) entries/s"),
        signatures=measured("ledger", r"\| fsck --signatures *\| ([\d,]+) entries/s"),
        largest=measured("ledger-10m", r"\| sqlite: append by batch, durable and published, up to ([\d,]+) entries"),
        largest_ms=measured("ledger-10m", r"- answers for a commit, sqlite.*?([\d.]+) ms of CPU an answer"),
        record_s=measured("record", r"\| as it is \|.*\| ([\d.]+) s of all processes"),
        transcript_kb=measured("record", r"One real session of (\d+) KB"),
        bundle_create=measured("evidence", r"\| interval: `bundle create` \|[^|]*\| (\d+) \|"),
        bundle_verify=measured("evidence", r"\| interval: `bundle verify` \|[^|]*\| (\d+) \|"),
    )


def scale_page() -> str:
    """Give the page.

    Raises:
        ValueError: a figure is not where it stood.
    """
    costs = read_costs()
    return "\n".join([*_head(), *_units(costs), *_sizing(costs), *_shape(costs), *_not_measured(costs)]) + "\n"


def _head() -> Iterator[str]:
    yield "# What it costs, and what a million sessions a day need"
    yield ""
    yield "Made by `python -m tools.gen_docs` from the [measurements](../bench/README.md): each figure is read from the page that is"
    yield "named beside it, and the arithmetic is done when this page is made. A session is here one signed statement that is handed in;"
    yield "the texts of sessions are counted apart. Sizes are decimal: a GB is 10⁹ bytes."
    yield ""


def _units(costs: Costs) -> Iterator[str]:
    yield "## Measured, each by itself"
    yield ""
    yield "| what | cost | from |"
    yield "|---|---|---|"
    rows = (
        ("a session taken in over HTTP, one a request: CPU of the service", costs.service_ms, "{:,.1f} ms"),
        ("the same: CPU of PostgreSQL", costs.database_ms, "{:,.1f} ms"),
        ("the same by batch: CPU of the service", costs.batch_ms, "{:,.1f} ms"),
        ("the same: bytes in the database", costs.database_bytes, "{:,.0f} B"),
        ("the same: bytes of published tiles, SQLite", costs.log_bytes, "{:,.0f} B"),
        ("appends of one log, by batch, nothing verified", costs.append, "{:,.0f} entries/s"),
        ("an answer for a commit, log of a million entries: CPU", costs.answer_ms, "{:,.1f} ms"),
        ("the same with its proof of completeness: CPU", costs.proof_ms, "{:,.1f} ms"),
        ("the same: size at most", costs.proof_kib, "{:,.0f} KiB"),
        ("an answer for a commit, log of ten million entries, SQLite: CPU", costs.largest_ms, "{:,.1f} ms"),
        ("`fsck --hashes`, a second of CPU", costs.hashes, "{:,.0f} entries"),
        ("`fsck --signatures`, a second of CPU", costs.signatures, "{:,.0f} entries"),
        ("`bundle create`, sessions with short texts", costs.bundle_create, "{:,.0f}/s"),
        ("`bundle verify`, the same", costs.bundle_verify, "{:,.0f}/s"),
        ("a session recorded and redacted, on the machine that ran it: CPU", costs.record_s, "{:,.1f} s"),
    )
    yield from (
        f"| {what} | {form.format(one.value)} | [{one.page}](../bench/{one.page}.md) |" for what, one, form in rows
    )
    merged = costs.merge_s.value / costs.grown.value * 1e6
    yield f"| merging index segments, beside the appends: an entry | {merged:,.1f} µs | [ledger](../bench/ledger.md) |"
    yield ""
    yield "All on two shared cores that clients, service and database had between them; each page says what else ran."
    yield ""


def _sizing(costs: Costs) -> Iterator[str]:
    mean, burst = A_DAY / DAY_S, A_DAY * BURST / DAY_S
    yield f"## {A_DAY:,} sessions a day"
    yield ""
    yield f"In the mean that is {A_DAY:,} / {DAY_S:,} s = {mean:.1f} a second. Sized for {BURST} times that: {burst:.0f} a second."
    yield ""
    yield "| what | arithmetic | need |"
    yield "|---|---|---|"
    yield from _cores(costs)
    yield from _kept(costs)
    yield from _rest(costs)
    yield ""


def _cores(costs: Costs) -> Iterator[str]:
    mean, burst = A_DAY / DAY_S, A_DAY * BURST / DAY_S
    for what, cost in (
        ("service", costs.service_ms),
        ("the same by batch", costs.batch_ms),
        ("PostgreSQL", costs.database_ms),
    ):
        told, busy = f"{cost.value:.1f} ms", burst * cost.value / 1000
        yield _row(f"{what}, in the mean", f"{mean:.1f}/s × {told}", f"{mean * cost.value / 1000:.2f} cores")
        yield _row("at the burst, half of them idle", f"{burst:.0f}/s × {told} × {IDLE}", f"{busy * IDLE:.1f} cores")
    yield _row(
        "answers for commits", f"1 s / {costs.answer_ms.value:.1f} ms", f"{1000 / costs.answer_ms.value:.0f}/s a core"
    )
    record = costs.record_s.value
    yield _row(
        "recording, where agents run",
        f"{mean:.1f}/s × {record:.1f} s",
        f"{mean * record:.0f} cores, none of the service",
    )


def _kept(costs: Costs) -> Iterator[str]:
    row, tiles, text = costs.database_bytes.value, costs.log_bytes.value, costs.transcript_kb.value
    day_gb = row * A_DAY / 1e9
    yield _row("database, a day", f"{A_DAY:,} × {row:,.0f} B", f"{day_gb:.0f} GB")
    yield _row("database, a year", f"{day_gb:.1f} GB × 365", f"{day_gb * 365 / 1000:.1f} TB on each copy")
    yield _row("tiles, a year", f"{A_DAY:,} × {tiles:,.0f} B × 365", f"{tiles * A_DAY * 365 / 1e9:,.0f} GB")
    yield _row(
        "texts, a day, if each is this long and kept", f"{A_DAY:,} × {text:.0f} KB", f"{text * A_DAY / 1e6:,.0f} GB"
    )


def _rest(costs: Costs) -> Iterator[str]:
    hashes, signatures, largest = costs.hashes.value, costs.signatures.value, costs.largest.value
    yield _row(
        "hashes of a day's entries checked", f"{A_DAY:,} / {hashes:,.0f} a second", f"{A_DAY / hashes:.0f} s of a core"
    )
    yield _row(
        "their signatures", f"{A_DAY:,} / {signatures:,.0f} a second", f"{A_DAY / signatures / 60:.0f} min of a core"
    )
    yield _row(
        "until a log is the largest that was measured", f"{largest:,.0f} / {A_DAY:,}", f"{largest / A_DAY:.0f} days"
    )


def _row(what: str, arithmetic: str, need: str) -> str:
    return f"| {what} | {arithmetic} | {need} |"


def _bullet(text: str) -> str:
    return textwrap.fill(f"- {text}", 130, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _shape(costs: Costs) -> Iterator[str]:
    burst = A_DAY * BURST / DAY_S
    yield "## What to set up"
    yield ""
    yield _bullet(
        f"**Processes.** One service process took in {costs.single_most.value:.0f} a second one by one and"
        f" {costs.batch_most.value:.0f} by batch, on the two cores that its clients and the database used too"
        f" ([ledger](../bench/ledger.md)); the burst is {burst:.0f}. Bundles are checked in processes of their own (`checkers`), the"
        " rest shares one interpreter. So plan two service processes at least, and more cores for checkers than for them. Two"
        " processes over one log append no faster than one ([why](../adr/0016-several-processes.md)): they share the rest of a"
        " request, and one is there when the other ends. Clients that can wait hand in by batch."
    )
    yield _bullet(
        "**Logs.** A log is one history with one writer at a time. Give each tenant an instance of its own: key ring, log, database."
        f" Appending does not bound one ({costs.append.value:,.0f} entries a second); its size may: none beyond"
        f" {costs.largest.value:,.0f} entries was measured. Where one tenant fills that in days, end the log and let another follow"
        " ([how](rollback.md)); complete answers cover the chain, evidence bundles and pages do not yet."
    )
    yield _bullet(
        "**PostgreSQL.** One primary takes every write. Give it a **synchronous** standby: a receipt says that an entry is durable,"
        " and a standby that lags loses what was acknowledged. If it is promoted all the same, heads that others hold are ahead of the"
        " database, and the service is [read-only](rollback.md). `fsync` and `synchronous_commit` must be on, or it does not start."
        " Locks are held by connections: no pooler by transaction. The chart makes a [cluster of CloudNativePG](run-on-kubernetes.md)"
        " with a synchronous standby where it is told to."
    )
    yield _bullet(
        "**Objects and tiles.** A bucket that knows `If-None-Match` and `If-Match` ([serve the log](serve-the-log.md)). The tiles and"
        " the checkpoint of each group are written before it is published: the way to the bucket is in the time until a receipt, and"
        " each write is paid. Let readers take tiles and checkpoint from the bucket or a cache before it, not from the service."
    )
    yield _bullet(
        "**Witnesses** sign heads, not entries: a service asks every ten seconds, however many sessions there are."
    )
    yield _bullet("**Audits.** `fsck --hashes` over the whole log daily, `reverify --since-last` for signatures.")
    yield _bullet("**Retention** runs [by itself](erase.md). Texts are most of what is kept, and can go first.")
    yield ""


def _not_measured(costs: Costs) -> Iterator[str]:
    yield "## What was not measured"
    yield ""
    yield _bullet(
        f"This load. [The replay](../bench/scale.md) sends {costs.rate.value:.1f} a second to one service on one machine;"
        f' `make bench-scale BENCH_ARGS="--sessions-a-day {A_DAY}"` sends {A_DAY * BURST / DAY_S:.0f}, on a machine that can.'
    )
    yield _bullet(
        "More than two cores, a network between the parts, a real bucket: what a request to it costs in time and money, what a"
        " synchronous standby adds to a commit."
    )
    yield _bullet(f"A log of more than {costs.largest.value:,.0f} entries, many logs in one database.")
    yield _bullet("Failover of PostgreSQL: a restart and a lost connection are tested, a promoted standby is not.")
    yield _bullet(
        "What sealing leaves of a text, the search index of a million sessions, the time of an erasure, a head's cost for a witness."
    )
    yield _bullet("Autoscaling: the chart's objects are rendered and checked, no cluster ran them.")
