"""Evidence bundles at scale: sessions recorded, a bundle of them created and verified, each in a process of its own.

    python -m tools.bench_evidence [--sessions N] [--write FILE]

Of each process: the most memory it had resident, and how many sessions a second each tenth of them took, so that a rate
that falls with the size is seen. The sessions are signed one by one, each under a certificate of its own, with two texts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.bench_figure import machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FULL: Final = 10_000
GOAL_MIB: Final = 512
TENTHS: Final = 10
KINDS: Final = ("interval", "commits")
_CHILD: Final = "tools.bench_evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process."""

    what: str
    seconds: float
    peak_mib: float
    bytes: int
    steps: int
    """Passes over the sessions."""
    ends: tuple[float, ...]
    """Seconds at which each tenth of the work was done; none where the process does not say."""

    def cells(self, sessions: int) -> tuple[str, ...]:
        """The row of the table."""
        begins = (0.0, *self.ends)[: len(self.ends)]
        rates = [
            self.steps * sessions / TENTHS / max(end - begin, 1e-9)
            for begin, end in zip(begins, self.ends, strict=True)
        ]
        shown = " ".join(f"{rate:,.0f}" for rate in rates) or "not told"
        peak = f"{self.peak_mib:,.0f} MiB"
        return self.what, f"{self.seconds:,.1f} s", f"{sessions / self.seconds:,.0f}", shown, peak


class Tenths:
    """Progress that notes when each tenth was done; what comes before the first session counts into the first."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self.ends: list[float] = []
        self._last = 0

    def __call__(self, done: int, total: int) -> None:
        """Note it; work that begins anew is other work, and what came before counts into its first tenth."""
        if done < self._last:
            self.ends.clear()
        self._last = done
        while total and len(self.ends) < TENTHS and done * TENTHS >= total * (len(self.ends) + 1):
            self.ends.append(time.perf_counter() - self._start)

    def finished(self) -> list[float]:
        """Give the seconds of all tenths."""
        now = time.perf_counter() - self._start
        return [*self.ends[: TENTHS - 1], *[now] * (TENTHS - min(len(self.ends), TENTHS - 1))]


def measured(what: str, command: Sequence[str]) -> Run:
    """Run one process to its end, and give what it took."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parents[1])
    out = child.stdout.read() if child.stdout else b""
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if child.returncode:
        raise RuntimeError(f"{what} ended with {child.returncode}: {out[-2000:].decode(errors='replace')}")
    told = json.loads(out) if out.startswith(b'{"bench"') else {}
    ends = tuple(told.get("ends", ()))
    return Run(
        what=what,
        seconds=seconds,
        peak_mib=used.ru_maxrss / 1024,
        bytes=told.get("bytes", 0),
        ends=ends,
        steps=1 + ("create" in what),
    )


def runs(home: Path, sessions: int) -> list[Run]:
    """Create and verify a bundle of each kind, one process after the other."""
    done = []
    root = str(home / "trust" / "trusted_root.json")
    for kind in KINDS:
        file = home / f"{kind}.bundle"
        common = (str(home), str(file), kind, str(sessions))
        done.append(measured(f"{kind}: `bundle create`", (sys.executable, "-m", _CHILD, "create", *common)))
        done.append(measured(f"{kind}: `bundle verify`", (sys.executable, "-m", _CHILD, "verify", *common)))
        (home / "verify.py").write_bytes(_verify_py())
        command = (sys.executable, "-I", str(home / "verify.py"), str(file), "--trust", root)
        done.append(measured(f"{kind}: `verify.py`", command))
    return done


def _verify_py() -> bytes:
    from attest.evidence.shipped import verify_py  # noqa: PLC0415 - the children need not load it

    return verify_py()


def fill(home: Path, sessions: int) -> None:
    """Record the sessions."""
    from attest.clock import SystemClock, SystemEntropy  # noqa: PLC0415 - as above
    from attest.settings import Settings  # noqa: PLC0415 - as above
    from attest.usecases.instance import open_instance  # noqa: PLC0415 - as above
    from tests.support.many_sessions import log_sessions  # noqa: PLC0415 - as above

    instance = open_instance(Settings(home=home), clock=SystemClock(), entropy=SystemEntropy())
    log_sessions(instance, range(sessions))
    instance.engine.dispose()


