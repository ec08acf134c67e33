"""Text that a pattern matches, drawn by a seed from the pattern's own grammar."""

from __future__ import annotations

import random
import re
import string
import warnings
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import sre_constants as ops
    import sre_parse

MOST_REPEATS = 48
_WORD = string.ascii_letters + string.digits
_PRINTABLE = _WORD + "-_.~+/="
_DIGITS = {ops.CATEGORY_DIGIT: string.digits, ops.CATEGORY_WORD: _WORD, ops.CATEGORY_SPACE: " "}
_FLAGS_INSIDE = re.compile(r"\(\?([a-z]+)\)")


def draw(pattern: str, rng: random.Random) -> tuple[str, dict[int, tuple[int, int]]]:
    """Give a text that the pattern matches and the span of each of its groups."""
    plain = _FLAGS_INSIDE.sub("", pattern).replace("(?P<", "(?P<").replace(r"\z", r"\Z")
    plain = re.sub(r"\(\?([a-z]+):", "(?:", plain)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = sre_parse.parse(plain)
    drawn = _Drawn(rng)
    drawn.sequence(tree)
    return "".join(drawn.parts), drawn.groups


class _Drawn:
    """What was drawn so far."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.parts: list[str] = []
        self.groups: dict[int, tuple[int, int]] = {}
        self.length = 0

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def sequence(self, tree: Any) -> None:
        for op, value in tree:
            self.node(op, value)

    def node(self, op: Any, value: Any) -> None:  # noqa: C901 - one branch for each kind of node of the parser
        if op is ops.LITERAL:
            self.add(chr(value))
        elif op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            low, high, inner = value
            high = min(int(high), max(low, MOST_REPEATS))
            most = low if low and self.rng.random() < 0.5 else high
            for _ in range(self.rng.randint(low, max(most, low)) if low != high else low):
                self.sequence(inner)
        elif op is ops.SUBPATTERN:
            start = self.length
            self.sequence(value[3])
            if value[0] is not None:
                self.groups[value[0]] = (start, self.length)
        elif op is ops.ATOMIC_GROUP:
            self.sequence(value)
        elif op is ops.BRANCH:
            self.sequence(self.rng.choice(value[1]))
        elif op is ops.IN:
            self.add(self.rng.choice(_members(value)))
        elif op is ops.ANY:
            self.add(self.rng.choice(" =:"))
        elif op is ops.NOT_LITERAL:
            self.add(self.rng.choice([c for c in _PRINTABLE if ord(c) != value]))
        elif op is ops.AT or op in (ops.ASSERT, ops.ASSERT_NOT):
            return
        else:
            raise ValueError(f"no way to draw {op}")


def _members(items: list[tuple[Any, Any]]) -> str:
    chosen: set[str] = set()
    negate = False
    for op, value in items:
        if op is ops.NEGATE:
            negate = True
        elif op is ops.LITERAL:
            chosen.add(chr(value))
        elif op is ops.RANGE:
            low, high = value
            chosen |= {chr(c) for c in range(low, min(high, 126) + 1)}
        elif op is ops.CATEGORY and value in _DIGITS:
            chosen |= set(_DIGITS[value])
        elif op is ops.CATEGORY:
            negative = {
                ops.CATEGORY_NOT_DIGIT: string.digits,
                ops.CATEGORY_NOT_WORD: _WORD,
                ops.CATEGORY_NOT_SPACE: " ",
            }
            chosen |= set(" =:.,;" + _WORD if value is not ops.CATEGORY_NOT_SPACE else _PRINTABLE) - set(
                negative[value]
            )
    if negate:
        chosen = set(_PRINTABLE) - chosen or {"x"}
    preferred = chosen & set(_PRINTABLE) or chosen & {" "} or chosen
    return "".join(sorted(preferred))
