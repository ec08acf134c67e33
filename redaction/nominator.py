"""A wider form of a pattern that costs less: its large counts lose their upper ends, and its last one all above the lower.

Counts such as `{0,64}` make the many-pattern engine unfold a pattern; unbounded ones do not. RE2 syntax knows neither
look-around nor back references, so that every text in which the pattern matches is one in which its wider form does:
the wider form only says where the pattern itself is to be tried. A count at its very end would only make the engine
report one place many times.
"""

from __future__ import annotations

import re
from typing import Final

LEAST: Final = 8
"""From this distance between its two ends on, a count loses the upper one."""
LEAST_SPLIT: Final = 100
"""From this distance on a value at the end is matched in two parts."""
_PART: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\]|\{(\d+),(\d+)\}", re.DOTALL)
"""An escaped character, a class, or a count: a brace in the first two is no count."""


_LAST: Final = re.compile(r"((?<!\\)(?:\\\\)*\]\{\d+),\d*\}\??(\)*)$")
"""A count of a class that nothing but closing brackets follow."""
_VALUE: Final = re.compile(r"((?<!\\)\((\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\])\{(\d+)),(\d+)\}\)$", re.DOTALL)
"""A group of its own at the end, of a counted class and nothing else."""


def widened(pattern: str) -> str:
    """Give a pattern that matches in every text in which `pattern` matches."""
    if r"\Q" in pattern:
        return pattern
    return _PART.sub(_count, _LAST.sub(r"\1}\2", pattern))


def split_value(pattern: str) -> tuple[str, str]:
    """Give a pattern that ends in a value of many lengths with the least of them, and a pattern for what may follow.

    The two one after the other match what the pattern matches: RE2 would make a state for each length. Any other
    pattern is given back, and nothing to follow it.
    """
    match = _VALUE.search(pattern)
    flags = pattern.count("(?i)") + 2 * pattern.count("(?-i)")
    if match is None or int(match[4]) - int(match[3]) < LEAST_SPLIT or flags != pattern.startswith("(?i)"):
        return pattern, ""
    rest = f"{match[2]}{{0,{int(match[4]) - int(match[3])}}}"
    return f"{pattern[: match.start()]}{match[1]}}})", f"(?i){rest}" if flags else rest


def _count(match: re.Match[str]) -> str:
    if match[1] is None or int(match[2]) - int(match[1]) < LEAST:
        return match[0]
    least = int(match[1])
    return ("*", "+")[least] if least < 2 else f"{{{least},}}"
