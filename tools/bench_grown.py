"""A log grown by the engine on either database: what appends cost on the way, and what the grown log is asked and audited for.

Leaves are of 300 bytes with one index key each, in batches of 1,024, the smallest unit a busy log signs, from three clients of
which each sends its next batch when the one before is answered; then some from one client alone. Nobody signed them and
nothing of theirs is checked; at each stop a few attestations that are signed and found stand among them, which are what is asked
for over HTTP. It is the engine of the service that appends: there is no other way into a log, for loading neither.
"""

from __future__ import annotations

import contextlib
import gc
import random
import secrets
import statistics
import time
from collections import deque
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from attest.clock import SystemClock, SystemEntropy
from attest.ledger.index import KeyKind, index_key
from attest.ledger.sequence import MAX_GROUP_ENTRIES
from attest.model.ports import LeafParts
from attest.settings import Settings
from attest.store.compactor import Compactor
from attest.store.guards import require_durable
from attest.store.leaf_runs import RUN_ENTRIES, LeafRuns
from attest.store.log_store import Submission
from attest.store.sequencer import Sequencer
from attest.usecases.complete import complete_rows
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import Instance, open_instance
from tests.support.postgres import SERVING, migrated, running_postgres
from tools.bench_attested import Ingest
from tools.bench_figure import Figure
from tools.bench_index import commit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from attest.model.ports import LogReceipt

LEAF_BYTES: Final = 300
POINTS: Final = 40
"""Sizes at which the log is looked at on its way."""
ASKED: Final = 60
"""Commits asked for at each."""
CLIENTS: Final = 3
"""Each waits for the answer to its batch before it sends the next."""
LEAST: Final = 16
"""Batches between two such sizes, at least."""
PREPARED: Final = 24
"""Batches made before a clock runs."""
SIGNED: Final = 8
"""Attestations signed at each."""
FLOOR_SAMPLE: Final = 20_000


@dataclass(slots=True)
class Growth:
    """What was seen of one log while it grew."""

    database: str
    sizes: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    """Entries per second, durable and published, since the point before."""
    alone: list[float] = field(default_factory=list)
    """The same from one client."""
    answers_ms: list[float] = field(default_factory=list)
    """Median time of a proved answer by commit."""
    slowest_ms: list[float] = field(default_factory=list)
    """99th percentile of the same."""
    merging_s: float = 0.0
    """Time of the merges of index segments that the service leaves to a thread in the background."""
    commits: tuple[str, ...] = ()
    """Those that signed attestations are about."""


@contextlib.contextmanager
def opened(database: str, folder: Path) -> Iterator[Instance]:
    """Open a fresh instance on a database that waits for the disk; PostgreSQL is started for it."""
    with contextlib.ExitStack() as stack:
        settings = Settings(home=folder / database)
        if database == "postgresql":
            server = stack.enter_context(running_postgres({"shared_buffers": "512MB", "max_wal_size": "8GB"}))
            server.make_database("bench")
            migrated(server, "bench")
            server.run(f"CREATE ROLE {SERVING} LOGIN IN ROLE whereof_app")
            settings = Settings(home=folder / database, database_url=server.url("bench", SERVING))
        instance = open_instance(settings, clock=SystemClock(), entropy=SystemEntropy())
        stack.callback(instance.engine.dispose)
        require_durable(instance.engine)
        yield instance