def _create(home: Path, file: Path, kind: str, sessions: int, on_progress: Callable[[int, int], None]) -> None:  # noqa: PLR0917
    from attest.clock import SystemClock, SystemEntropy  # noqa: PLC0415 - a child loads what it measures
    from attest.evidence.bundle.question import Asked, Question  # noqa: PLC0415 - as above
    from attest.settings import Settings  # noqa: PLC0415 - as above
    from attest.usecases.create_bundle import BundleRequest, create_bundle  # noqa: PLC0415 - as above
    from attest.usecases.instance import open_instance  # noqa: PLC0415 - as above
    from tests.support.many_sessions import commit_of  # noqa: PLC0415 - as above

    instance = open_instance(Settings(home=home), clock=SystemClock(), entropy=SystemEntropy())
    question = Question(kind=Asked.INTERVAL)
    if kind == "commits":
        oids = tuple(commit_of(number) for number in range(sessions))
        question = Question(kind=Asked.COMMITS, values=oids, asked="A..B")

    def told(done: int, total: int) -> None:
        if total == 2 * sessions:  # not that of looking up keys
            on_progress(done, total)

    made = create_bundle(instance, BundleRequest(question=question, parts=True, output=file), told)
    if made.facts.entries != sessions:
        raise RuntimeError(f"the bundle has {made.facts.entries} entries, not {sessions}")


def _verify(home: Path, file: Path, on_progress: Callable[[int, int], None]) -> None:
    from attest.evidence.bundle.verify import Outside, verify_file  # noqa: PLC0415 - as above

    result = verify_file(file, Outside(trust=home / "trust" / "trusted_root.json"), on_progress)
    if result.exit_code:
        raise RuntimeError("\n".join(result.lines()))


def _child(arguments: list[str]) -> int:
    what, home, file, kind, count = arguments
    tenths, sessions = Tenths(), int(count)
    if what == "create":
        _create(Path(home), Path(file), kind, sessions, tenths)
    else:

        def entries(done: int, total: int) -> None:
            if total == sessions:  # not that of the manifest's files
                tenths(done, total)

        _verify(Path(home), Path(file), entries)
    print(json.dumps({"bench": what, "ends": tenths.finished(), "bytes": Path(file).stat().st_size}))
    return 0


def page(found: Sequence[Run], sessions: int, taken: float, about: Sequence[str]) -> str:
    """Give the result page."""
    worst = max(run.peak_mib for run in found)
    held = "held" if worst <= GOAL_MIB else "**not held**"
    lines = [
        "# Evidence bundles at scale",
        "",
        f"Measured by `make bench-evidence`: {sessions:,} sessions, each signed under a certificate of its own, with two texts of",
        f"some 2 kB; recorded by batch in {taken:,.0f} s. Each row is a process of its own, from its start to its end. The goal, a",
        f"bundle of 10,000 sessions created and verified in {GOAL_MIB} MiB resident: {held}, the most was {worst:,.0f} MiB.",
        "",
        *(f"- {line}" for line in about),
        "",
        "| what | took | sessions/s | steps/s of each tenth | most memory resident |",
        "|---|---|---|---|---|",
        *("| " + " | ".join(run.cells(sessions)) + " |" for run in found),
        "",
        *(f"The bundle of {kind} is {size / 2**20:,.0f} MiB." for kind, size in _sizes(found)),
        "",
        "`interval` is everything logged; `commits` asks for each commit by itself and carries a proof for each commit and each",
        "session. Texts are in both. Of `create` the tenths are of both passes over the sessions: five of statements, five of texts",
        "(a step is half a session). Of `verify` they are of the statements. The first tenth bears what comes before it, the last what",
        "comes behind it (the texts, the manifests, the proofs of completeness), so those between show whether the rate is steady.",
        "`verify.py` tells no progress. Other work ran beside it on the same cores, as the load says. What is held in memory is a",
        "line a file and a hash a leaf: it grows with the number of files, not with their bytes.",
    ]
    return "\n".join(lines) + "\n"


def _sizes(found: Sequence[Run]) -> list[tuple[str, int]]:
    return [(run.what.split(":")[0], run.bytes) for run in found if "create" in run.what]


def main(arguments: list[str]) -> int:
    """Measure, print the page, and keep it where that is asked for."""
    if arguments[:1] == ["fill"]:
        fill(Path(arguments[1]), int(arguments[2]))
        return 0
    if arguments[:1] in (["create"], ["verify"]):
        return _child(arguments)
    parser = argparse.ArgumentParser(prog="python -m tools.bench_evidence")
    parser.add_argument("--sessions", type=int, default=FULL)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args(arguments)
    about = machine()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        start = time.perf_counter()
        # In a process of its own: the memory of this one would count as that of each of its children.
        subprocess.run(
            (sys.executable, "-m", _CHILD, "fill", str(home), str(asked.sessions)),
            check=True,
            cwd=Path(__file__).resolve().parents[1],
        )
        taken = time.perf_counter() - start
        found = runs(home, asked.sessions)
    text = page(found, asked.sessions, taken, about)
    print(text)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    return int(max(run.peak_mib for run in found) > GOAL_MIB)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
