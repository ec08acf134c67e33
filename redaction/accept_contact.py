"""Validators of addresses and numbers that lead to a person or a machine."""

from __future__ import annotations

import re

from redaction import accept
from redaction.allowed import stands_for_no_device

_ASSETS = re.compile(r"@\d+x\.")
_COUNTRIES = frozenset(
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 "
    "94 95 98".split()
)
_COUNTRY_ZONES = (
    "21",
    "22",
    "23",
    "24",
    "25",
    "26",
    "29",
    "35",
    "37",
    "38",
    "42",
    "50",
    "59",
    "67",
    "68",
    "69",
    "80",
    "85",
    "87",
    "88",
    "96",
    "97",
    "98",
    "99",
)


def email(value: str, match: str) -> bool:
    """Keep an address of a person; what stands before the at sign of a URL is a credential and no address."""
    return "://" not in value and _ASSETS.search(value) is None and accept.email(value, match)


def international_phone(value: str, match: str) -> bool:
    """Keep a number with the code of a country (ITU-T E.164) that is written in groups, or behind a plus sign."""
    digits = "".join(c for c in value if c.isdigit())
    plus = value.startswith("+")
    number = digits if plus else digits[2:]
    known = any(number.startswith(code) for code in _COUNTRIES) or number.startswith(_COUNTRY_ZONES)
    grouped = any(c in " .-()" for c in value)
    if not plus and {len(group) for group in re.split("[ .-]", value)} == {4}:
        return False
    long_enough = len(number) >= 9 if plus or grouped else False
    return known and long_enough and (plus or grouped) and accept.phone(value, match)


def bare_ssn(value: str, match: str) -> bool:
    """Keep a number in the customary groups even without the words, unless it counts up."""
    return (
        accept.ssn(value, match) and value not in ("123-45-6789", "987-65-4321", "078-05-1120") and value[4:6] != "00"
    )


def mac(value: str, _match: str) -> bool:
    """Keep the address of a network card; none that stands for nothing, nor one of the documentation range."""
    digits = "".join(c for c in value if c.isalnum()).lower()
    return len(set(digits)) >= 4 and not stands_for_no_device(digits)
