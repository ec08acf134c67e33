"""Pseudonyms for people: what a permanent, public certificate says instead of a name.

A pseudonym is `https://<instance>/actor/<64 hex>`, where the hex is SHA-256 over four fields, each behind its length
in bytes as 8 octets big-endian: the label `whereof-actor-v1`, the salt, the issuer and the subject in UTF-8. Without
the salt the name cannot be guessed; with it anyone can recompute the pseudonym, so disclosing (salt, issuer, subject)
proves the name, and erasing the salt leaves nothing that points to it.
"""

from __future__ import annotations

import hashlib
import hmac

_LABEL = b"whereof-actor-v1"
MIN_SALT_BYTES = 16
"""Shortest salt that keeps a name from being guessed, in bytes."""


def actor_uri(host: str, salt: bytes, *, issuer: str, subject: str) -> str:
    """Give the pseudonymous URI of (issuer, subject) at an instance.

    Raises:
        ValueError: the salt is shorter than `MIN_SALT_BYTES`.
    """
    if len(salt) < MIN_SALT_BYTES:
        raise ValueError("the salt is too short")
    digest = hashlib.sha256()
    for part in (_LABEL, salt, issuer.encode(), subject.encode()):
        digest.update(len(part).to_bytes(8, "big") + part)
    return f"https://{host}/actor/{digest.hexdigest()}"


def is_disclosed(uri: str, host: str, salt: bytes, *, issuer: str, subject: str) -> bool:
    """Say whether (salt, issuer, subject) is what stands behind a pseudonym."""
    return hmac.compare_digest(uri.encode(), actor_uri(host, salt, issuer=issuer, subject=subject).encode())
