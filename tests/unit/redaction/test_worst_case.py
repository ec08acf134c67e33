"""Each pattern of the first pass takes time in proportion to a text of near-matches of its own: CPU time, never the wall."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from redaction.matcher import Matcher
from redaction.own_rules import own_rules
from redaction.provider_rules import load_catalogue, provider_rules
from redaction.rules import Rule

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_parse

SIZE = 16_384
MOST = 2.8
"""Twice the text takes twice the time when it is linear, four times when it is quadratic."""
SLACK_S = 0.002
TOTAL_S = 15.0
_WIDEST = 40
_POSIX = re.compile(r"\[:([a-z]+):\]")
_INLINE = re.compile(r"\(\?[imsx]+\)")


def _one_of(items: list[tuple[object, object]]) -> str:
    """Give a character of a class; one that common patterns also take where the class only excludes."""
    op, value = items[0]
    if str(op) == "NEGATE":
        out = {chr(v) for o, v in items[1:] if str(o) == "LITERAL" and isinstance(v, int)}
        return next(char for char in "a7-;\x01" if char not in out)
    if str(op) == "RANGE" and isinstance(value, tuple):
        return chr(value[0])
    return chr(value) if isinstance(value, int) else {"CATEGORY_DIGIT": "7", "CATEGORY_SPACE": " "}.get(str(value), "a")


def _pieces(nodes: object, variant: int) -> Iterator[tuple[str, bool]]:
    """Give the text of each node of a parsed pattern, and whether it is a run that may be made longer."""
    for op, value in nodes:  # type: ignore[attr-defined] # the parser's types are private
        kind = str(op)
        if kind in ("LITERAL", "NOT_LITERAL"):
            yield chr(value) if kind == "LITERAL" else ("a" if value != 97 else "b"), False
        elif kind == "ANY":
            yield "a", False
        elif kind == "IN":
            yield _one_of(value), False
        elif kind == "BRANCH":
            yield from _pieces(value[1][variant % len(value[1])], variant)
        elif kind == "SUBPATTERN":
            yield from _pieces(value[3], variant)
        elif kind in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, inner = value
            once = "".join(text for text, _ in _pieces(inner, variant))
            yield once * max(low, min(int(high), 1 if low else variant % 2)), int(high) >= _WIDEST


def near_matches(rule: Rule) -> list[str]:
    """Give what, written again and again, keeps the pattern busy: whole matches cut short, heads alone, and long runs."""
    pattern = _INLINE.sub("", rule.pattern).replace(r"\z", r"\Z")
    parsed = sre_parse.parse(_POSIX.sub(lambda m: "0-9" if m[1] == "digit" else "a-z", pattern))
    found: dict[str, None] = {}
    for variant in (0, 1):
        pieces = list(_pieces(parsed, variant))
        whole = "".join(text for text, _ in pieces)
        head = ""
        found[whole[:-1]] = None
        for text, run in pieces:
            if run and text:
                found[head or text] = None
                found[text[:1]] = None
                break
            head += text
    return [text for text in found if text]


def all_rules() -> tuple[Rule, ...]:
    """Give every rule of the first pass that has a pattern of its own, by name."""
    return own_rules() + provider_rules(load_catalogue(None))


RULES = all_rules()


@pytest.fixture(scope="module")
def matcher(cache: Path) -> Matcher:
    """Give all rules compiled."""
    return Matcher(RULES, cache)


@pytest.fixture(scope="module")
def spent() -> Iterator[list[float]]:
    """Give where to note the CPU seconds of each measurement; all together stay under the bound."""
    seconds: list[float] = []
    yield seconds
    assert sum(seconds) < TOTAL_S


@pytest.mark.parametrize("number", range(len(RULES)), ids=[rule.name for rule in RULES])
def test_twice_the_near_matches_take_about_twice_the_time(matcher: Matcher, spent: list[float], number: int) -> None:
    def taken(text: str, size: int) -> float:
        data = (text * (size // len(text) + 1)).encode("latin-1", "replace")[:size]
        start = time.process_time()
        for _ in matcher.spans(number, data):
            pass
        spent.append(time.process_time() - start)
        return spent[-1]

    for text in near_matches(RULES[number]):
        once, twice = taken(text, SIZE), taken(text, 2 * SIZE)
        for _ in range(4):  # another process may have had the caches: only what stays slow counts
            if twice <= MOST * once + SLACK_S:
                break
            once, twice = max(once, taken(text, SIZE)), min(twice, taken(text, 2 * SIZE))
        assert twice <= MOST * once + SLACK_S, text[:80]


def test_the_measure_notices_a_pattern_that_is_not_linear() -> None:
    # each search reads to the end before it knows that there is no match here
    slow = Matcher((Rule(name="slow", group="g", entity="SECRET", pattern=r"a[^z]*z|a"),))

    def taken(size: int) -> float:
        start = time.process_time()
        assert sum(1 for _ in slow.spans(0, b"a" * size)) == size
        return time.process_time() - start

    assert taken(2 * SIZE) > MOST * taken(SIZE) + SLACK_S
