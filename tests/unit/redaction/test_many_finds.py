"""A text full of finds: each step takes time in proportion to it, where one search per find from the front would not."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from redaction.detector import _outside_tokens, merge
from redaction.engine import PresidioPass
from redaction.fast_path import FEW_FINDS, MOST_SEARCHED_BYTES, FastPath, InDoubtError
from redaction.literals import FoundValues, Literals
from redaction.matcher import Matcher
from redaction.own_rules import own_rules
from redaction.recognizers import IdentityRecognizer, character_spans
from redaction.redactor import Redactor
from redaction.rules import Hit
from redaction.views import View, derive
from redaction.visitors import Replace

FOUR_TIMES = 9.0
"""Four times the finds take four times the time when it is linear, sixteen times when it is quadratic."""
SLACK_S = 0.01
NAME = "Zora Quillfeather"


def hits(text: str, word: str) -> tuple[Hit, ...]:
    """Give a hit at each place of a word."""
    found, at = [], text.find(word)
    while at >= 0:
        found.append(Hit(at, at + len(word), "PERSON", "identity", word))
        at = text.find(word, at + 1)
    return tuple(found)


@pytest.fixture(scope="module")
def presidio() -> PresidioPass:
    return PresidioPass(Matcher(own_rules()[:1]), IdentityRecognizer((("PERSON", NAME),)))


def anonymize(presidio: PresidioPass) -> Callable[[int], object]:
    def work(count: int) -> object:
        text = f"ü {NAME}, {'-' * 200}" * count
        return presidio.anonymize(text, hits(text, NAME), {("PERSON", NAME): "[REDACTED:PERSON:aaaaaaaaaaaaaaaa]"})

    return work


def identities(presidio: PresidioPass) -> Callable[[int], object]:
    return lambda count: presidio.analyze(f"ü {NAME}, {'-' * 200}" * count)


def offsets(_: PresidioPass) -> Callable[[int], object]:
    def work(count: int) -> object:
        data = "üü--".encode() * count
        return character_spans(data, [(at, at + 2) for at in range(0, len(data), 6)])

    return work


def known_values(presidio: PresidioPass) -> Callable[[int], object]:
    def work(count: int) -> object:
        found = FoundValues(10, 1000)
        values = Literals([("SECRET", "Xk77q9ZsWWpp")])
        visitor = Replace(None, presidio, found=found, literals=values, tokeniser=None, max_spans=1)  # type: ignore[arg-type]
        # `WGs3N3E5WnNXV3Bw` is that value in base64: all of it is one run
        return visitor._known("[REDACTED:SECRET:aaaaaaaaaaaaaaaa] ü Xk77q9ZsWWpp " * count + "WGs3N3E5WnNXV3Bw" * count)

    return work


def tokens(_: PresidioPass) -> Callable[[int], object]:
    def work(count: int) -> object:
        text = "[REDACTED:SECRET:aaaaaaaaaaaaaaaa] Zora Quillfeather " * count
        return _outside_tokens(text, list(hits(text, NAME)))

    return work


def one_chain(_: PresidioPass) -> Callable[[int], object]:
    def work(count: int) -> object:
        text = "ab" * count
        return merge(text, [Hit(at, at + 2, "PERSON", "identity", text[at : at + 2]) for at in range(2 * count - 2)])

    return work


def rewritten(_: PresidioPass) -> Callable[[int], object]:
    def work(count: int) -> object:
        (view,) = derive(View("a%40b " * count), frozenset())
        return [view.locate(at, at + 3) for at in range(0, len(view.text) - 4, 4)]

    return work


def blocks(_: PresidioPass) -> Callable[[int], object]:
    rules = [rule for rule in own_rules() if rule.finder is not None]
    body = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5hJ7kL9mN1pQ3sT5vW7yZ9bC1dE3f\n"
    text = "-----BEGIN PRIVATE" + f" KEY-----\n{body}-----END PRIVATE" + " KEY-----\n"
    matcher = Matcher(tuple(rules))
    numbers = range(len(rules))
    return lambda count: [list(matcher.spans(n, ("ü" + text * (count // 20)).encode())) for n in numbers]


@pytest.mark.parametrize(
    "step",
    [anonymize, identities, offsets, known_values, tokens, one_chain, rewritten, blocks],
    ids=lambda f: f.__name__,
)
def test_four_times_the_finds_take_about_four_times_the_time(
    presidio: PresidioPass, step: Callable[[PresidioPass], Callable[[int], object]]
) -> None:
    work = step(presidio)

    def taken(count: int) -> float:
        start = time.process_time()
        work(count)
        return time.process_time() - start

    taken(10)
    once, more = taken(2_000), taken(8_000)
    for _ in range(3):  # another process may have had the caches: only what stays slow counts
        if more <= FOUR_TIMES * once + SLACK_S:
            break
        once, more = max(once, taken(2_000)), min(more, taken(8_000))
    assert more <= FOUR_TIMES * once + SLACK_S


def test_replacing_in_pieces_gives_what_replacing_at_once_gives(presidio: PresidioPass) -> None:
    text = f"ü {NAME}, " * 300
    token = "[REDACTED:PERSON:aaaaaaaaaaaaaaaa]"
    assert presidio.anonymize(text, hits(text, NAME), {("PERSON", NAME): token}) == text.replace(NAME, token)


def test_offsets_of_characters_are_those_counted_one_by_one() -> None:
    text = "é🦆a\u200bü" * 50
    data = text.encode()
    for start in range(0, len(data) - 4, 3):
        [(first, last)] = character_spans(data, [(start, start + 4)])
        piece = text[first:last].encode()
        at = len(text[:first].encode())
        assert at <= start < start + 4 <= at + len(piece)
        assert [(first, last)] == character_spans(data, [(start, start + 4), (0, 1)])[:1]


def test_a_line_with_very_many_finds_takes_the_walk(redactor: Redactor) -> None:
    fast = redactor.fast
    assert isinstance(fast, FastPath)
    members = [(f"member {number}", None) for number in range(FEW_FINDS + 1)]
    body = b"[" + b",".join(b'"%s"' % text.encode() for text, _ in members) + b"]"
    assert len(fast._places(body, members, [])) == 2 * len(members)
    long = body + b" " * (MOST_SEARCHED_BYTES // FEW_FINDS)
    with pytest.raises(InDoubtError):
        fast._places(long, members, [])
