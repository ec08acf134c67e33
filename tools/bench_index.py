"""The answer for a commit over HTTP, with its proof of completeness, against a log of many entries.

    python -m tools.bench_index [--entries N]

The log is filled with leaves of 300 bytes, one key each, in batches of 1,024; among them stand attestations that are signed
and found. The index is compacted as the service does it; then the service is started on the loopback and asked.
"""

from __future__ import annotations

import argparse
import base64
import json
import logging
import random
import secrets
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.ledger.index import KeyKind, index_key
from attest.ledger.sequence import MAX_GROUP_ENTRIES
from attest.model.ports import LeafParts
from attest.store.compactor import Compactor
from attest.store.log_store import Submission
from tools.bench_attested import Ingest
from tools.bench_figure import Figure, machine, table
from tools.bench_http import send
from tools.bench_http_client import Job, Told
from tools.bench_load import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from attest.settings import Settings
    from attest.usecases.instance import Instance
    from tools.bench_load import Served

    Ask = Callable[[Sequence[str], float], Told]

LEAF_BYTES: Final = 300
SIGNED_EVERY: Final = 16
"""Batches between two small batches of signed attestations."""
SIGNED: Final = 8
ASKED: Final = 400
OFFERED: Final = 40
"""Questions a second, each begun when it is due: how long one takes while more are not asked than can be answered."""
CLIENTS: Final = 4
"""Who ask at once, each again as soon as it is answered: how many are answered at most."""


def index_figures(folder: Path, entries: int) -> Iterator[Figure]:
    """Fill a log, then ask for commits over HTTP: without proof, with it, and for commits that it does not know."""
    ingest = Ingest(folder)
    compacted = _fill(ingest, entries)
    yield Figure(what="compaction of the index, every level together", value=compacted, unit="rows/s")
    oids = [commit_of(raw) for raw in ingest.bundles(ASKED)]
    settings = ingest.instance.settings
    ingest.instance.engine.dispose()
    yield from query_figures(settings, oids, f"a log of {entries:,} entries")


def query_figures(settings: Settings, oids: Sequence[str], log: str) -> Iterator[Figure]:
    """Start the service over a log and ask it over HTTP for commits that it has, with proof and without, and for others."""
    with _asking(settings) as (ask, service):
        ask([f"/v1/commits/{oid}?proof=complete" for oid in _some(oids)[:CLIENTS]], 0)
        plain = [f"/v1/commits/{oid}" for oid in _some(oids)]
        yield _timed(ask, plain, f"answer for a commit, {log}", "<= 25")
        proved = [f"/v1/commits/{oid}?proof=complete" for oid in _some(oids)]
        yield _timed(ask, proved, f"answer with its proof of completeness, {log}", "<= 50, <= 192 KB")
        absent = [f"/v1/index?kind=git-commit&value={secrets.token_hex(20)}" for _ in range(ASKED)]
        yield _timed(ask, absent, f"proof that nothing is recorded, {log}", "<= 50, <= 192 KB")
        for paths, what in ((plain, "answers for a commit"), (proved, "answers with their proof of completeness")):
            yield _at_once(ask, service, paths, f"{what}, {log}")


def _fill(ingest: Ingest, entries: int) -> float:
    """Append everything; gives how many rows a second went through compaction, each as often as it did."""
    instance = ingest.instance
    instance.log.compacts_apart = True
    taken, rows = 0.0, 0
    for number in range(-(-entries // MAX_GROUP_ENTRIES)):
        if number % SIGNED_EVERY == 0:
            ingest.batch(SIGNED)
        instance.log.append([_submission() for _ in range(MAX_GROUP_ENTRIES)])
        if number % SIGNED_EVERY == SIGNED_EVERY - 1:
            start, compactor = time.perf_counter(), _compactor(instance)
            compactor.compact_all()
            taken += time.perf_counter() - start
            rows += compactor.merged
    _compactor(instance).compact_all()
    ingest.batch(1)
    return rows / taken if taken else 0.0


def _compactor(instance: Instance) -> Compactor:
    return Compactor(instance.engine, instance.scope, instance.log, on_failure=lambda _: None, stands_aside=False)


@contextmanager
def _asking(settings: Settings) -> Iterator[tuple[Ask, Served]]:
    # In a process of its own, as it is run: in this one, the collector would walk all that the measurement holds.
    with served(settings) as service:

        def ask(paths: Sequence[str], offered: float) -> Told:
            with tempfile.NamedTemporaryFile(prefix="whereof-bench-") as lines:
                lines.write("\n".join(paths).encode())
                lines.flush()
                port, token = service.port, service.token
                job = Job(
                    port=port,
                    token=token,
                    path="",
                    bodies=lines.name,
                    connections=CLIENTS,
                    method="GET",
                    offered=offered,
                )
                told = send(job)
            if set(told.statuses) != {"200"}:
                raise RuntimeError(f"answered otherwise than by 200: {told.statuses}")
            return told

        yield ask, service


def _timed(ask: Ask, paths: Sequence[str], what: str, goal: str) -> Figure:
    told = ask(paths, OFFERED)
    return Figure(
        what=f"{what}, over HTTP, {OFFERED} asked a second, 99th percentile",
        value=told.percentile(0.99),
        unit="ms",
        goal=goal,
        note=(
            f"median {told.percentile(0.5):.1f} ms, slowest {told.milliseconds[-1]:.1f} ms, at most {told.largest / 1024:.0f} KiB"
        ),
    )


def _at_once(ask: Ask, service: Served, paths: Sequence[str], what: str) -> Figure:
    before = service.cpu_s()
    told = ask(paths, 0)
    used = (service.cpu_s() - before) * 1000 / len(paths)
    return Figure(
        what=f"{what}, over HTTP, {CLIENTS} clients, each again at once",
        value=len(paths) / told.seconds,
        unit="answers/s",
        note=(
            f"median {told.percentile(0.5):.1f} ms, 99th percentile {told.percentile(0.99):.1f} ms; {used:.1f} ms of CPU an "
            "answer in the service"
        ),
    )


def _some(oids: Sequence[str]) -> list[str]:
    return random.choices(oids, k=ASKED)  # noqa: S311 - which are asked for is no secret


def commit_of(bundle: bytes) -> str:
    """Give the commit that a bundle is about."""
    statement = json.loads(base64.b64decode(json.loads(bundle)["dsseEnvelope"]["payload"]))
    return str(statement["subject"][0]["annotations"]["gitCommit"])


def _submission() -> Submission:
    return Submission(
        leaf=LeafParts(body=secrets.token_bytes(LEAF_BYTES), envelope=b"{}", certificate=b"", token=None),
        keys=(index_key(KeyKind.GIT_COMMIT, secrets.token_hex(20)),),
        payload_hash=secrets.token_bytes(32),
        within=lambda _session, _receipt: None,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_index", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--entries", type=int, default=1_000_000, help="how large the log grows (default 1,000,000)")
    asked = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    print("\n".join(machine()), end="\n\n")
    with tempfile.TemporaryDirectory(prefix="whereof-bench-") as folder:
        figures = tuple(index_figures(Path(folder), asked.entries))
    print(table(figures))
    print("\n".join(f"- {figure.what}: {figure.note}" for figure in figures if figure.note))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
