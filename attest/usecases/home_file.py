"""Reading the JSON files that an operator puts into the data directory: bounded, whatever stands there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def home_json(path: Path, most_bytes: int) -> object:
    """Give what a file says; None where it is larger, of which no more is read. Its form is for the caller to check.

    Raises:
        ValueError: it is not JSON, or nested too deep.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        raw = file.read(most_bytes + 1)
    try:
        return json.loads(raw) if len(raw) <= most_bytes else None
    except RecursionError as err:
        raise ValueError("nested too deep") from err
