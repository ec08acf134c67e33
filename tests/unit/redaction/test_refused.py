"""A refused match hides nothing: what stands inside its value is looked at for itself, in bounded time."""

from __future__ import annotations

import pytest

from redaction.matcher import Matcher
from redaction.redactor import Redactor
from redaction.rules import Rule

from .conftest import characters

RULE = Rule(
    name="set", group="assignment", entity="SECRET", pattern=r"\b[a-z]+=([a-z=0-9]{1,400})", capture=1,
    accept=lambda value, _match: value.isdigit(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [("a=b=7", ["7"]), ("a=7 b=8", ["7", "8"]), ("a=b=c=7;d=x", ["7"]), ("a=b", []), ("a=" * 8 + "7", ["7"]), ("a=" * 60 + "7 b=8", ["8"])],
)  # fmt: skip
def test_a_value_inside_a_refused_one_is_found_within_the_bound(text: str, found: list[str]) -> None:
    matcher = Matcher((RULE,))
    assert [value for _, _, value in matcher.spans(0, text.encode())] == found
    assert matcher.holds(0, text.encode()) is bool(found)


def test_looking_anew_is_bounded_over_one_stretch() -> None:
    judged = 0

    def refuse(_value: str, _match: str) -> bool:
        nonlocal judged
        judged += 1
        return False

    rule = Rule(name="set", group="g", entity="SECRET", pattern=r"[a-z]=([a-z=]+)", capture=1, accept=refuse)
    text = b"a=" * 5_000 + b"a " + b"b=" * 5_000 + b"b"
    assert list(Matcher((rule,)).spans(0, text)) == []
    assert judged <= 20


@pytest.mark.parametrize("head", ["token: ", "password: ", "password = config.", 'secret="', "api_key: "])
def test_an_assignment_in_the_value_of_another_is_replaced(redactor: Redactor, head: str) -> None:
    value = characters("inner", 22) + "7Q"
    assert value not in redactor.redact_text(f"{head}db_password={value}")
