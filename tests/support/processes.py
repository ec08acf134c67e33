"""The processes that the test runner has begun, those of other tests among them."""

from __future__ import annotations

import os
from pathlib import Path


def children() -> set[int]:
    """Give the ids of this process's children that live or were not waited for."""
    return {int(path.name) for path in Path("/proc").glob("[0-9]*") if _parent(path) == os.getpid()}


def _parent(process: Path) -> int | None:
    try:
        # The name in brackets may hold anything; after it come the state and the parent.
        return int((process / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None
