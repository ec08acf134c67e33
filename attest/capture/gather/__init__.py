"""Transcripts that are not one file of lines: a folder of files, a database. Gathering does the reading of files.

A format adds a file of its own with three functions, and one row in `GATHERERS`:

* `accepts(path, head)`: whether the path is such a source; `head` is the beginning of a file, empty for a folder.
* `sessions(path)`: the ids of the sessions it holds, newest first, at most `MAX_SESSIONS`.
* `gather(path, session)`: the record lines of one session without line ends, the first from
  `unroll.document.header_line`. `session` None: the newest. The same source gives the same lines.

It reads only, follows no symbolic link inside a folder, bounds files, bytes and rows, and raises `InvalidInput` where
the source is not what it looked like. A session of several is named behind a `#`: `opencode.db#ses_123`. SQLite files
are opened through `sqlite_copy.private_copy`, which never touches the original.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from attest.capture.gather import openhands
from attest.capture.openhands.sniff import V0 as OPENHANDS_V0
from attest.capture.openhands.sniff import V1 as OPENHANDS_V1

MAX_SESSIONS = 10_000


@dataclass(frozen=True, slots=True)
class Gatherer:
    """One format."""

    format: str
    accepts: Callable[[Path, bytes], bool]
    sessions: Callable[[Path], tuple[str, ...]]
    gather: Callable[[Path, str | None], Iterator[bytes]]


GATHERERS: tuple[Gatherer, ...] = (
    Gatherer(OPENHANDS_V1, openhands.accepts_folder, openhands.conversations, openhands.gather_folder),
    Gatherer(OPENHANDS_V0, openhands.accepts_outputs, openhands.outputs, openhands.gather_output),
)
"""The formats known, in the order they are tried."""


def gatherer_of(path: Path, head: bytes) -> Gatherer | None:
    """Give what gathers a source; None where no format knows it."""
    return next((one for one in GATHERERS if one.accepts(path, head)), None)
