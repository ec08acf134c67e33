"""Values made up for the second scan alone. They are put together at run time and lead nowhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def _characters(seed: str, count: int) -> str:
    digest = hashlib.shake_256(seed.encode()).digest(count)
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest)


@dataclass(frozen=True, slots=True)
class _Canaries:
    provider: bytes = field(repr=False)
    """A line that the provider rules of the second engine must find."""


CANARIES = _Canaries(provider=("gh" + "p_" + _characters("whereof canary", 36) + "\n").encode())


@lru_cache(maxsize=1)
def canary_batch() -> bytes:
    """Give lines that each independent check must find."""
    body = "\n".join(_characters(f"whereof line {n}", 64) for n in range(4))
    lines = (
        "db_password = '" + _characters("whereof value", 24) + "'",
        "postgres" + "://svc:" + _characters("whereof url", 20) + "@db.canary-host.dev/x",
        "Authorization: " + "Bearer " + _characters("whereof header", 32),
        "kanarienvogel" + "@" + "birdsong-mail.dev",
        "/home/" + "kanarienvogel/x",
        "-----BEGIN " + "PRIVATE KEY-----\n" + body + "\n-----END " + "PRIVATE KEY-----",
        "4539 " + "1488 0343 6467",
        "DE89 " + "3704 0044 0532 0130 00",
        "SSN: " + "521-44-3917",
        "call +49 " + "151 2345 6789",
        "from 203.1" + "75.44.9 port",
        "Author: Kana " + "Rienvogel <x@y.dev>",
    )
    return ("\n".join(lines) + "\n").encode()
