"""Planted secrets of the demo: made from a seed, of the exact form of real ones, opening nothing.

No literal of that form stands in the repository, so that no scanner has a reason to flag it.
"""

from __future__ import annotations

import random
import string
import zlib

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_AWS_ID = string.ascii_uppercase + "234567"


def planted_secrets(seed: int) -> tuple[tuple[str, str], ...]:
    """Give (kind, value) of every secret and personal datum that the example plants, the same for the same seed."""
    source = random.Random(seed)  # noqa: S311  # these must be repeatable, and protect nothing

    def pick(alphabet: str, count: int) -> str:
        return "".join(source.choice(alphabet) for _ in range(count))

    password = pick(_BASE62, 20)
    return (
        ("github_token", _github_token(pick(_BASE62, 30))),
        ("stripe_key", "sk" + "_live_" + pick(_BASE62, 24)),
        ("aws_access_key", "AK" + "IA" + pick(_AWS_ID, 16)),
        ("aws_secret_key", pick(_BASE62 + "+/", 40)),
        ("database_url", f"postgres://payments:{password}@db.payments.example:5432/payments"),
        ("person_email", f"priya.raman{source.randrange(10, 99)}@northwind.example"),
    )


def _github_token(body: str) -> str:
    """Give a token whose last six digits are its checksum, as issued ones have."""
    checksum = zlib.crc32(body.encode())
    digits = ""
    for _ in range(6):
        checksum, digit = divmod(checksum, 62)
        digits = _BASE62[digit] + digits
    return "gh" + "p_" + body + digits
