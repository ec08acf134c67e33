"""Files in which programs keep passwords: templates of our own, and values of every kind to fill them, by a seed."""

from __future__ import annotations

import base64
import random
import re
import string
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_WORD = string.ascii_letters + string.digits
_BASE64 = _WORD + "+/"
_NOUNS = (
    "velvet harbour copper lantern meadow orbit saddle thimble walnut zephyr bramble canyon ember fjord gravel".split()
)
_PLACE = re.compile("«([a-z0-9-]+)»")


def _pick(rng: random.Random, alphabet: str, count: int) -> str:
    return "".join(rng.choices(alphabet, k=count))


def _mixed(rng: random.Random, count: int = 0) -> str:
    size = count or rng.randint(12, 24)
    return "".join(
        rng.sample(_pick(rng, _WORD, size - 3) + rng.choice("AQX") + rng.choice("kmz") + rng.choice("379"), size)
    )


def _signed(rng: random.Random) -> str:
    return (
        rng.choice(_NOUNS).title()
        + rng.choice("!#$%^&*+-=?@~.")
        + _pick(rng, _WORD, rng.randint(4, 8))
        + str(rng.randint(10, 99))
    )


def _pair(rng: random.Random) -> str:
    return base64.b64encode(f"{rng.choice(_NOUNS)}:{_mixed(rng)}".encode()).decode()


def _crypt(rng: random.Random) -> str:
    salt = _pick(rng, _WORD + "./", 8)
    return rng.choice((f"$6${salt}${_pick(rng, _WORD + './', 86)}", f"$1${salt}${_pick(rng, _WORD + './', 22)}"))


KINDS: dict[str, Callable[[random.Random], str]] = {
    "any": lambda r: r.choice((_mixed, _signed, _words_and_digits, _words))(r),
    "word": lambda r: r.choice((_mixed, _words_and_digits, _words))(r),
    "strong": lambda r: r.choice((_mixed, _signed, _words_and_digits))(r),
    "mixed": _mixed,
    "mixed40": lambda r: _mixed(r, 40),
    "hex32": lambda r: f"{r.getrandbits(128):032x}",
    "hex16": lambda r: f"{r.getrandbits(64):016x}",
    "hex48": lambda r: f"{r.getrandbits(192):048x}",
    "mixed12": lambda r: _mixed(r, 12),
    "wg": lambda r: base64.b64encode(r.randbytes(32)).decode(),
    "hex24": lambda r: f"{r.getrandbits(96):024X}",
    "hex34": lambda r: f"11{r.getrandbits(128):032x}",
    "hex80": lambda r: f"{r.getrandbits(320):080d}"[:80],
    "digits19": lambda r: str(r.randint(10**18, 10**19 - 1)),
    "strong-plain": lambda r: r.choice((_mixed, _words_and_digits))(r),
    "key-data": lambda r: base64.b64encode(
        b"-----BEGIN RSA PRIVATE" + b" KEY-----\n" + base64.b64encode(r.randbytes(300))
    ).decode(),
    "key88": lambda r: base64.b64encode(r.randbytes(64)).decode(),
    "cisco5": lambda r: f"$1${_pick(r, _WORD, 4)}${_pick(r, _WORD + './', 22)}",
    "hex40": lambda r: f"{r.getrandbits(160):040x}",
    "hex64": lambda r: f"{r.getrandbits(256):064x}",
    "hex128": lambda r: f"{r.getrandbits(512):0128x}",
    "uuid": lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4)),
    "salt": lambda r: _pick(r, _WORD + "!#%&()*+,-./:;=?@^_|~ ", 56) + r.choice("AZ") + "q7Zx",
    "django": lambda r: _pick(r, string.ascii_lowercase + string.digits + "!@#%^&*(-_=+)", 46) + "x7q3",
    "encoded": lambda r: base64.b64encode(_mixed(r).encode()).decode(),
    "bytes": lambda r: base64.b64encode(r.randbytes(r.randint(48, 64))).decode(),
    "pair": _pair,
    "crypt": _crypt,
    "bcrypt": lambda r: f"$2{r.choice('aby')}$1{r.randint(0, 2)}${_pick(r, _WORD + './', 53)}",
    "apr": lambda r: f"$apr1${_pick(r, _WORD + './', 8)}${_pick(r, _WORD + './', 22)}",
    "des": lambda r: "aB" + _pick(r, _WORD + "./", 9) + "7z",
    "lines": lambda r: "\n".join(_pick(r, _BASE64, 64) for _ in range(4)) + "\n" + _pick(r, _BASE64, 42) + "==",
    "mysql": lambda r: f"*{r.getrandbits(160):040X}",
    "aws-id": lambda r: "AK" + "IA" + _pick(r, string.ascii_uppercase + "234567", 16),
    "aws-key": lambda r: _pick(r, _BASE64, 37) + "Q7z",
}
"""How a secret of each kind is drawn."""


def _words_and_digits(rng: random.Random) -> str:
    return rng.choice(_NOUNS) + rng.choice(("", "-", "_")) + rng.choice(_NOUNS) + str(rng.randint(1, 9999))


def _words(rng: random.Random) -> str:
    return rng.choice(_NOUNS) + rng.choice(_NOUNS)


def _templates() -> dict[str, str]:
    parts: list[str] = []
    for path in sorted(Path(__file__).parent.glob("files_*.txt")):
        parts += re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {name: text for name, _, text in (part.partition("\n") for part in parts)}


TEMPLATES: dict[str, str] = _templates()
"""By name. `«kind»` is where a secret of a kind stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledFile:
    """A file with its secrets."""

    name: str
    text: str
    values: tuple[str, ...]

    def left_in(self, text: str) -> tuple[str, ...]:
        """Give the secrets of which a telling piece stands in a text."""
        return tuple(value for value in self.values if any(line in text for line in value.split("\n") if len(line) > 3))


def filled(name: str, seed: str) -> FilledFile:
    """Give one file filled by a seed."""
    rng = random.Random(f"{seed}/{name}")
    values: list[str] = []

    def draw(match: re.Match[str]) -> str:
        values.append(KINDS[match[1]](rng))
        return values[-1]

    return FilledFile(name=name, text=_PLACE.sub(draw, TEMPLATES[name]), values=tuple(values))
