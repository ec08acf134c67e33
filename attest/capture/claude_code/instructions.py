"""Files of standing instructions that the transcript shows: which, and a digest of what was shown."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.records import count_of, field, text_of
from attest.capture.steps import Attachment, Call, Result, Step
from attest.capture.text import target
from attest.model.basis import Basis
from attest.model.changes import Instructions

RULE = "claude-code/instructions.shown@1"
MAX_INSTRUCTIONS = 500
_NAME = re.compile(r"(?:\A|/)(?:AGENTS|CLAUDE|CLAUDE\.local|GEMINI|\.cursorrules|copilot-instructions)(?:\.md)?\Z")


@dataclass(slots=True)
class InstructionFiles:
    """Collects instruction files as they are read or loaded. Files loaded before the first record are not shown."""

    kept: dict[tuple[str, str | None], Instructions] = member(default_factory=dict)

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Result(call=Call(tool="Read"), is_error=False):
                file = field(step.structured, "file")
                whole = count_of(file, "numLines") == count_of(file, "totalLines") and "totalLines" in file
                self._add(step, text_of(file, "filePath"), text_of(file, "content"), whole=whole)
            case Attachment(kind="nested_memory"):
                content = field(step.fields, "content")
                self._add(step, text_of(step.fields, "path"), text_of(content, "content"), whole=True)
            case _:
                return

    def _add(self, step: Result | Attachment, path: str, text: str, *, whole: bool) -> None:
        if not _NAME.search(path) or len(self.kept) >= MAX_INSTRUCTIONS:
            return
        digest = hashlib.sha256(text.encode()).hexdigest() if text else None
        if (path, digest) in self.kept:
            return
        self.kept[path, digest] = Instructions(
            path=target(path),
            sha256=digest,
            whole=whole and digest is not None,
            ts=step.place.ts,
            evidence=(step.place.evidence,),
            rule=RULE,
            basis=Basis.OBSERVED,
        )
