"""Reading the files that an operator puts into the data directory: bounded, whatever stands there, and never passed over."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def is_there(path: Path) -> bool:
    """Say whether something has that name. A link that leads nowhere counts: what it should lead to is missed, not absent."""
    return path.exists() or path.is_symlink()


def home_bytes(path: Path, most_bytes: int) -> bytes:
    """Give what is in a file.

    Raises:
        ValueError: a link that leads nowhere; no file, such as a pipe, which would be waited for; or a larger one.
        OSError: it cannot be read.
    """
    try:
        kind = path.stat().st_mode
    except FileNotFoundError as err:
        raise ValueError("it leads nowhere") from err
    if not stat.S_ISREG(kind):
        raise ValueError("it is no file")
    with path.open("rb") as file:
        raw = file.read(most_bytes + 1)
    if len(raw) > most_bytes:
        raise ValueError(f"it is longer than {most_bytes} bytes")
    return raw


def home_json(path: Path, most_bytes: int) -> object:
    """Give what a file says in JSON. Its form is for the caller to check.

    Raises:
        ValueError: it is not JSON, nested too deep, or as for `home_bytes`.
        OSError: it cannot be read.
    """
    try:
        return json.loads(home_bytes(path, most_bytes))
    except RecursionError as err:
        raise ValueError("nested too deep") from err
