"""The gate in figures: one commit cold, a range, bundles a second beside sigstore-python, the survey.

    python -m tools.bench_verify [--quick] [--write FILE]

Nothing is downloaded; everything is made in a temporary folder. Bundles are measured in CPU time, the two verifiers in
turn; commands in time that passes. Each runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from attest.clock import SystemClock, SystemEntropy
from attest.git import Repository
from attest.ledger.sequence import MAX_GROUP_ENTRIES
from attest.settings import read_settings
from attest.usecases.declare import DeclareRequest, declare
from attest.usecases.instance import open_instance
from tools.bench_attested import Ingest
from tools.bench_bundles import rate_of, write_batch
from tools.bench_commands import SEED, make_history, survey_figure
from tools.bench_figure import Figure, machine, seconds, table
from tools.demo_stage import Stage, require
from tools.example import build_example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROUNDS: Final = 3
FLOOR_SIGNATURES: Final = 3
"""Of every bundle by itself: the statement's, the time stamp's, the entry timestamp's."""
FLOOR_SAMPLE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured."""

    bundles: int
    cold_rounds: int
    range_commits: int
    survey_commits: int


FULL: Final = Size(bundles=MAX_GROUP_ENTRIES, cold_rounds=20, range_commits=1000, survey_commits=5000)
QUICK: Final = Size(bundles=100, cold_rounds=5, range_commits=50, survey_commits=500)


def bundle_figures(folder: Path, count: int) -> Iterator[Figure]:
    """Measure verification of bundles, every signature: one certificate for all, then one for each."""
    for one_certificate, what in ((True, "one signer's certificate"), (False, "a certificate each")):
        place = folder / ("one" if one_certificate else "each")
        place.mkdir()
        ingest = Ingest(place, one_certificate=one_certificate)
        ingest.batch(count)
        write_batch(ingest, count, place)
        ingest.instance.engine.dispose()
        rates = [(rate_of("stock", place), rate_of("ours", place)) for _ in range(ROUNDS)]
        yield Figure(
            what=f"bundles of one batch, one checkpoint, {what}, per core",
            value=max(rate for _, rate in rates),
            unit="bundles/s",
            goal=">= 5 x" if one_certificate else "-",
            peer="sigstore-python",
            peer_value=max(rate for rate, _ in rates),
        )
    yield _floor()


def _cpu(run: Callable[[], None]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def _floor() -> Figure:
    key, message, algorithm = ec.generate_private_key(ec.SECP256R1()), b"x" * 1024, ec.ECDSA(hashes.SHA256())
    signature, public = key.sign(message, algorithm), key.public_key()

    def verify() -> None:
        for _ in range(FLOOR_SAMPLE):
            public.verify(signature, message, algorithm)

    rate = FLOOR_SAMPLE / min(_cpu(verify) for _ in range(ROUNDS))
    return Figure(
        what=f"floor: {FLOOR_SIGNATURES} ECDSA P-256 signatures a bundle and nothing else",
        value=rate / FLOOR_SIGNATURES,
        unit="bundles/s",
    )


def cold_figure(folder: Path, rounds: int) -> Figure:
    """Measure `verify` of one commit beside `sigstore verify`, medians of processes that start cold."""
    folder.mkdir()
    stage, example = Stage(folder), build_example(folder, seed=SEED)
    commit = example.commit_with_session
    record = ("whereof", "record", "--transcript", str(example.transcript), "--commit", commit)
    stage.must(*record, cwd=example.repo)
    found = json.loads(stage.must("whereof", "verify", commit, "--json", cwd=example.repo))["evidence"][0]
    bundle = stage.must("whereof", "show", commit, "--bundle", cwd=example.repo).encode().splitlines()[0]
    (folder / "bundle.json").write_bytes(bundle)
    stage.must("whereof", "export", "trust", "-o", "trust")
    raw = stage.must("git", "--no-replace-objects", "cat-file", "commit", commit, cwd=example.repo)
    (folder / "commit").write_bytes(raw.encode())
    stock = (
        *("sigstore", "--trust-config", "trust/trust_config.json", "verify", "identity", "--offline"),
        *("--cert-identity", found["identity"], "--cert-oidc-issuer", found["issuer"]),
        *("--bundle", "bundle.json", "commit"),
    )
    pairs = [
        (
            seconds(lambda: stage.must("whereof", "verify", commit, cwd=example.repo)),
            seconds(lambda: stage.must(*stock)),
        )
        for _ in range(rounds)
    ]
    return Figure(
        what=f"verify, one commit, cold, offline, median of {rounds}",
        value=statistics.median(ours for ours, _ in pairs),
        unit="s",
        goal="<= 0.20",
        peer="sigstore verify identity --offline",
        peer_value=statistics.median(theirs for _, theirs in pairs),
    )


def range_figure(folder: Path, commits: int) -> Figure:
    """Measure `verify A..B` over commits that each have a signed declaration of their own."""
    folder.mkdir()
    stage, repository = Stage(folder), folder / "history"
    make_history(stage, repository, commits + 1, marked=False)
    listed = stage.must("git", "rev-list", "--reverse", "main", cwd=repository).split()
    instance = open_instance(
        read_settings({**os.environ, "WHEREOF_HOME": str(stage.state)}), clock=SystemClock(), entropy=SystemEntropy()
    )
    clone = Repository.open(repository)
    for oid in listed[1:]:
        declare(DeclareRequest(repository=clone, revisions=(oid,), single=True), instance)
    instance.engine.dispose()
    asked = ("whereof", "verify", f"{listed[0]}..main", "--json")
    found = json.loads(stage.must(*asked, cwd=repository))
    require(found["verdict"] == "pass", "every commit of the range is covered")
    times = [seconds(lambda: stage.must(*asked, cwd=repository)) for _ in range(ROUNDS)]
    return Figure(
        what=f"verify A..B, {commits:,} commits, a bundle each, median of {ROUNDS}",
        value=statistics.median(times),
        unit="s",
        goal="<= 5 at 1,000",
    )


def figures(folder: Path, size: Size) -> Iterator[Figure]:
    """Measure everything, one figure after the other."""
    yield cold_figure(folder / "cold", size.cold_rounds)
    yield range_figure(folder / "range", size.range_commits)
    yield from bundle_figures(folder, size.bundles)
    surveyed = folder / "survey"
    surveyed.mkdir()
    yield survey_figure(Stage(surveyed), surveyed / "history", size.survey_commits)


def main() -> None:
    """Measure, print, and write the page when asked."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_verify")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work; rates are rougher")
    parser.add_argument("--write", type=Path, help="also write the result to this file, as Markdown")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    lines, found = machine(), []
    with tempfile.TemporaryDirectory(prefix="bench-verify-") as name:
        for figure in figures(Path(name), QUICK if asked.quick else FULL):
            print(table([figure]).splitlines()[-1], flush=True)
            found.append(figure)
    page = _page(lines, found)
    print("\n" + page)
    if asked.write:
        asked.write.write_text(page, encoding="utf-8")


def _page(lines: Sequence[str], found: Sequence[Figure]) -> str:
    day = datetime.now(UTC).date().isoformat()
    head = "\n".join(f"- {line}" for line in lines)
    return f"""# The gate

Measured on {day} by `make bench-verify`. Ratios of one run say more than absolute times of two.

{head}

{table(found)}

Everything runs in processes of its own, ours and the peer's in turn. Of commands the time that passes is measured; of
bundles the CPU time of verification, the best of {ROUNDS}, each verifier having loaded only what it needs, its batch
starting with nothing remembered. In a batch the certificate's path, its SCT and the checkpoint are verified once; the
statement's signature, the time stamp's and the entry timestamp's are each bundle's own, and no verifier that checks
them one by one is faster than the floor.
"""


if __name__ == "__main__":
    main()
