"""The ledger engine alone: durable and published appends, and the tree made again from what was published."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sqlite3
import time
from typing import TYPE_CHECKING, Final

from attest.clock import SystemClock, SystemEntropy
from attest.ledger.sequence import MAX_GROUP_ENTRIES
from attest.ledger.tree import EMPTY_EDGE, grow_edge, leaf_hash
from attest.model.ports import LeafParts
from attest.settings import Settings
from attest.store.log_store import Submission
from attest.usecases.instance import open_instance
from tools.bench_figure import Figure, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attest.usecases.instance import Instance

LEAF_BYTES: Final = 1024
SINGLES: Final = 200
LEAF_GOAL: Final = ">= 25,000"


def engine_figures(folder: Path, *, batches: int) -> Iterator[Figure]:
    """Measure appends by batch and one by one, each beside plain SQLite writing the same bytes as durably."""
    instance = open_instance(Settings(home=folder / "engine"), clock=SystemClock(), entropy=SystemEntropy())
    groups = [_group(1) for _ in range(batches)]
    count = batches * MAX_GROUP_ENTRIES
    with _counted_syncs() as syncs:
        taken = seconds(lambda: [instance.log.append(group) for group in groups])
    plain = _plain_sqlite(folder / "plain.db", [[s.leaf.body for s in group] for group in groups])
    yield Figure(
        what=f"append, batches of {MAX_GROUP_ENTRIES:,}, leaves of 1 KiB, one index key each",
        value=count / taken,
        unit="entries/s",
        goal=LEAF_GOAL,
        peer="plain SQLite table",
        peer_value=count / plain,
        note=f"{len(syncs) / batches:.1f} fsyncs of files a batch, beside those of SQLite",
    )
    wide = [_group(4) for _ in range(max(1, batches // 2))]
    taken = seconds(lambda: [instance.log.append(group) for group in wide])
    yield Figure(
        what="append, the same with four index keys each",
        value=len(wide) * MAX_GROUP_ENTRIES / taken,
        unit="entries/s",
        goal=LEAF_GOAL,
        peer="plain SQLite table",
        peer_value=count / plain,
    )
    yield _singles(instance, folder)
    yield _rebuild(instance)
    instance.engine.dispose()


def _singles(instance: Instance, folder: Path) -> Figure:
    alone = [(submission,) for submission in _group(1)[:SINGLES]]
    with _counted_syncs() as syncs:
        taken = seconds(lambda: [instance.log.append(one) for one in alone])
    plain = _plain_sqlite(folder / "single.db", [[one.leaf.body] for (one,) in alone])
    return Figure(
        what="append, one by one, one writer",
        value=SINGLES / taken,
        unit="entries/s",
        peer="plain SQLite table",
        peer_value=SINGLES / plain,
        note=f"{len(syncs) / SINGLES:.1f} fsyncs of files an entry, beside those of SQLite",
    )


def _rebuild(instance: Instance) -> Figure:
    published = instance.log.publisher.published()
    if published is None:
        raise RuntimeError("nothing is published")
    read = instance.log.publisher.reader(published.size)
    kept: list[bytes] = []

    def rebuild() -> None:
        edge = EMPTY_EDGE
        for number in range((published.size + 255) // 256):
            leaves = read.entries(number)
            kept.extend(leaves)
            edge = grow_edge(edge, [leaf_hash(leaf) for leaf in leaves])
        if (edge.size, edge.root) != (published.size, published.root):
            raise RuntimeError("the published leaves do not give the published root")

    taken = seconds(rebuild)
    # The floor of any audit: each leaf hashed, and about one inner node for each.
    floor = seconds(lambda: [(hashlib.sha256(leaf), hashlib.sha256(leaf[:65])) for leaf in kept])
    return Figure(
        what="audit of hashes: published leaves read, tree made again, root compared",
        value=published.size / taken,
        unit="entries/s",
        goal=">= 500,000",
        peer="two SHA-256 an entry",
        peer_value=published.size / floor,
    )


def _group(keys: int) -> tuple[Submission, ...]:
    """Make one batch of leaves that no one signed: the engine looks at none of them."""
    tail = secrets.token_bytes(LEAF_BYTES - 32)
    return tuple(
        Submission(
            leaf=LeafParts(body=secrets.token_bytes(32) + tail, envelope=b"{}", certificate=b"", token=None),
            keys=tuple(secrets.token_bytes(32) for _ in range(keys)),
            payload_hash=secrets.token_bytes(32),
            within=lambda _session, _receipt: None,
        )
        for _ in range(MAX_GROUP_ENTRIES)
    )


def _plain_sqlite(path: Path, groups: list[list[bytes]]) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE leaf (id INTEGER PRIMARY KEY, body BLOB)")
    start = time.perf_counter()
    for group in groups:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO leaf (body) VALUES (?)", [(body,) for body in group])
        connection.execute("COMMIT")
    taken = time.perf_counter() - start
    connection.close()
    return taken


@contextlib.contextmanager
def _counted_syncs() -> Iterator[list[int]]:
    """Count the calls of `os.fsync` in this process; SQLite makes its own, which are not seen here."""
    kept, seen = os.fsync, list[int]()

    def counted(handle: int) -> None:
        seen.append(handle)
        kept(handle)

    os.fsync = counted  # type: ignore[assignment]  # only while measuring
    try:
        yield seen
    finally:
        os.fsync = kept
