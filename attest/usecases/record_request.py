"""What is asked of a recording, and the names of its steps; light, so that a command can say it before it loads the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.model.capture_note import NAMED, CaptureNote

if TYPE_CHECKING:
    from attest.capture.transcript import Transcript
    from attest.git import Repository
    from attest.model.keeping import Keeping

STEPS: Final = ("read", "claim", "redact", "state", "sign", "log", "publish", "keep")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRequest:
    """What is to be recorded."""

    transcript: Transcript
    repository: Repository | None
    commits: tuple[str, ...]
    """Full oids; the recorder's word that the session led to them, but for those that `capture` says a hook saw."""
    agent: str | None = None
    """Format label the caller claims; the format is told from the content."""
    capture: CaptureNote = NAMED
    """How the recording came about."""
    keeping: Keeping | None = None
    """What is kept beside the statement; None: what the instance's file says."""
