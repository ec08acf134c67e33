"""The kinds of planted values: every provider grammar, keys in armour, identities. All are made up by a seed."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable
from dataclasses import dataclass

import re2

from redaction.matcher import _captured
from redaction.rules import Rule
from tests.support.plants.grammar import draw

_TRIES = 80
_WORD = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A text with one value in it."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """The value alone."""
        return self.text[self.start : self.end]


def provider_plant(rule: Rule, seed: str) -> Plant | None:
    """Give a text that a provider rule matches and accepts; None where the grammar cannot be drawn."""
    exact = re2.compile(f"(?m){rule.pattern}")
    for number in range(_TRIES):
        text, _ = draw(rule.pattern, random.Random(f"{seed}/{rule.name}/{number}"))
        text = text.strip()
        match = exact.search(text)
        if match is None or "\n" in text:
            continue
        start, end = _captured(match, rule.capture)
        if rule.accept is None or rule.accept(text[start:end], match.group()):
            return Plant(kind=rule.name, text=text, start=start, end=end)
    return None


def armoured(kind: str, seed: str, *, cut: bool = False) -> Plant:
    """Give a private key in armour of a kind (`RSA`, `EC`, `OPENSSH`, `PGP`), or one whose end was cut off."""
    rng = random.Random(f"{seed}/{kind}/{cut}")
    body = base64.b64encode(rng.randbytes(rng.randint(300, 900))).decode()
    width = 70 if kind == "OPENSSH" else 64
    lines = [body[at : at + width] for at in range(0, len(body), width)]
    name = "PGP PRIVATE" + " KEY BLOCK" if kind == "PGP" else (f"{kind} " if kind else "") + "PRIVATE" + " KEY"
    head = ["Version: GnuPG v2", ""] if kind == "PGP" else []
    text = "\n".join([f"-----BEGIN {name}-----", *head, *lines, *([] if cut else [f"-----END {name}-----"])])
    return Plant(kind=f"pem-{kind.lower() or 'plain'}{'-cut' if cut else ''}", text=text, start=0, end=len(text))


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def _luhn(rng: random.Random, prefix: str, length: int) -> str:
    body = prefix + _digits(rng, length - len(prefix) - 1)
    total = sum(d if n % 2 else d * 2 - 9 * (d > 4) for n, d in enumerate(map(int, reversed(body))))
    return body + str(-total % 10)


def _iban(rng: random.Random) -> str:
    country, length = rng.choice([("DE", 22), ("GB", 22), ("FR", 27), ("NL", 18), ("NO", 15), ("PL", 28)])
    body = ("ABCD" if country in ("GB", "NL") else "") + _digits(rng, 24)
    body = body[: length - 4]
    number = int("".join(str(int(c, 36)) for c in body + country + "00"))
    return f"{country}{98 - number % 97:02d}{body}"


def _name(rng: random.Random) -> str:
    return "".join(rng.choice(a) for a in ("brtksv", "aeiou", "lmnr", "aeiou", "dkt", "aeo", "mnrs", "ai"))


def _card(rng: random.Random) -> str:
    prefix, length = rng.choice(
        [("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16), ("3528", 16), ("36", 14)]
    )
    number = _luhn(rng, prefix, length)
    if length == 16 and rng.random() < 0.5:
        return " ".join(number[at : at + 4] for at in range(0, 16, 4))
    return number


def _address4(rng: random.Random) -> str:
    return f"{rng.choice([23, 45, 81, 104, 151, 185, 203])}.{rng.randint(20, 95)}.{rng.randint(1, 254)}.{rng.randint(1, 254)}"


IDENTITIES: dict[str, Callable[[random.Random], tuple[str, str]]] = {
    "email": lambda r: ("", f"{_name(r)}.{_name(r)}@{_name(r)}-works.io"),
    "home-linux": lambda r: ("/home/", _name(r)),
    "home-macos": lambda r: ("/Users/", _name(r)),
    "home-windows": lambda r: ("C:\\Users\\", _name(r)),
    "card": lambda r: ("card ", _card(r)),
    "iban": lambda r: ("account ", _iban(r)),
    "ssn": lambda r: ("SSN ", f"{r.randint(100, 665)}-{r.randint(10, 99)}-{r.randint(1000, 9999)}"),
    "phone": lambda r: ("tel ", f"+49 {r.randint(150, 179)} {_digits(r, 4)} {_digits(r, 4)}"),
    "ip4": lambda r: ("from ", _address4(r)),
    "ip6": lambda r: ("from ", "2a0" + ":".join(f"{r.randint(4096, 65535):x}" for _ in range(8))[3:]),
    "mac": lambda r: ("ether ", ":".join(f"{r.randint(16, 255):02x}" for _ in range(6))),
    "git-name": lambda r: ("Author: ", f"{_name(r).title()} {_name(r).title()}"),
    "password": lambda r: ("db_password=", "".join(r.choices(_WORD, k=18)) + "7Qx"),
    "url-password": lambda r: ("postgres://app:", "".join(r.choices(_WORD, k=18)) + "7Qx"),
    "bearer": lambda r: ("Authorization: Bearer ", "".join(r.choices(_WORD, k=36)) + "7Qx"),
}
_AFTER = {
    "git-name": " <x@y.dev>",
    "url-password": "@db.quarryfield.dev:5432/app",
    "home-linux": "/src/app",
    "home-macos": "/src/app",
}


def identity_plant(kind: str, seed: str) -> Plant:
    """Give a text with one identity, number or password of a kind."""
    before, value = IDENTITIES[kind](random.Random(f"{seed}/{kind}"))
    text = before + value + _AFTER.get(kind, "")
    return Plant(kind=kind, text=text, start=len(before), end=len(before) + len(value))
