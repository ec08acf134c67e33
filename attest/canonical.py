"""Canonical JSON (RFC 8785): the only place where `attest` turns values into bytes that are signed or hashed.

Signed bytes that came from elsewhere are never passed through here: they are kept as they arrived.
"""

from __future__ import annotations

import rfc8785

Json = object
"""A JSON value. RFC 8785 refuses what JSON cannot hold (NaN, integers beyond 2**53) with a ValueError."""


def canonical_json(value: Json) -> bytes:
    """Give the RFC 8785 bytes of a JSON value: equal values give equal bytes, in every language.

    Raises:
        ValueError: the value holds something canonical JSON cannot (NaN, a too large integer, a non-string key).
    """
    return rfc8785.dumps(value)  # type: ignore[arg-type]  # rfc8785 types its input more narrowly than Json
