"""Many clients of one service for minutes, reading and writing at once; what they saw, and how memory went meanwhile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from tools.bench_http import Elsewhere
from tools.bench_load import Served, Watch, loaded, slope
from tools.bench_load_client import TURNED_AWAY, Load, Stream
from tools.bench_service_large import EVENTS
from tools.bench_service_reader import Reader

if TYPE_CHECKING:
    from pathlib import Path

    from attest.settings import Settings
    from tools.bench_load_client import Seen

WRITERS: Final = 0.1
"""Share of the clients that write."""
READ_PAUSE_S: Final = 1.0
"""Between two pages of one reader."""
WRITE_PAUSE_S: Final = 2.0
WARM: Final = 0.2
"""Share of the time after which the growth of memory is looked at."""
SHOWN: Final = 20
"""Samples of memory that are kept."""


def mixed(service: Served, session: str, asked: tuple[int, float], bodies: Path) -> dict[str, object]:
    """Let so many clients read and write for so many seconds; `session` is the one of many events."""
    clients, seconds = asked
    streams = _streams(Reader(service), session, clients, bodies)
    cpu, load = service.cpu_s(), os.getloadavg()[0]
    with Watch(service) as memory:
        seen = loaded(Load(port=service.port, token=service.token, seconds=seconds, streams=streams))
    return {
        "load": load,
        "seconds": seconds,
        "rows": {one.name: _row(one, seen[one.name]) for one in streams},
        "cpu_share": (service.cpu_s() - cpu) / seconds,
        "memory": {
            "service": _grown(memory.own, seconds),
            "service and processes": _grown(memory.samples, seconds),
        },
    }


def _streams(reader: Reader, session: str, clients: int, bodies: Path) -> tuple[Stream, ...]:
    commits = reader.commits(64)
    read = {
        "list pages": (0.3, ("/sessions", "/v1/sessions", reader.deep("/v1/sessions", 5))),
        "answers for commits": (0.3, tuple(f"{at}/{oid}" for oid in commits for at in ("/v1/commits", "/commits"))),
        "session pages": (0.1, (f"/sessions/{session}", f"/v1/sessions/{session}")),
        "events": (0.1, tuple(f"/v1/sessions/{session}/events?from_seq={at}" for at in range(0, EVENTS, 500))),
        "entries and proofs": (0.1, tuple(f"/v1/entries/{at}/proof" for at in range(8))),
    }
    readers = (
        Stream(name=name, clients=max(1, int(clients * share)), paths=paths, pause_s=READ_PAUSE_S)
        for name, (share, paths) in read.items()
    )
    writers = Stream(
        name="bundles written",
        clients=_writers(clients),
        paths=("/v1/attestations",),
        bodies=str(bodies),
        pause_s=WRITE_PAUSE_S,
    )
    return (*readers, writers)


def _row(stream: Stream, seen: Seen) -> dict[str, object]:
    return {
        "clients": stream.clients,
        "answered": len(seen.milliseconds),
        "turned_away": seen.statuses.get(TURNED_AWAY, 0),
        "errors": seen.errors,
        "last": seen.last,
        "ms": [seen.percentile(share) for share in (0.5, 0.95, 0.99)],
    }


def _grown(samples: list[tuple[float, float]], seconds: float) -> dict[str, object]:
    held = [one for _, one in samples]
    return {
        "start": held[0],
        "most": max(held),
        "slope": slope(samples, seconds * WARM),
        "late_slope": slope(samples, seconds / 2),
        "samples": held[:: max(1, len(held) // SHOWN)],
    }


def written_before(folder: Path, settings: Settings, asked: tuple[int, float]) -> Path:
    """Sign elsewhere what the writers among so many clients will send in so many seconds; gives the file."""
    elsewhere, file = Elsewhere(), folder / "bodies"
    elsewhere.pinned_by(settings.home)
    count = int(_writers(asked[0]) * (asked[1] / WRITE_PAUSE_S + 1))
    with file.open("wb") as out:
        for _ in range(count):
            out.write(elsewhere.bundle() + b"\n")
    return file


def _writers(clients: int) -> int:
    return max(1, int(clients * WRITERS))
