"""The wider form of a pattern, and every nominator written by hand, miss nothing that the pattern itself matches."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redaction.matcher import Matcher
from redaction.nominator import widened
from redaction.own_rules import own_rules
from redaction.probes import PROBE
from redaction.rules import Rule

_RULES = own_rules()


@pytest.fixture(scope="module")
def matcher(cache: Path) -> Matcher:
    """Give the own rules, compiled."""
    return Matcher(_RULES, cache)


@pytest.mark.parametrize(
    ("pattern", "wider"),
    [
        ("a{2,90}", "a{2,}"),
        ("a{0,90}?b", "a*?b"),
        ("(?:a|b){1,64}", "(?:a|b)+"),
        ("a{2,4}", "a{2,4}"),
        ("a{40}", "a{40}"),
        (r"\{0,90}", r"\{0,90}"),
        ("[{0,90}]", "[{0,90}]"),
        (r"[]\]{0,90}]{0,90}", r"[]\]{0,90}]*"),
        (r"[[:alpha:]{0,90}]", r"[[:alpha:]{0,90}]"),
        (r"\Qa{0,90}\E", r"\Qa{0,90}\E"),
    ],
)
def test_only_the_upper_end_of_a_large_count_goes(pattern: str, wider: str) -> None:
    assert widened(pattern) == wider


def _texts(rule: Rule) -> st.SearchStrategy[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return st.from_regex(re.compile(rule.pattern, re.MULTILINE | re.ASCII))


@pytest.mark.parametrize("number", [n for n, rule in enumerate(_RULES) if rule.group != PROBE and rule.finder is None])
def test_what_a_pattern_matches_is_nominated(matcher: Matcher, number: int) -> None:
    rule, accepted = _RULES[number], 0

    @settings(max_examples=8, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(text=_texts(rule))
    def check(text: str) -> None:
        nonlocal accepted
        data = text.encode("utf-8", "replace")
        # A nominator written by hand may rely on what its rule accepts; a wider form relies on nothing.
        found = any(True for _ in (matcher.spans if rule.nominate else matcher.matches)(number, data))
        accepted += found
        assert not found or number in matcher.candidates(data)

    check()
    assert accepted or rule.nominate, "no text was made that the pattern matches"
