"""The steps of a plan's text. Shared by every reader."""

from __future__ import annotations

import re

from attest.capture.task_lists import MAX_STEPS
from attest.capture.text import target

_STEP = re.compile(r"^\s{0,12}(?:#{1,6}\s+|[-*+]\s+(?:\[[ xX]\]\s+)?|\d{1,3}[.)]\s+)(\S.*)$")


def steps_of(text: str) -> tuple[str, ...]:
    """Give the headings and list items of a plan, outside code fences, at most `MAX_STEPS`."""
    steps: list[str] = []
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        found = None if fenced else _STEP.match(line)
        if found:
            steps.append(target(found[1]))
            if len(steps) == MAX_STEPS:
                break
    return tuple(steps)
