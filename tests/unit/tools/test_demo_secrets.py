"""The search of the demo finds a value in whatever form it stands, and nothing where it does not."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from tools.demo_secrets import Place, count_in, places_of, tokens_at

VALUE = "rLhJ+r59ehi/w8BYy87dvani2xjLE/7RaGVoo/AL"
FORMS = {
    "plain": VALUE.encode(),
    "json": json.dumps({"a": VALUE}).replace("/", "\\/").encode(),
    "url": quote(VALUE, safe="").encode(),
    "hex": VALUE.encode().hex().encode(),
    "reversed": VALUE[::-1].encode(),
    "utf-16": VALUE.encode("utf-16-le"),
    **{f"base64-{n}": base64.b64encode(b"x" * n + VALUE.encode() + b" tail") for n in range(5)},
    **{f"base64url-{n}": base64.urlsafe_b64encode(b"x" * n + VALUE.encode() + b" tail") for n in range(3)},
}


@pytest.mark.parametrize("form", FORMS)
def test_value_is_found_in_every_form(form: str) -> None:
    assert count_in(VALUE, (b"before " + FORMS[form] + b" after",)) > 0


def test_nothing_is_found_where_the_value_is_not() -> None:
    assert count_in(VALUE, (VALUE[:-1].encode(), VALUE.swapcase().encode(), b"")) == 0


def test_password_of_a_url_is_looked_for_by_itself() -> None:
    assert count_in("postgres://app:Ky9Pf34qY6Nb@db.example/app", (b"pw=Ky9Pf34qY6Nb",)) == 1


def test_token_is_taken_from_the_line_in_which_the_value_stood() -> None:
    original = json.dumps({"out": ["a", f"first\nKEY={VALUE}"]}).encode()
    redacted = json.dumps({"out": ["a", "[REDACTED:EMAIL_ADDRESS:aaaa]\nKEY=[REDACTED:SECRET:abcd2345]"]}).encode()
    places = places_of(VALUE, original)
    assert places == (Place(record=0, pointer="/out/1", line=1),)
    assert tokens_at(places, redacted) == {"[REDACTED:SECRET:abcd2345]"}
