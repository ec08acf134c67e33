"""What a measured figure is, how it is written down, and the machine it was measured on."""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PAGE: Final = b"\0" * 4096
_SYNCS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure, and its peer in the same run."""

    what: str
    value: float
    unit: str
    """A rate (`…/s`), where more is better, or `s` or `ms`, where less is."""
    goal: str = "-"
    peer: str = "-"
    """What the peer is; `-` when nothing comparable runs here."""
    peer_value: float | None = None
    note: str = ""

    @property
    def ratio(self) -> str:
        """How many times better than the peer this is; under 1 the peer is better."""
        if self.peer_value is None:
            return "-"
        better = self.value / self.peer_value if self.unit.endswith("/s") else self.peer_value / self.value
        return f"{better:,.1f} x" if better >= 0.1 else f"{better:,.3f} x"

    def cells(self) -> tuple[str, ...]:
        """The row of a table."""
        peer = "-" if self.peer_value is None else f"{_number(self.peer_value)} {self.unit}, {self.peer}"
        return self.what, f"{_number(self.value)} {self.unit}", self.goal, peer, self.ratio


HEAD: Final = ("what", "measured", "goal", "peer in the same run", "ratio")


def best_of(count: int, run: Callable[[], object]) -> float:
    """Give the shortest time of several runs, in seconds."""
    return min(seconds(run) for _ in range(count))


def seconds(run: Callable[[], object]) -> float:
    """Give the time of one run."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def machine() -> tuple[str, ...]:
    """Say what this was measured on, as lines."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    middle, worst = _sync_ms()
    return (
        f"CPU: {_cpu_model()}, {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f} at the start",
        f"Memory: {memory:.0f} GiB; {platform.system()} {platform.release()}; Python {platform.python_version()}",
        f"Disk: writing 4 KiB durably (fsync) takes {middle:.2f} ms, at worst {worst:.2f} ms of {_SYNCS}",
    )


def table(figures: Iterable[Figure]) -> str:
    """Give figures as a Markdown table whose columns stand below one another."""
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 10 else f"{value:.3f}"


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _sync_ms() -> tuple[float, float]:
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(_SYNCS):
            file.write(_PAGE)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), max(times)
