"""Values made up for the second scan alone. They are put together at run time and lead nowhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def _characters(seed: str, count: int) -> str:
    digest = hashlib.shake_256(seed.encode()).digest(count)
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest)


def _base58(content: bytes) -> str:
    """Give bytes that begin with a zero as Base58 with their check sum behind them."""
    number = int.from_bytes(content + hashlib.sha256(hashlib.sha256(content).digest()).digest()[:4], "big")
    digits = ""
    while number:
        number, rest = divmod(number, 58)
        digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[rest] + digits
    return "1" + digits


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
        "from 2a0e:9f1:" + "7c3::4b12 port",
        "ether 3c:5a:" + "b4:91:0e:d7 up",
        "pay " + _base58(b"\0" + hashlib.shake_256(b"whereof wallet").digest(20)) + " now",
        # the example of BIP 173, and one of EIP-55: they prove the arithmetic too
        "pay bc1qw508d6qejxtdg4y5" + "r3zarvary0c5xw7kv8f3t4 now",
        "pay 0x5aAeb6053F3E94C9b9A0" + "9f33669435E7Ef1BeAed now",
    )
    return ("\n".join(lines) + "\n").encode()