def grow(instance: Instance, database: str, entries: int) -> Growth:
    """Append that many entries, and stop at some sizes to ask for commits of any age."""
    growth, known, ingest = Growth(database), list[str](), Ingest(instance.settings.home, instance=instance)
    every = max(LEAST, entries // MAX_GROUP_ENTRIES // POINTS)
    one = every // 8
    sequencer = Sequencer(instance.append)
    for _ in range(max(1, entries // MAX_GROUP_ENTRIES // every)):
        growth.rates.append(_rate(sequencer, CLIENTS, every - one, known))
        growth.alone.append(_rate(sequencer, 1, one, known))
        ingest.batch(SIGNED)
        growth.merging_s += _merged(instance)
        published = instance.log.publisher.published()
        growth.sizes.append(published.size if published else 0)
        middle, slow = _ask(instance, known)
        growth.answers_ms.append(middle)
        growth.slowest_ms.append(slow)
    sequencer.close()
    growth.commits = tuple(commit_of(raw) for raw in ingest.bundles(len(ingest.names)))
    return growth


def _rate(sequencer: Sequencer, clients: int, batches: int, known: list[str]) -> float:
    """Give how many entries a second were answered; some of their commits are noted."""
    taken = 0.0
    for at in range(0, batches, PREPARED):
        oids = [[secrets.token_hex(20) for _ in range(MAX_GROUP_ENTRIES)] for _ in range(min(PREPARED, batches - at))]
        known += [oid for some in oids for oid in some[:2]]
        groups = [[submission(oid) for oid in some] for some in oids]
        # As a service does with what it has loaded: the collector need not walk it again while others wait.
        gc.collect()
        gc.freeze()
        start = time.perf_counter()
        _answered(sequencer, clients, groups)
        taken += time.perf_counter() - start
    return batches * MAX_GROUP_ENTRIES / taken


def _answered(sequencer: Sequencer, clients: int, groups: Sequence[Sequence[Submission]]) -> None:
    waiting: deque[Future[tuple[LogReceipt, ...]]] = deque()
    for group in groups:
        if len(waiting) == clients:
            waiting.popleft().result()
        waiting.append(sequencer.submit(group))
    for answer in waiting:
        answer.result()


def growth_figures(growth: Growth) -> Iterator[Figure]:
    """Say what the design has goals for."""
    where, size = growth.database, f"{growth.sizes[-1]:,}"
    yield Figure(
        what=f"{where}: append by batch, durable and published, up to {size} entries (median)",
        value=statistics.median(growth.rates),
        unit="entries/s",
        goal=">= 25,000",
        note=(
            f"{CLIENTS} clients, each batch after the answer to the one before; slowest stretch {min(growth.rates):,.0f}, last "
            f"{growth.rates[-1]:,.0f} entries/s; merges of index segments of more than 65,536 rows, in the background of a service, "
            f"took {growth.merging_s:,.1f} s beside them"
        ),
    )
    yield Figure(
        what=f"{where}: append by batch, the same from one client (median)",
        value=statistics.median(growth.alone),
        unit="entries/s",
    )
    yield Figure(
        what=f"{where}: proved complete answer by commit at {size} entries, 99th percentile, in process",
        value=growth.slowest_ms[-1],
        unit="ms",
        goal="<= 50 over HTTP",
        note=f"median {growth.answers_ms[-1]:.2f} ms; at {growth.sizes[0]:,} entries {growth.answers_ms[0]:.2f} ms",
    )


def audit_figure(instance: Instance, database: str) -> Figure:
    """Audit the hashes of a grown log: `fsck --hashes`, beside two SHA-256 an entry and the reading of the runs alone."""
    place = (instance.engine, instance.scope, instance.log.name)
    audit = list[int]()

    def audited() -> None:
        found = fsck(instance, FsckDepth(hashes_only=True), on_progress=lambda _done, _total: None)
        if found.problems:
            raise RuntimeError(f"the audit found: {found.problems[0]}")
        audit.append(found.tree_size)

    began = time.perf_counter()
    taken = _cpu(audited)
    clock = time.perf_counter() - began
    with contextlib.closing(LeafRuns(*place)) as runs:
        steps = range(0, audit[0], RUN_ENTRIES)
        reading = _cpu(lambda: sum(runs.read(first, first + RUN_ENTRIES) is not None for first in steps))
    return Figure(
        what=f"{database}: fsck --hashes (full audit of hashes), {audit[0]:,} entries, a second of CPU of the one process",
        value=audit[0] / taken,
        unit="entries/s",
        goal=">= 500,000",
        peer="two SHA-256 an entry, nothing else",
        peer_value=1 / _floor_s(),
        note=(
            "reads of each entry its number, leaf hash, body, head and proof, each head with both notes, the checkpoint, and every "
            f"tile and bundle, and compares all; {audit[0] / clock:,.0f} entries/s by the clock; reading the runs alone takes "
            f"{reading / taken:.0%} of it; a server that joins them is another process"
        ),
    )


def _floor_s() -> float:
    bodies = [secrets.token_bytes(LEAF_BYTES) for _ in range(FLOOR_SAMPLE)]
    taken = _cpu(lambda: [(sha256(b"\0" + body).digest(), sha256(body[:65]).digest()) for body in bodies])
    return taken / FLOOR_SAMPLE


def _cpu(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def _merged(instance: Instance) -> float:
    start = time.perf_counter()
    Compactor(
        instance.engine, instance.scope, instance.log, on_failure=lambda _: None, stands_aside=False
    ).compact_all()
    return time.perf_counter() - start


def _ask(instance: Instance, known: list[str]) -> tuple[float, float]:
    times = []
    for oid in random.choices(known, k=ASKED):  # noqa: S311 - which are asked for is no secret
        start = time.perf_counter()
        answer = complete_rows(instance, KeyKind.GIT_COMMIT, oid)
        times.append((time.perf_counter() - start) * 1000)
        if len(answer.rows) != 1:
            raise RuntimeError(f"the log gave {len(answer.rows)} rows for a commit that has one")
    times.sort()
    return statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]


def submission(oid: str) -> Submission:
    """Give a leaf that nobody signed, found by one commit."""
    return Submission(
        leaf=LeafParts(body=secrets.token_bytes(LEAF_BYTES), envelope=b"{}", certificate=b"", token=None),
        keys=(index_key(KeyKind.GIT_COMMIT, oid),),
        payload_hash=secrets.token_bytes(32),
        within=lambda _session, _receipt: None,
    )
