"""Independent checks of the second scan for numbers and addresses that carry their own proof: a length, a range, a check sum.

Written apart from the first pass, sharing no pattern of it. What is customary in examples is shared: that is policy.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

import re2

from redaction.allowed import ALLOWED_ADDRESSES, stands_for_no_device
from redaction.checksums import keccak256

_Spans = Iterator[tuple[int, int]]

_DIGITS = re2.compile(rb"[0-9](?:[ -]?[0-9]){12,18}")
_ACCOUNT = re2.compile(rb"[A-Z][A-Z][0-9][0-9][A-Z0-9 ]{11,37}")
_SIX = re2.compile(rb"[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{4,34}")
_DEVICE = re2.compile(rb"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")
_BASE58 = re2.compile(rb"[13][1-9A-HJ-NP-Za-km-z]{25,34}")
_SEGWIT = re2.compile(rb"bc1[ac-hj-np-z02-9]{11,71}")
_HEXADECIMAL = re2.compile(rb"0x[0-9A-Fa-f]{40}")

_ISSUERS: Final = (
    (4, 4, (13, 16, 19)),
    (51, 55, (16,)),
    (2221, 2720, (16,)),
    (34, 34, (15,)),
    (37, 37, (15,)),
    (300, 305, (14,)),
    (36, 36, (14,)),
    (38, 39, (14,)),
    (3528, 3589, (16, 19)),
    (6011, 6011, (16, 19)),
    (644, 659, (16, 19)),
    (62, 62, (16, 19)),
    (2200, 2204, (16, 19)),
    (9792, 9792, (16,)),
    (508, 508, (16,)),
    (81, 82, (16,)),
    (637, 639, (16,)),
    *((brand, brand, tuple(range(13, 20))) for brand in (5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763)),
)
"""(first, last, lengths): what a card number begins with at each issuer, and how many digits it then has."""

_COUNTRIES: Final = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
"""Countries by the length of their account numbers (the registry of ISO 13616)."""
_LENGTHS: Final = {code.encode(): length for length, codes in _COUNTRIES.items() for code in codes.split()}


def card_numbers(data: bytes) -> _Spans:
    """Thirteen to nineteen digits of an issuer, in the groups of cards or in none, whose check digit holds."""
    for match in _DIGITS.finditer(data):
        text = match.group().replace(b"-", b" ")
        digits = text.replace(b" ", b"").decode()
        sizes = [len(group) for group in text.split(b" ")]
        fours = set(sizes[:-1]) == {4} and sizes[-1] <= 4
        if not (len(sizes) == 1 or fours or sizes in ([4, 6, 5], [4, 6, 4])) or _touched(data, match.span()):
            continue
        issued = any(
            first <= int(digits[: len(str(first))]) <= last and len(digits) in lengths
            for first, last, lengths in _ISSUERS
        )
        total = sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(digits[::-1]))
        if issued and total % 10 == 0 and len(set(digits)) > 2:
            yield match.span()


def account_numbers(data: bytes) -> _Spans:
    """An IBAN of any country in capitals, in groups of four or in none, whose check digits hold."""
    for match in _ACCOUNT.finditer(data):
        want = _LENGTHS.get(match.group()[:2], 0)
        spaced = match.group()[4:5] == b" "
        written = match.group()[: want + (want - 1) // 4 if spaced else want]
        text = written.replace(b" ", b"")
        grouped = written == (b" ".join(text[n : n + 4] for n in range(0, want, 4)) if spaced else text)
        start, end = match.start(), match.start() + len(written)
        if not want or len(text) != want or not grouped or _touched(data, (start, end)):
            continue
        number = 0
        for char in (text[4:] + text[:4]).decode():
            number = (number * (10 if char.isdigit() else 100) + int(char, 36)) % 97
        if number == 1:
            yield start, end


def public_six(data: bytes) -> _Spans:
    """An IPv6 address of the public internet of which four groups and more are written."""
    for match in _SIX.finditer(data):
        if _touched(data, match.span(), b"_.-:/") or match.group().endswith(b":"):
            continue
        try:
            address = ipaddress.IPv6Address(match.group().decode())
        except ValueError:
            continue
        written = sum(1 for group in match.group().split(b":") if group)
        if written >= 4 and address.is_global and not address.is_multicast and str(address) not in ALLOWED_ADDRESSES:
            yield match.span()


def device_addresses(data: bytes) -> _Spans:
    """The address of a network card as its maker gave it: six pairs with one kind of sign between them."""
    for match in _DEVICE.finditer(data):
        text = match.group()
        if _touched(data, match.span(), b"_.-:") or len({text[n] for n in range(2, 17, 3)}) != 1:
            continue
        digits = text.replace(text[2:3], b"").decode().lower()
        given_by_maker = int(digits[:2], 16) & 3 == 0
        if given_by_maker and len(set(digits)) >= 5 and not stands_for_no_device(digits):
            yield match.span()


def bitcoin_addresses(data: bytes) -> _Spans:
    """An address of Bitcoin in its older form whose check sum holds."""
    digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    values = {ord(char): value for value, char in enumerate(digits)}
    for match in _BASE58.finditer(data):
        if _touched(data, match.span(), b"_.-/+="):
            continue
        number = 0
        for byte in match.group():
            number = number * 58 + values[byte]
        content, check = divmod(number, 1 << 32)
        if content >> 168 or content >> 160 not in (0, 5):
            continue
        once = hashlib.sha256(content.to_bytes(21, "big")).digest()
        if hashlib.sha256(once).digest()[:4] == check.to_bytes(4, "big"):
            yield match.span()


def segwit_addresses(data: bytes) -> _Spans:
    """An address of Bitcoin in its newer form whose check sum holds (BIP 173, BIP 350)."""
    terms = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    values = {ord(char): value for value, char in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
    for match in _SEGWIT.finditer(data):
        if _touched(data, match.span(), b"_.-/+="):
            continue
        state = 1
        # the prefix `bc` counts as high bits, a zero, and low bits
        for value in (3, 3, 0, 2, 3, *(values[byte] for byte in match.group()[3:])):
            high, state = state >> 25, (state & (1 << 25) - 1) << 5 ^ value
            for bit, term in enumerate(terms):
                state ^= term * (high >> bit & 1)
        if state in (1, 0x2BC830A3):
            yield match.span()


def ethereum_addresses(data: bytes) -> _Spans:
    """An address of Ethereum in mixed case that is its own check sum (EIP-55)."""
    for match in _HEXADECIMAL.finditer(data):
        body = match.group()[2:]
        if body in (body.lower(), body.upper()) or _touched(data, match.span(), b"_.-"):
            continue
        if len(set(body.lower())) >= 6 and _mixed(body.lower()) == body:
            yield match.span()


@lru_cache(maxsize=1024)
def _mixed(low: bytes) -> bytes:
    """Give the hexadecimal digits with the capitals that their digest asks for."""
    digest = keccak256(low).hex()
    return bytes(byte - 32 if byte > 96 and digest[n] > "7" else byte for n, byte in enumerate(low))


def _touched(data: bytes, span: tuple[int, int], signs: bytes = b"_.-") -> bool:
    start, end = span
    near = data[max(start - 1, 0) : start] + data[end : end + 1]
    if data[end : end + 1] == b"." and not data[end + 1 : end + 2].isalnum():
        near = near[:-1]  # it ends a sentence, and is no part of the number before it
    return any(chr(byte).isalnum() or byte in signs for byte in near)


NUMBER_CHECKS: Final[tuple[tuple[str, Callable[[bytes], _Spans]], ...]] = (
    ("card-number", card_numbers),
    ("account-number", account_numbers),
    ("public-address-6", public_six),
    ("device-address", device_addresses),
    ("bitcoin-address", bitcoin_addresses),
    ("segwit-address", segwit_addresses),
    ("ethereum-address", ethereum_addresses),
)
"""(name, check) of the checks of this module."""
