"""The result page of `make bench-scale`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.bench_scale import Asked, Run


def page(asked: Asked, found: Sequence[Run], about: Sequence[str]) -> str:
    """Give the page as Markdown."""
    return "\n".join([*_head(asked, about), *_table(found), *_bytes(found), *_foot(found)]) + "\n"


def _head(asked: Asked, about: Sequence[str]) -> Iterator[str]:
    yield "# Many sessions a day, at a burst"
    yield ""
    yield f"Measured by `make bench-scale`: {asked.sessions_a_day:,} sessions a day at {asked.burst:g} times their mean rate are"
    yield f"{asked.rate:.1f} a second, for {asked.seconds:,.0f} seconds: {asked.count:,} bundles, signed elsewhere, one a request, sent when they"
    yield "are due whatever the service does, while others read the answers for commits. Each is verified whole, logged, durable"
    yield "and published before it is answered. Client, service and database share the machine."
    yield ""
    yield from (f"- {line}" for line in about)
    yield ""


def _table(found: Sequence[Run]) -> Iterator[str]:
    yield "| | " + " | ".join(run.database for run in found) + " |"
    yield "|---|" + "---|" * len(found)
    rows = (
        ("load at the start", [f"{run.load:.1f}" for run in found]),
        ("sessions taken in", [f"{run.sessions:,} in {run.seconds:,.0f} s" for run in found]),
        ("turned away (429)", [f"{run.turned_away:,}" for run in found]),
        ("errors", [f"{run.errors:,}" for run in found]),
        ("due until published: median", [f"{run.published_ms[0]:,.0f} ms" for run in found]),
        ("99 of 100", [f"{run.published_ms[1]:,.0f} ms" for run in found]),
        ("the slowest", [f"{run.published_ms[2]:,.0f} ms" for run in found]),
        ("most entries seen durable, not yet published", [f"{run.most_behind:,}" for run in found]),
        ("answers for commits read beside", [f"{run.reads:,}" for run in found]),
        ("their median, 99 of 100", [f"{run.read_ms[0]:,.0f} ms, {run.read_ms[1]:,.0f} ms" for run in found]),
        (
            "memory resident, start and most",
            [f"{run.memory_mib[0]:,.0f}, {run.memory_mib[1]:,.0f} MiB" for run in found],
        ),
        ("its growth after a fifth of the time", [f"{run.memory_mib[2]:+.2f} MiB a minute" for run in found]),
        ("CPU of the service a session", [f"{run.cpu_ms:.1f} ms" for run in found]),
        ("CPU of the database server a session", [_server(run) for run in found]),
    )
    yield from (f"| {what} | " + " | ".join(cells) + " |" for what, cells in rows)
    yield ""


def _server(run: Run) -> str:
    return f"{run.database_cpu_ms:.1f} ms" if run.database_cpu_ms else "in the service"


def _bytes(found: Sequence[Run]) -> Iterator[str]:
    yield "Bytes kept for a session, by where; what is not named did not grow:"
    yield ""
    yield "| | " + " | ".join(run.database for run in found) + " |"
    yield "|---|" + "---|" * len(found)
    names = sorted({name for run in found for name, size in run.bytes_each.items() if abs(size) >= 1})
    for name in names:
        yield f"| {name} | " + " | ".join(f"{run.bytes_each.get(name, 0):,.0f}" for run in found) + " |"
    yield ""


def _foot(found: Sequence[Run]) -> Iterator[str]:
    for run in found:
        if run.last_error:
            yield f"The last error on {run.database}: `{run.last_error}`."
    yield "Memory is that of the service and the processes that check bundles; what they share counts for each. The database's file"
    yield "holds its log of changes, which is folded in later. A session here is its signed statement: transcripts stay where they were"
    yield "recorded, redaction is [the recorder's cost](record.md)."
