"""Replacement tokens: `[REDACTED:<ENTITY>:<16 base32 characters>]`, keyed per session, stable within it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata

TOKEN = re.compile(r"\[REDACTED:[A-Z][A-Z_]{1,30}:[a-z2-7]{16}\]")
TOKEN_BYTES = re.compile(rb"\[REDACTED:[A-Z][A-Z_]{1,30}:[a-z2-7]{16}\]")
_TOKEN_BITS = 80


class Tokeniser:
    """Makes tokens from values by HMAC-SHA-256; without the key a token tells nothing about its value."""

    __slots__ = ("_key", "_values")

    def __init__(self, key: bytes, *, remember: bool = False) -> None:
        self._key = key
        self._values: dict[str, str] | None = {} if remember else None

    def __repr__(self) -> str:
        return "Tokeniser(...)"

    def token(self, entity: str, value: str) -> str:
        """Give the token of a value: equal values (after NFC) of one entity give equal tokens."""
        text = unicodedata.normalize("NFC", value).encode("utf-8", "surrogatepass")
        mac = hmac.new(self._key, entity.encode() + b"\x00" + text, hashlib.sha256).digest()
        short = base64.b32encode(mac[: _TOKEN_BITS // 8]).decode().lower()
        made = f"[REDACTED:{entity}:{short}]"
        if self._values is not None:
            self._values[made] = value
        return made

    def remembering(self) -> Tokeniser:
        """Give a tokeniser of the same key that can say which value a token stands for."""
        return Tokeniser(self._key, remember=True)

    def value(self, token: str) -> str | None:
        """Give the value of a token that this tokeniser made; None when it did not, or does not remember."""
        return None if self._values is None else self._values.get(token)

    def values(self) -> dict[str, str]:
        """Give every token that this tokeniser made, with its value; nothing when it does not remember."""
        return dict(self._values or {})
