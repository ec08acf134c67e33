"""The independent checks find numbers that carry their own proof, of every issuer and country, and nothing that only looks so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from redaction.accept import IBAN_LENGTHS
from redaction.errors import Quarantine
from redaction.redactor import Redactor
from redaction.second_numbers import NUMBER_CHECKS

from .conftest import run

CHECKS = dict(NUMBER_CHECKS)


def card(head: str, length: int) -> str:
    """Give digits of a length with their check digit."""
    body = (head + "73916402581937462807")[: length - 1]
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(body[::-1]))
    return body + str(-total % 10)


def account(country: str) -> str:
    """Give an account number of a country's length with its check digits."""
    body = "73916402581937462041580392716"[: IBAN_LENGTHS[country] - 4]
    number = int("".join(str(int(c, 36)) for c in body + country + "00"))
    return f"{country}{98 - number % 97:02}{body}"


CARDS = [card(*one) for one in (
    ("4", 13), ("4", 16), ("4", 19), ("51", 16), ("2221", 16), ("34", 15), ("37", 15), ("305", 14), ("36", 14), ("39", 14),
    ("3530", 16), ("6011", 16), ("65", 16), ("62", 19), ("2202", 16), ("9792", 16), ("6304", 13), ("6763", 18), ("508", 16),
)]  # fmt: skip
OTHERS = {
    "public-address-6": "2a0e:9f1:" + "7c3::4b12",
    "device-address": "3c:5a:" + "b4:91:0e:d7",
    "segwit-address": "bc1qw508d6qejxtdg4y5" + "r3zarvary0c5xw7kv8f3t4",
    "ethereum-address": "0x5aAeb6053F3E94C9b9A0" + "9f33669435E7Ef1BeAed",
    "bitcoin-address": "1A1zP1eP5QGefi2DMPTf" + "TL5SLmv7DivfNa",
}


def texts() -> list[tuple[str, str]]:
    """Give (name of the check, value) of all."""
    ibans = [("account-number", account(country)) for country in sorted(IBAN_LENGTHS)]
    return [("card-number", one) for one in CARDS] + ibans + list(OTHERS.items())


@pytest.mark.parametrize(("name", "value"), texts())
def test_the_check_finds_its_value_between_words(name: str, value: str) -> None:
    data = f"pay {value} NOW".encode()
    assert [data[start:end].decode() for start, end in CHECKS[name](data)] == [value]


@pytest.mark.parametrize(
    ("name", "value"), [one for one in texts() if one[0] not in ("public-address-6", "device-address")]
)
def test_one_other_character_is_no_value(name: str, value: str) -> None:
    last = "2" if value[-1] != "2" else "3"
    assert list(CHECKS[name](f"pay {value[:-1]}{last} NOW".encode())) == []


@pytest.mark.parametrize("length", sorted(set(IBAN_LENGTHS.values())))
def test_groups_of_four_count_and_the_word_behind_them_does_not(length: int) -> None:
    value = account(next(c for c, n in IBAN_LENGTHS.items() if n == length))
    spaced = " ".join(value[n : n + 4] for n in range(0, length, 4))
    data = f"to {spaced} PAID".encode()
    assert [data[start:end].decode() for start, end in CHECKS["account-number"](data)] == [spaced]


@pytest.mark.parametrize("text", [
    "at 2001:db8::17:4:1", "dns 2001:4860:4860::8888", "at 12:30:45:10:22:11:08", "mac 01:00:5e:10:20:33", "mac 02:42:ac:11:00:02",
    "std::vector::begin", "f 3c:5a:b4:91:0e:d7:11:22", "id 1700000000000", "id 20261121085134", "x-4539148803436467",
])  # fmt: skip
def test_customary_text_is_left(text: str) -> None:
    assert [name for name, check in NUMBER_CHECKS if list(check(text.encode()))] == []


def test_the_first_pass_replaces_all_that_these_checks_would_stop(make: Callable[..., Redactor]) -> None:
    # were one left, the second scan would refuse the session instead of giving a line
    redactor = make()
    for name, value in texts():
        out = run(redactor, f"pay {value} NOW, or (pay {value}).".encode())
        assert value.encode() not in out, name
        assert b"REDACTED" in out


def test_what_the_first_pass_lets_through_is_refused(make: Callable[..., Redactor]) -> None:
    groups = {"card-number": "card", "account-number": "iban", "public-address-6": "ip", "device-address": "mac"}
    redactor = make(disabled=frozenset({*groups.values(), "crypto", "phone"}))
    for name, value in texts():
        with pytest.raises(Quarantine) as caught:
            run(redactor, f"pay {value} NOW".encode())
        assert caught.value.rule == name
