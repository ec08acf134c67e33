"""The wider form of a pattern, and every nominator written by hand, miss nothing that the pattern itself matches."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
import re2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redaction.matcher import Matcher
from redaction.nominator import split_value, widened
from redaction.own_rules import own_rules
from redaction.probes import PROBE
from redaction.reading import BREAK
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
        ("a([^b]{2,})", "a([^b]{2})"),
        (r"a(?:b|([b\\]{0,9}))", r"a(?:b|([b\\]{0}))"),
        (r"a([b\]]{2,3})c", r"a([b\]]{2,3})c"),
        (r"(a[b]{2,90})+", r"(a[b]{2,})+"),
        (r"(a\]{2,90})", r"(a\]{2,})"),
        ("a{2,4}", "a{2,4}"),
        ("a{40}", "a{40}"),
        (r"\{0,90}", r"\{0,90}"),
        ("[{0,90}]", "[{0,90}]"),
        (r"[]\]{0,90}]{0,90}x", r"[]\]{0,90}]*x"),
        (r"[[:alpha:]{0,90}]", r"[[:alpha:]{0,90}]"),
        (r"\Qa{0,90}\E", r"\Qa{0,90}\E"),
    ],
)
def test_only_the_upper_end_of_a_large_count_goes(pattern: str, wider: str) -> None:
    assert widened(pattern) == wider


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("a=([^b]{4,512})", ("a=([^b]{4})", "[^b]{0,508}")),
        (r"(?i)a=([b\])]{4,512})", (r"(?i)a=([b\])]{4})", r"(?i)[b\])]{0,508}")),
        ("(?i)a(?-i)=([^b]{4,512})", ("(?i)a(?-i)=([^b]{4,512})", "")),
        ("a=([^b]{4,512})c", ("a=([^b]{4,512})c", "")),
        ("a=([^b]{4,20})", ("a=([^b]{4,20})", "")),
        ("a=(x[^b]{4,512})", ("a=(x[^b]{4,512})", "")),
        (r"a=\([^b]{4,512})", (r"a=\([^b]{4,512})", "")),
    ],
)
def test_only_a_value_of_many_lengths_at_the_end_is_matched_in_two_parts(pattern: str, parts: tuple[str, str]) -> None:
    assert split_value(pattern) == parts


@given(text=st.text("ab=\n", max_size=900), repeated=st.integers(1, 700))
@settings(max_examples=60, deadline=None)
def test_two_parts_match_what_the_whole_pattern_matches(text: str, repeated: int) -> None:
    data = (text + "a=" + "a" * repeated + text).encode()
    rule = Rule(name="r", group="g", entity="E", pattern=r"b?a=([^\nb]{2,300})", capture=1)
    whole = [match.span(1) for match in re2.compile(rule.pattern.encode()).finditer(data)]
    assert [(start, end) for start, end, _ in Matcher((rule,)).spans(0, data)] == whole


def _texts(rule: Rule) -> st.SearchStrategy[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return st.from_regex(re.compile(rule.pattern, re.MULTILINE | re.ASCII))


@pytest.mark.parametrize("number", [n for n, rule in enumerate(_RULES) if rule.group != PROBE and rule.finder is None])
def test_what_a_pattern_matches_is_nominated(matcher: Matcher, number: int) -> None:
    rule, accepted = _RULES[number], 0
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    plain = re2.compile(f"(?m){rule.pattern}".encode(), options)

    @settings(max_examples=8, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(text=_texts(rule))
    def check(text: str) -> None:
        nonlocal accepted
        data = text.encode("utf-8", "replace")
        # A nominator written by hand may rely on what its rule accepts; a wider form relies on nothing.
        exact = matcher.spans(number, data) if rule.nominate else plain.finditer(data)
        found = next(iter(exact), None) is not None
        accepted += found
        assert not found or number in matcher.candidates(data)
        joined = BREAK.encode().join((b"x", data, b"x"))
        starts = [0, 4, 4 + len(data) + 3]
        assert not found or (number, 1) in matcher.nominated(joined, starts)

    check()
    assert accepted or rule.nominate, "no text was made that the pattern matches"
