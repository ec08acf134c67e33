"""The sources known that are not one file of lines: what tells one, and what gathers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from attest.capture.claude_code.record_types import FORMAT as CLAUDE_CODE
from attest.capture.gather import claude_code, copilot_traces, opencode_db, opencode_files, openhands, otlp
from attest.capture.opencode.sniff import FORMAT as OPENCODE
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
    Gatherer(CLAUDE_CODE, claude_code.accepts, claude_code.sessions, claude_code.gather),
    Gatherer(OPENHANDS_V1, openhands.accepts_folder, openhands.conversations, openhands.gather_folder),
    Gatherer(OPENHANDS_V0, openhands.accepts_outputs, openhands.outputs, openhands.gather_output),
    Gatherer(OPENCODE, opencode_db.accepts, opencode_db.sessions, opencode_db.gather),
    Gatherer(OPENCODE, opencode_files.accepts, opencode_files.sessions, opencode_files.gather),
    Gatherer(copilot_traces.FORMAT, copilot_traces.accepts, copilot_traces.sessions, copilot_traces.gather),
    Gatherer(otlp.FORMAT, otlp.accepts, otlp.sessions, otlp.gather),
)
"""The formats known, in the order they are tried."""


def gatherer_of(path: Path, head: bytes) -> Gatherer | None:
    """Give what gathers a source; None where no format knows it."""
    return next((one for one in GATHERERS if one.accepts(path, head)), None)
