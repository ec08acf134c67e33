"""Validators of the first pass: which matches of a pattern are really values, and which are placeholders."""

from __future__ import annotations

import ipaddress
import math
import re
from collections import Counter

from redaction.allowed import (
    AGENT_NAMES,
    ALLOWED_ADDRESSES,
    GENERIC_USERS,
    NOT_EMAIL_ENDINGS,
    PLACEHOLDER_PARTS,
    PLACEHOLDERS,
    points_to_nobody,
)

IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22,
    "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IS": 26, "IT": 27, "KW": 30, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27,
    "MT": 31, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PT": 25, "QA": 29, "RO": 24, "SA": 24, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "TR": 26, "UA": 29,
    "AL": 28, "AZ": 28, "BA": 20, "BI": 27, "BY": 28, "CR": 22, "DJ": 27, "DO": 28, "EG": 29, "FK": 18, "FO": 18, "GL": 18,
    "GT": 28, "IQ": 23, "JO": 30, "KZ": 20, "LC": 32, "LY": 25, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MU": 30,
    "NI": 28, "OM": 23, "PS": 29, "RS": 22, "RU": 33, "SC": 31, "SD": 18, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24,
    "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
"""ISO 13616 lengths by country."""
_REFERENCE = re.compile(
    r"[$%<{(\[@&*#:]|(?:os|process|self|this|req|cfg|config|env|args|opts|options|ctx|settings|data|params)\."
    r"|[A-Za-z_][\w.]*[(\[]|(?:https?|file|ssh)://|\.{0,2}/|~/|--?[a-z]|\\"
)
_CODE = re.compile(
    r"[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+|[a-z]+(?:[A-Z][a-z]+)+|_*[A-Za-z]+(?:[_/.-]+[A-Za-z]+)*[.,:]*"
)
"""Dotted names, and names of letters alone in any case: code, not values."""
_CALLED = re.compile(r"[A-Za-z_][\w.:]*")
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{7,12}", re.IGNORECASE)
_OBJECT_IDENTIFIERS = ("2.5.4.", "2.5.29.", "1.3.6.", "1.2.840", "2.16.", "0.", "1.3.14.", "1.3.132.")
_VERSION_BEFORE = re.compile(
    r"(?:\bv|(?:version|release|chrome|safari|firefox|edge|webkit|build|v8|guile)\W{0,5}|==|>=|~|\^)$", re.IGNORECASE
)


