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

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "Tokeniser(...)"

    def token(self, entity: str, value: str) -> str:
        """Give the token of a value: equal values (after NFC) of one entity give equal tokens."""
        text = unicodedata.normalize("NFC", value).encode("utf-8", "surrogatepass")
        mac = hmac.new(self._key, entity.encode() + b"\x00" + text, hashlib.sha256).digest()
        short = base64.b32encode(mac[: _TOKEN_BITS // 8]).decode().lower()
        return f"[REDACTED:{entity}:{short}]"
