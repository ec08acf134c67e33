"""A wider form of a pattern that costs less to compile: its large counts lose their upper ends.

Counts such as `{0,64}` make the many-pattern engine unfold a pattern; unbounded ones do not. RE2 syntax knows neither
look-around nor back references, so that every text in which the pattern matches is one in which its wider form does:
the wider form only says where the pattern itself is to be tried.
"""

from __future__ import annotations

import re
from typing import Final

LEAST: Final = 8
"""From this distance between its two ends on, a count loses the upper one."""
_PART: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\]|\{(\d+),(\d+)\}", re.DOTALL)
"""An escaped character, a class, or a count: a brace in the first two is no count."""


def widened(pattern: str) -> str:
    """Give a pattern that matches in every text in which `pattern` matches."""
    if r"\Q" in pattern:
        return pattern
    return _PART.sub(_count, pattern)


def _count(match: re.Match[str]) -> str:
    if match[1] is None or int(match[2]) - int(match[1]) < LEAST:
        return match[0]
    least = int(match[1])
    return ("*", "+")[least] if least < 2 else f"{{{least},}}"
