"""Signing in on one's own machine: a printed code that works once, and the cookie it turns into.

Codes and cookies are 256 random bits. Only their SHA-256 is held, in memory: stopping the service signs everyone out.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from attest.clock import Clock, Entropy

SECRET_BYTES: Final = 32
CODE_LIFE: Final = timedelta(minutes=15)
COOKIE_LIFE: Final = timedelta(hours=12)
MAX_HELD: Final = 256
"""Codes and cookies held at once; the oldest give way."""
_SECRET_CHARS: Final = 43


def new_secret(entropy: Entropy) -> str:
    """Give 256 random bits as text that fits a URL and a header."""
    return base64.urlsafe_b64encode(entropy.bytes(SECRET_BYTES)).rstrip(b"=").decode()


def digest_of(secret: str) -> str:
    """Give what is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class SignIns:
    """The codes not yet used, and the cookies given for those that were."""

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lock = threading.Lock()
        self._codes: dict[str, datetime] = {}
        self._cookies: dict[str, datetime] = {}

    def new_code(self) -> str:
        """Make a code that can be exchanged once, within a quarter of an hour."""
        return self._make(self._codes, CODE_LIFE)

    def exchange(self, code: str) -> str | None:
        """Use a code up and give a cookie for it; None when it was never made, used, or is too old."""
        with self._lock:
            expires = self._codes.pop(digest_of(code), None) if len(code) == _SECRET_CHARS else None
        if expires is None or expires <= self._clock.now():
            return None
        return self._make(self._cookies, COOKIE_LIFE)

    def holds(self, cookie: str) -> bool:
        """Tell whether a cookie was given here and has not run out."""
        # Looked up by digest: how long this takes says nothing about the secret.
        with self._lock:
            expires = self._cookies.get(digest_of(cookie))
        return expires is not None and expires > self._clock.now()

    def end(self, cookie: str) -> None:
        """Forget a cookie."""
        with self._lock:
            self._cookies.pop(digest_of(cookie), None)

    def _make(self, kept: dict[str, datetime], life: timedelta) -> str:
        secret = new_secret(self._entropy)
        with self._lock:
            while len(kept) >= MAX_HELD:
                kept.pop(next(iter(kept)))
            kept[digest_of(secret)] = self._clock.now() + life
        return secret
