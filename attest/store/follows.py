"""What a new log's genesis is to say of the log it follows: a file that is there before the first start."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.model.log_predicate import GENESIS

if TYPE_CHECKING:
    from pathlib import Path

FOLLOWS: Final = "follows.json"
"""In the data directory of a successor."""
MAX_FOLLOWS_BYTES: Final = 64 * 1024


def followed_log(home: Path) -> dict[str, object] | None:
    """Give the member `follows` for the genesis of an instance; None where it follows no log.

    Raises:
        InvalidInput: the file does not parse, or is not of the shape.
    """
    try:
        with (home / FOLLOWS).open("rb") as file:
            value = json.loads(file.read(MAX_FOLLOWS_BYTES))
    except FileNotFoundError:
        return None
    except ValueError as err:
        raise InvalidInput("input.malformed", where=FOLLOWS) from err
    GENESIS.members["follows"].check(value, "/follows")
    return dict(value)
