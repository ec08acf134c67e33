"""Ingest over HTTP: service and client in processes of their own on one machine, fsync on, every answer after publication.

    python -m tools.bench_http [--bundles N] [--database sqlite|postgresql]

The bundles are signed elsewhere, each a small session under a certificate and a checkpoint of its own: nothing of one is
of use for the next but the pinned authorities.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import secrets
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.clock import SystemClock, SystemEntropy, ulid
from attest.ledger.tree import EMPTY_EDGE, grow, leaf_hash
from attest.model.ports import LogReceipt
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import Subject, build_statement, commit_subject
from attest.signing.embedded.direct import DirectSigner
from attest.signing.render import render_bundle
from tests.support.signing import World, make_world
from tools.bench_figure import Figure, machine
from tools.bench_http_client import Job, Told
from tools.bench_load import Served, database_of, served

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
CLIENTS: Final = 200
OFFERED: Final = 1_000
"""Single requests a second, for how long one takes while no more come than have to be taken."""
LEAF: Final = "/v1/bench/append"
WAIT_S: Final = 600
EXAMPLE: Final = ROOT / "docs/spec/vectors/session-v1/good-counts-by-name.json"


class Elsewhere:
    """Another instance: signs small sessions, and logs each under a head of its own."""

    def __init__(self) -> None:
        self.world: World = make_world()
        self._edge = grow(EMPTY_EDGE, [leaf_hash(self.world.log.leaves[0])]).edge
        self._predicate = json.loads(EXAMPLE.read_text(encoding="utf-8"))["predicate"]

    def bundle(self) -> bytes:
        """Give one bundle, as one line."""
        signer = DirectSigner(
            instance=self.world.instance,
            identity=self.world.identity,
            clock=self.world.clock,
            entropy=SystemEntropy(),
        )
        leaf = signer.leaf(self._statement())
        growth = grow(self._edge, [leaf_hash(leaf.body)])
        self._edge, keys = growth.edge, self.world.log.keys
        at, index = int(self.world.clock.now().timestamp()), growth.edge.size - 1
        receipt = LogReceipt(
            index=index,
            tree_size=growth.edge.size,
            root=growth.root,
            path=b"".join(growth.proofs[0]),
            note=keys.sign_heads(growth.edge.size, growth.root).sigstore,
            log_id=keys.log_id,
            integrated_time=at,
            set_signature=keys.sign_entry(leaf.body, index=index, integrated_time=at),
        )
        return render_bundle(leaf, receipt)

    def pinned_by(self, home: Path) -> None:
        """Let an instance take what this one signs, beside what it took before."""
        (home / "trust").mkdir(parents=True, mode=0o700, exist_ok=True)
        root = self.world.instance.trusted_root
        (home / "trust" / f"elsewhere-{hashlib.sha256(root).hexdigest()[:16]}.json").write_bytes(root)

    def _statement(self) -> bytes:
        name = ulid("ses", SystemClock(), SystemEntropy())
        commit = commit_subject(
            "git+https://git.example/pond", secrets.token_hex(20), secrets.token_hex(20), secrets.token_bytes(32)
        )
        session = self._predicate["session"] | {"id": name}
        predicate = self._predicate | {"session": session, "nonce": secrets.token_hex(16)}
        return build_statement(SESSION_V1, (commit, Subject(name=name, sha256=secrets.token_hex(32))), predicate).raw


def http_figures(folder: Path, *, bundles: int, database: str = "sqlite") -> Iterator[Figure]:
    """Measure leaves one by one from 200 clients, then bundles one by one and by batch; refused answers end the run."""
    elsewhere = Elsewhere()
    files = _bodies(folder, elsewhere, bundles)
    with _served(folder, elsewhere, database) as service:
        single, many = "/v1/attestations", "/v1/attestations:batch"
        jobs = (
            ("one leaf a request, nothing verified, each at once again", "leaves", ">= 1,000", (LEAF, 1, CLIENTS, 0)),
            (f"the same, {OFFERED:,} offered a second", "paced", "<= 100", (LEAF, 1, CLIENTS, OFFERED)),
            ("one bundle a request, every check, each at once again", "single", "-", (single, 1, CLIENTS, 0)),
            ("bundles by batch, every check", "batch", ">= 1,000", (many, bundles // 2, 2, 0)),
        )
        for what, name, goal, (path, lines, connections, offered) in jobs:
            job = Job(
                port=service.port,
                token=service.token,
                path=path,
                bodies=str(files[name]),
                connections=connections,
                lines=lines,
                offered=offered,
            )
            before = service.cpu_s()
            told = send(job)
            entries = sum(told.statuses.values())
            if set(told.statuses) != {"201"}:
                raise RuntimeError(f"answered otherwise than by 201: {told.statuses}")
            yield Figure(
                what=f"{database}: over HTTP, {connections} clients, {what}",
                value=told.percentile(0.99) if offered else entries / told.seconds,
                unit="ms, 99th percentile" if offered else "entries/s",
                goal=goal,
                note=_times(told, (service.cpu_s() - before) * 1000 / entries),
            )


def _times(told: Told, used_ms: float) -> str:
    entries = sum(told.statuses.values())
    return (
        f"{entries / told.seconds:,.0f} entries/s, p50 {told.percentile(0.5):,.0f} ms, p99 {told.percentile(0.99):,.0f} ms a "
        f"request; {used_ms:.2f} ms of CPU an entry in the service, {told.cpu_s * 1000 / entries:.2f} ms in the client"
    )


def _bodies(folder: Path, elsewhere: Elsewhere, bundles: int) -> dict[str, Path]:
    texts: dict[str, Sequence[bytes]] = {
        "leaves": [secrets.token_hex(150).encode() for _ in range(4 * bundles)],
        "paced": [secrets.token_hex(150).encode() for _ in range(4 * bundles)],
        "single": [elsewhere.bundle() for _ in range(bundles)],
        "batch": [elsewhere.bundle() for _ in range(bundles)],
    }
    for name, lines in texts.items():
        (folder / name).write_bytes(b"\n".join(lines) + b"\n")
    return {name: folder / name for name in texts}


def send(job: Job) -> Told:
    """Ask from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench_http_client"],
        input=json.dumps(asdict(job)).encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
        timeout=WAIT_S,
    )
    return Told(**json.loads(done.stdout))


@contextlib.contextmanager
def _served(folder: Path, elsewhere: Elsewhere, database: str) -> Iterator[Served]:
    with database_of(folder, database) as (settings, number):
        elsewhere.pinned_by(settings.home)
        with served(settings, number) as service:
            yield service


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_http", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--bundles", type=int, default=2048)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    asked = parser.parse_args()
    sys.stdout.write("\n".join(machine()) + "\n\n")
    for database in asked.database or ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory(prefix="whereof-bench-") as folder:
            for figure in http_figures(Path(folder).resolve(), bundles=asked.bundles, database=database):
                cells = "; ".join(cell for cell in (*figure.cells()[1:], figure.note) if cell not in {"-", ""})
                sys.stdout.write(f"{figure.what}\n    {cells}\n")
                sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
