"""The fast path and the walk: the same output, the same report, whatever the line."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.capture.fields import claude_code_fields
from redaction.config import Config
from redaction.errors import Quarantine
from redaction.line_cache import WALK
from redaction.redactor import Redactor
from redaction.report import Report

from .conftest import IDENTITIES, KEY, planted

FORMS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: json.dumps({"inner": text}),
    lambda text: json.dumps(json.dumps({"inner": text})),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: quote(text, safe=""),
    lambda text: text.encode().hex(),
    lambda text: f"\x1b[31m{text}\x1b[0m",
    "\u200b".join,
    lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
    lambda text: f"first\nn{text}\nlast",
    lambda text: f"é{text}ü\\",
    lambda text: f"{text[: len(text) // 2]}\n{text[len(text) // 2 :]}",
    lambda text: f'x = "{text[: len(text) // 2]}" +\n    "{text[len(text) // 2 :]}"',
    lambda text: json.dumps({"inner": f"{text[: len(text) // 2]}\n> {text[len(text) // 2 :]}"}),
    lambda text: "A1b2C3d4\nE5f6G7h8" + " far away" * 300 + f"{text[: len(text) // 2]}\n{text[len(text) // 2 :]}",
)
FILLERS = (
    "",
    "x",
    "plain words here",
    "line\nline",
    "a\\nb",
    '"quoted"',
    "C:\\dir\\new",
    "ünïcode",
    "\x1e",
    "\x00",
    "1/2",
    ",",
    '":"',
    ", ",
)
KEYS = ("text", "cwd", "uuid", "signature", "password", "data", "type", "a b", 'q"k', "ключ", "client_secret", "")


@pytest.fixture(scope="module")
def both(cache: Path) -> tuple[Redactor, Redactor]:
    """Give a redactor, and one in which every line takes the walk."""
    fast, slow = (
        Redactor(Config(cache_dir=cache, fields=claude_code_fields()), token_key=KEY, identities=IDENTITIES)
        for _ in range(2)
    )
    slow.fast = None
    return fast, slow


def outcome(redactor: Redactor, lines: list[bytes]) -> tuple[list[bytes], Report] | str:
    """Give output and report, or the rule that refused the session."""
    try:
        redaction = redactor.redact(lambda: iter(lines))
        return list(redaction.lines()), redaction.report
    except Quarantine as err:
        return err.rule


def assert_same(both: tuple[Redactor, Redactor], lines: list[bytes]) -> None:
    """Fail unless the two ways end alike: the same JSON values and the same report but for spaces between parts."""
    one, other = (outcome(redactor, lines) for redactor in both)
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    assert [_value(line) for line in one[0]] == [_value(line) for line in other[0]]
    first, second = (dict(_fields(report)) for _, report in (one, other))
    assert first == second


def _value(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return line


def _fields(report: Report) -> Iterator[tuple[str, object]]:
    for name in report.__slots__:
        if name not in ("bytes_out", "second_scan"):  # spaces between parts count there
            yield name, getattr(report, name)


def texts() -> st.SearchStrategy[str]:
    """Texts with and without planted values, in every form."""
    plant = st.builds(
        lambda form, pair: form(pair[1]), st.sampled_from(FORMS), st.sampled_from(sorted(planted().values()))
    )
    value = st.sampled_from(sorted(pair[0] for pair in planted().values()))
    return st.lists(st.one_of(plant, value, st.sampled_from(FILLERS)), max_size=3).map("".join)


def values() -> st.SearchStrategy[object]:
    """JSON values: nested, with odd keys, numbers of every length."""
    numbers = st.one_of(st.integers(-(10**18), 10**18), st.sampled_from((4539148803436467, 0.1, 1e22, -5)))
    leaf = st.one_of(texts(), numbers, st.booleans(), st.none())
    keys = st.one_of(st.sampled_from(KEYS), texts())
    return st.recursive(leaf, lambda x: st.lists(x, max_size=3) | st.dictionaries(keys, x, max_size=4), max_leaves=8)


def written(value: object, style: int) -> bytes:
    """Give a value as one of the spellings that agents write."""
    compact = (",", ":") if style % 2 else None
    return json.dumps(value, ensure_ascii=style >= 2, separators=compact).encode() + b"\n"


def lines() -> st.SearchStrategy[bytes]:
    """Lines of JSON in every spelling, and a few that are none."""
    record = st.dictionaries(st.sampled_from(KEYS), values(), min_size=1, max_size=4)
    odd = st.sampled_from(
        (b"plain\n", b'{"a":1,"a":"x"}\n', b'{"a" :1}\n', b'{"a":"\\/"}\n', b'{"a":"\xff"}\n', b"[1]\r\n", b"{\n")
    )
    return st.one_of(st.builds(written, record, st.integers(0, 3)), odd)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(session=st.lists(lines(), max_size=5))
def test_both_ways_give_the_same_findings_and_the_same_values(
    both: tuple[Redactor, Redactor], session: list[bytes]
) -> None:
    assert_same(both, session)


def test_both_ways_agree_on_every_sample(both: tuple[Redactor, Redactor], shared: Path) -> None:
    for source in sorted((shared / "samples").glob("**/*.jsonl")):
        with source.open("rb") as file:
            assert_same(both, [line for line in file if len(line) < 100_000][:30])


def test_a_line_in_which_nothing_is_found_is_passed_on_as_it_came(both: tuple[Redactor, Redactor]) -> None:
    line = '{"a": "nothing", "b": [1, 2.5, null, "ä"]}\n'.encode()
    assert outcome(both[0], [line])[0] == [line]  # type: ignore[index]


def test_most_ordinary_lines_do_not_take_the_walk(both: tuple[Redactor, Redactor]) -> None:
    record = {"type": "user", "cwd": "/home/" + "quentinq/src", "message": {"content": [{"text": 'a\nb\tc "d" 50%'}]}}
    fast = both[0].fast
    assert fast is not None
    assert fast.look(json.dumps(record).encode() + b"\n", lambda _text, _key: False) is not None


def test_what_is_kept_of_a_line_is_neither_its_words_nor_its_tokens(both: tuple[Redactor, Redactor]) -> None:
    value, text = planted()["provider"]
    outcome(both[0], [json.dumps({"t": text}).encode()])
    fast = both[0].fast
    assert fast is not None
    kept = fast.cache.kept()
    assert all(len(name) == 32 and all(type(at) is int for at in spans) for name, spans in kept.items())
    assert value not in repr(kept)
    assert WALK == (-1,)


def test_a_line_is_kept_under_another_name_for_another_tenant_or_other_rules(cache: Path) -> None:
    line = b'{"a":"b"}'
    names = set()
    for key, disabled in ((KEY, ()), (b"the key of another tenant", ()), (KEY, ("email",))):
        redactor = Redactor(Config(cache_dir=cache, disabled=frozenset(disabled)), token_key=key, identities=IDENTITIES)
        assert redactor.fast is not None
        names.add(redactor.fast.cache.name(line))
    assert len(names) == 3