def entropy(value: str) -> float:
    """Give the Shannon entropy of the characters, in bits per character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values()) if total else 0.0


def is_placeholder(value: str) -> bool:
    """Say whether a value only stands in for one: `changeme`, `<token>`, `$VAR`, a run of one character."""
    low = value.lower().strip("\"'`<>[]{}()")
    return low in PLACEHOLDERS or len(set(low)) <= 2 or any(part in low for part in PLACEHOLDER_PARTS)


def assigned_secret(value: str, match: str) -> bool:
    """Keep a value assigned to a secret-like name when it looks like a value and not like code or a placeholder."""
    if match.endswith("(") and _CALLED.fullmatch(value):
        return False
    if len(value) < 6 or is_placeholder(value) or _REFERENCE.match(value) or _CODE.fullmatch(value):
        return False
    if UUID.fullmatch(value):
        return True
    kinds = sum(
        (
            any(c.islower() for c in value),
            any(c.isupper() for c in value),
            any(c.isdigit() for c in value),
            any(not c.isalnum() for c in value),
        )
    )
    return kinds >= 2 and entropy(value) >= (2.5 if len(value) < 16 else 2.8)


def assigned_password(value: str, match: str) -> bool:
    """Keep a quoted value assigned to a password-like name: shorter and plainer values count too."""
    if is_placeholder(value) or _REFERENCE.match(value) or len(value) < 5:
        return False
    return any(c.isdigit() for c in value) or assigned_secret(value, match)


def url_password(value: str, _match: str) -> bool:
    """Keep the password of a URL unless it stands in for one."""
    return not is_placeholder(value) and not value.startswith(("$", "%", "{", "<", "*"))


def header_value(value: str, _match: str) -> bool:
    """Keep the credential of an authorization header."""
    if "://" in value or value.lower().startswith(("bearer%20", "bearer+")):
        return False
    return not is_placeholder(value) and any(c.isdigit() for c in value) and entropy(value) >= 2.5


def email(value: str, _match: str) -> bool:
    """Keep an address that can belong to a person: no example domain, no robot, no file name with an at sign."""
    local, _, domain = value.lower().rpartition("@")
    ending = domain.rpartition(".")[2]
    return ending not in NOT_EMAIL_ENDINGS and not points_to_nobody(local, domain)


def home_user(value: str, _match: str) -> bool:
    """Keep a user name that is not one of the usual machine users."""
    return value.lower().strip(".") not in GENERIC_USERS and any(c.isalpha() for c in value)


def person(value: str, _match: str) -> bool:
    """Keep a git name that is not an agent or robot."""
    low = value.lower().strip()
    return not low.endswith("[bot]") and not any(low.startswith(name) for name in AGENT_NAMES) and len(low) >= 3


_MAESTRO = frozenset((5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763))


def luhn(value: str, _match: str) -> bool:
    """Keep a card number: a known issuer's first digits, its length and the Luhn check digit (ISO/IEC 7812)."""
    digits = [int(c) for c in value if c.isdigit()]
    head = int("".join(map(str, digits[:4])))
    issuers = (
        digits[0] == 4 and len(digits) in (13, 16, 19),
        (5100 <= head <= 5599 or 2221 <= head <= 2720) and len(digits) == 16,
        head // 100 in (34, 37) and len(digits) == 15,
        (head == 6011 or head // 100 in (64, 65) or head // 100 in (35, 62)) and len(digits) in (16, 19),
        (head // 10 in range(300, 306) or head // 100 in (36, 38, 39)) and len(digits) == 14,
        (head in _MAESTRO or head == 5019) and len(digits) >= 13,
        2200 <= head <= 2204 and len(digits) in (16, 19),
        (head == 9792 or head // 10 in (508, 636, 637, 638, 639) or head // 100 in (81, 82)) and len(digits) == 16,
    )
    if not any(issuers) or len(set(digits)) < 3 or not _card_groups(value):
        return False
    doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _card_groups(value: str) -> bool:
    """Say whether digits are grouped as on cards, or not at all."""
    groups = re.split("[ -]", value)
    sizes = tuple(map(len, groups))
    return len(groups) == 1 or sizes in {(4, 6, 5), (4, 6, 4)} or (set(sizes[:-1]) == {4} and sizes[-1] <= 4)


def iban(value: str, _match: str) -> bool:
    """Keep an account number of its country's length whose remainder by 97 is one (ISO 13616)."""
    text = value.replace(" ", "").replace("-", "").upper()
    if IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def ssn(value: str, _match: str) -> bool:
    """Keep a US social security number whose areas are ever issued."""
    digits = "".join(c for c in value if c.isdigit())
    return len(digits) == 9 and digits[:3] not in ("000", "666") and digits[0] != "9" and digits[5:] != "0000"


def phone(value: str, _match: str) -> bool:
    """Keep a number with 8 to 15 digits (ITU-T E.164) that is not one digit over and over."""
    digits = [c for c in value if c.isdigit()]
    return 8 <= len(digits) <= 15 and len(set(digits)) >= 4


def public_address(value: str, match: str) -> bool:
    """Keep an address of the public internet: no private, documentation, loopback or well-known resolver address."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    if value in ALLOWED_ADDRESSES or not address.is_global or address.is_multicast:
        return False
    before = match[: match.find(value)]
    if _VERSION_BEFORE.search(before):
        return False
    if address.version == 6:
        return int(address) >> 125 == 1
    if value.startswith(_OBJECT_IDENTIFIERS):
        return False
    return any(int(part) > 20 for part in value.split("."))
