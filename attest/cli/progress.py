"""Progress on a terminal, on standard error, for work that can take longer than a second."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def step_progress(names: tuple[str, ...]) -> Iterator[Callable[[str], None]]:
    """Show which of the named steps is being done; on anything but a terminal show nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # only terminals pay for it

    with Console(stderr=True).status("") as status:
        yield lambda name: status.update(f"{names.index(name) + 1}/{len(names)} {name}")


@contextmanager
def count_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many of a known number are done; on anything but a terminal show nothing."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import Progress

    with Progress(transient=True) as bar:
        task = bar.add_task(what)
        yield lambda done, total: bar.update(task, completed=done, total=total)
