"""Instruction files whose text Codex put into the conversation."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.steps import Injected, Step
from attest.capture.text import target
from attest.model.basis import Basis
from attest.model.changes import Instructions

RULE = "codex/instructions.shown@1"
MAX_INSTRUCTIONS = 500
_SHOWN = re.compile(
    r"\A\s*# AGENTS\.md instructions(?: for (?P<folder>[^\n]{1,1024}))?\n\s*<INSTRUCTIONS>\n?(?P<text>.*?)\n?</INSTRUCTIONS>",
    re.DOTALL,
)


@dataclass(slots=True)
class InstructionFiles:
    """Collects what stands under `# AGENTS.md instructions`: several files may be joined in one text."""

    kept: dict[tuple[str, str], Instructions] = member(default_factory=dict)

    def feed(self, step: Step) -> None:
        """Take one step."""
        found = _SHOWN.match(step.text) if isinstance(step, Injected) else None
        if found is None or len(self.kept) >= MAX_INSTRUCTIONS:
            return
        folder = (found["folder"] or "").rstrip("/")
        path = f"{folder}/AGENTS.md" if folder else "AGENTS.md"
        digest = hashlib.sha256(found["text"].encode()).hexdigest()
        if (path, digest) in self.kept:
            return
        self.kept[path, digest] = Instructions(
            path=target(path),
            sha256=digest,
            whole=False,
            ts=step.place.ts,
            evidence=(step.place.evidence,),
            rule=RULE,
            basis=Basis.OBSERVED,
        )
