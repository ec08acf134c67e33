"""What must hold after every crash, judged from outside: a memory of all that was ever acknowledged, shown or signed."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from attest.clock import SystemClock, SystemEntropy
from attest.settings import Settings
from attest.store import attestations, walk
from attest.usecases.fsck import FsckDepth, fsck
from attest.usecases.instance import Instance, assemble_instance, open_instance
from tests.independent import naive
from tests.support.killed_writer import Job, Outcome

ROOT = Path(__file__).resolve().parents[2]


class Broken(AssertionError):
    """A promise was broken."""


@dataclass
class Writers:
    """The process that forks writers."""

    process: subprocess.Popen[str]

    def __call__(self, job: Job) -> Outcome:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(job)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process that forks writers ended: {self.process.wait()}")
        return Outcome(**json.loads(line))


@contextmanager
def writers(library: Path) -> Iterator[Writers]:
    """Start the process that forks writers, warm, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.killed_writer", str(library)],
        cwd=ROOT,
        env={**os.environ, "LD_PRELOAD": str(library)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Writers(process)
    finally:
        process.kill()
        process.communicate()


@dataclass
class History:
    """One log through many crashes, as its submitters and readers remember it."""

    home: Path
    database_url: str | None = None
    acknowledged: dict[int, dict[str, object]] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    """Every leaf seen so far, in order: no later log may have another there."""
    roots: dict[int, bytes] = field(default_factory=dict)
    """Every head that was shown to anyone, by size."""
    published: int = 0
    largest_lag: int = 0
    """Entries in the log that were not published when it was opened again."""

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, database_url=self.database_url)

    def told(self, outcome: Outcome) -> None:
        """Remember what was acknowledged, and the checkpoint that readers could fetch after the crash.

        Raises:
            Broken: the same statement was acknowledged twice, differently.
        """
        for receipt in outcome.acknowledged:
            number = receipt["number"]
            assert isinstance(number, int)
            if self.acknowledged.setdefault(number, receipt) != receipt:
                raise Broken(f"statement {number} has two receipts")
            self._shown(int(str(receipt["tree_size"])), base64.b64decode(str(receipt["root"])))
        self._look_at_checkpoint()

    def check(self, *, signatures: bool = False) -> None:
        """Open the log again and hold it against all that is remembered.

        Raises:
            Broken: with what does not hold.
        """
        before = self.published
        instance = open_instance(self.settings, clock=SystemClock(), entropy=SystemEntropy())
        try:
            self._look_at_checkpoint()
            self._require_prefix(instance)
            self._require_heads(instance)
            self._require_receipts(instance)
            self.largest_lag = max(self.largest_lag, len(self.bodies) - before)
        finally:
            instance.engine.dispose()
        if self.published != len(self.bodies):
            raise Broken(f"{len(self.bodies)} entries, {self.published} of them published")
        self._require_fsck(signatures=signatures)

    def count(self) -> int:
        """Count what is logged."""
        instance = assemble_instance(self.settings, clock=SystemClock(), entropy=SystemEntropy())
        try:
            return attestations.count(instance.engine, instance.scope)
        finally:
            instance.engine.dispose()

    def _shown(self, size: int, root: bytes) -> None:
        if self.roots.setdefault(size, root) != root:
            raise Broken(f"two heads of size {size} contradict")

    def _look_at_checkpoint(self) -> None:
        found = sorted((self.home / "logs").glob("*/checkpoint"))
        if not found:
            if self.published:
                raise Broken("the published checkpoint is gone")
            return
        _, size, root = found[0].read_text().splitlines()[:3]
        if int(size) < self.published:
            raise Broken(f"the published checkpoint went back from {self.published} to {size}")
        self.published = int(size)
        self._shown(self.published, base64.b64decode(root))

    def _require_prefix(self, instance: Instance) -> None:
        place = (instance.engine, instance.scope, instance.log.name)
        bodies = [bytes(row.body) for batch in walk.entries(*place) for row in batch]
        if bodies[: len(self.bodies)] != self.bodies:
            raise Broken("entries that were in the log are gone or changed")
        self.bodies = bodies

    def _require_heads(self, instance: Instance) -> None:
        for head in walk.heads(instance.engine, instance.scope, instance.log.name):
            self._shown(head.tree_size, bytes(head.root))
        hashes = [naive.leaf_hash(body) for body in self.bodies]
        for size, root in self.roots.items():
            if size > len(hashes):
                raise Broken(f"a head of {size} entries was shown, the log has {len(hashes)}")
            if naive.mth(hashes[:size]) != root:
                raise Broken(f"the head of {size} entries is not of this log")

    def _require_receipts(self, instance: Instance) -> None:
        for number, receipt in self.acknowledged.items():
            stored = attestations.by_id(instance.engine, instance.scope, str(receipt["attestation"]))
            if stored is None:
                raise Broken(f"statement {number} was acknowledged and is lost")
            mine = stored.receipt
            if (mine.index, mine.tree_size) != (receipt["index"], receipt["tree_size"]):
                raise Broken(f"statement {number} has another place than its receipt says")
            leaf = naive.leaf_hash(self.bodies[mine.index])
            root = naive.root_from_path(leaf, mine.index, mine.tree_size, list(mine.proof))
            if base64.b64encode(root).decode() != receipt["root"]:
                raise Broken(f"the receipt of statement {number} does not prove")

    def _require_fsck(self, *, signatures: bool) -> None:
        instance = assemble_instance(self.settings, clock=SystemClock(), entropy=SystemEntropy())
        try:
            problems = fsck(instance, FsckDepth(signatures=signatures), on_progress=lambda _done, _total: None).problems
        finally:
            instance.engine.dispose()
        if problems:
            raise Broken(f"fsck: {'; '.join(problems)}")
