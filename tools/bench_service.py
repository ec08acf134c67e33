"""The service with many sessions in it: lists, a session of many events, a long transcript, many clients for minutes.

    python -m tools.bench_service [--sessions N] [--transcript-mb M] [--clients C] [--seconds S] [--only PART]... [--quick]
                                  [--database sqlite|postgresql] [--keep FOLDER] [--write FILE]

With `--keep` what was loaded and measured stays in a folder (on SQLite; a PostgreSQL server lives as long as the run): the next
run loads what is missing, and measures again what `--only` names; the page has the newest of each part.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.bench_figure import machine
from tools.bench_http import Elsewhere
from tools.bench_load import Served, Watch, database_of, loaded, served
from tools.bench_load_client import TURNED_AWAY, Load, Stream
from tools.bench_service_fill import AGENTS, MODELS, REPOSITORIES, fill, recorded, write_events
from tools.bench_service_page import page
from tools.bench_service_reader import Reader, lists, long_transcript, many_events
from tools.bench_stream import write_transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.settings import Settings

PARTS: Final = ("lists", "events", "transcript", "mixed")
EVENTS: Final = 5_000
WRITERS: Final = 0.1
"""Share of the clients that write."""
READ_PAUSE_S: Final = 1.0
"""Between two pages of one reader."""
WRITE_PAUSE_S: Final = 2.0
WARM: Final = 0.2
"""Share of the time after which the growth of memory is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is loaded and asked."""

    sessions: int = 100_000
    transcript_mb: int = 500
    clients: int = 200
    seconds: float = 300
    asked: int = 200
    """Requests for each page that is timed."""


QUICK: Final = Size(sessions=2_000, transcript_mb=5, clients=40, seconds=20, asked=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """The two recordings that are larger than others."""

    events: str
    """`ses_…` of the one with many events."""
    long: str
    """`ses_…` of the one with a long transcript."""


def loaded_with(folder: Path, settings: Settings, size: Size) -> Large:
    """Load what is missing; gives the large sessions."""
    (settings.home / "trust").mkdir(parents=True, mode=0o700, exist_ok=True)
    fill(settings, size.sessions)
    kept = settings.home.parent / f"large-{settings.home.name.removeprefix('home-')}.json"
    if not kept.exists() or settings.database_url:
        events, long = folder / "events.jsonl", folder / "long.jsonl"
        write_events(events, EVENTS)
        write_transcript(long, size.transcript_mb * 1_000_000)
        told = {"events": recorded(settings, events), "long": recorded(settings, long)}
        kept.write_text(json.dumps(told), encoding="utf-8")
        long.unlink()
    return Large(**json.loads(kept.read_text(encoding="utf-8")))


def mixed(service: Served, large: Large, size: Size, bodies: Path) -> dict[str, object]:
    """Let many clients read and write for minutes; gives what they saw and how memory went."""
    reader = Reader(service)
    writers = max(1, int(size.clients * WRITERS))
    commits = reader.commits(64)
    readers = {
        "list pages": (0.3, ("/sessions", "/v1/sessions", reader.deep("/v1/sessions", 5))),
        "answers for commits": (0.3, tuple(f"{at}/{oid}" for oid in commits for at in ("/v1/commits", "/commits"))),
        "session pages": (0.1, (f"/sessions/{large.events}", f"/v1/sessions/{large.events}")),
        "events": (0.1, tuple(f"/v1/sessions/{large.events}/events?from_seq={at}" for at in range(0, EVENTS, 500))),
        "entries and proofs": (0.1, tuple(f"/v1/entries/{at}/proof" for at in range(8))),
    }
    streams = [
        Stream(name=name, clients=max(1, int(size.clients * share)), paths=paths, pause_s=READ_PAUSE_S)
        for name, (share, paths) in readers.items()
    ]
    streams.append(
        Stream(
            name="bundles written",
            clients=writers,
            paths=("/v1/attestations",),
            bodies=str(bodies),
            pause_s=WRITE_PAUSE_S,
        )
    )
    held, cpu, load = service.memory_mib(), service.cpu_s(), os.getloadavg()[0]
    with Watch(service) as memory:
        seen = loaded(Load(port=service.port, token=service.token, seconds=size.seconds, streams=tuple(streams)))
    rows = {
        name: {
            "clients": next(stream.clients for stream in streams if stream.name == name),
            "answered": len(one.milliseconds),
            "turned_away": one.statuses.get(TURNED_AWAY, 0),
            "errors": one.errors,
            "last": one.last,
            "ms": [one.percentile(share) for share in (0.5, 0.95, 0.99)],
        }
        for name, one in seen.items()
    }
    thinned = memory.samples[:: max(1, len(memory.samples) // 20)]
    return {
        "load": load,
        "seconds": size.seconds,
        "rows": rows,
        "cpu_share": (service.cpu_s() - cpu) / size.seconds,
        "memory": {
            "start": held,
            "most": memory.most,
            "slope": memory.slope(size.seconds * WARM),
            "late_slope": memory.slope(size.seconds / 2),
            "samples": thinned,
        },
    }


def written_before(folder: Path, settings: Settings, size: Size) -> Path:
    """Sign what the writers will send, elsewhere; gives the file."""
    elsewhere, file = Elsewhere(), folder / "bodies"
    elsewhere.pinned_by(settings.home)
    count = int(size.clients * WRITERS * (size.seconds / WRITE_PAUSE_S + 1))
    with file.open("wb") as out:
        for _ in range(count):
            out.write(elsewhere.bundle() + b"\n")
    return file


def measured(folder: Path, database: str, size: Size, only: Sequence[str]) -> dict[str, object]:
    """Load, then measure the parts that are asked for, each on a service that was just started."""
    found: dict[str, object] = {}
    with database_of(folder, database) as (settings, number):
        begun = time.perf_counter()
        large = loaded_with(folder, settings, size)
        found["loading"] = {"seconds": time.perf_counter() - begun, "sessions": size.sessions}
        bodies = written_before(folder, settings, size) if "mixed" in only else Path()
        facets = {"agent": AGENTS[0], "model": MODELS[0], "repository": REPOSITORIES[0]}
        parts: dict[str, Callable[[Served], object]] = {
            "lists": lambda service: lists(Reader(service), facets, size.asked),
            "events": lambda service: many_events(Reader(service), large.events, size.asked),
            "transcript": lambda service: long_transcript(Reader(service), large.long, size.asked),
            "mixed": lambda service: mixed(service, large, size, bodies),
        }
        for name in only:
            print(f"{database}: {name}", file=sys.stderr, flush=True)
            with served(settings, number) as service:
                found[name] = parts[name](service)
    return found


def main(arguments: Sequence[str]) -> int:
    """Measure, print the page, and keep it where that is asked for; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench_service", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--quick", action="store_true", help="a fiftieth of it all")
    parser.add_argument("--sessions", type=int)
    parser.add_argument("--transcript-mb", type=int)
    parser.add_argument("--clients", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args(arguments)
    base = QUICK if given.quick else Size()
    size = Size(
        sessions=given.sessions or base.sessions,
        transcript_mb=given.transcript_mb or base.transcript_mb,
        clients=given.clients or base.clients,
        seconds=given.seconds or base.seconds,
        asked=base.asked,
    )
    about = machine()
    with contextlib.ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="whereof-service-")))
        folder.mkdir(parents=True, exist_ok=True)
        folder = folder.resolve()
        kept = folder / f"results-{given.database}.json"
        results = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
        results |= measured(folder, given.database, size, given.only or PARTS)
        kept.write_text(json.dumps(results), encoding="utf-8")
    text, missed = page(results, given.database, about)
    print(text)
    if given.write:
        given.write.write_text(text, encoding="utf-8")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
