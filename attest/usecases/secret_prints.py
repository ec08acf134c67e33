"""Fingerprints of secrets: a session that held one is found again by it, and the secret is kept nowhere.

A fingerprint is HMAC-SHA-256 under the tenant's secret, so that equal values have equal ones within a tenant, and nobody
without that key can test a guess. They stand in a part of the session, sealed and erasable like the others. Kinds of
personal data get none: a search by fingerprint would be one for a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import InvalidInput
from attest.model.search_touch import MIN_SECRET_CHARS, secret_fingerprint
from attest.usecases.withheld import PERSONAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attest.usecases.instance import Instance
    from redaction.report import Report

PART: Final = "secrets"
"""Name of the part; a session without such a value has none."""
SCHEMA: Final = "whereof/session-part/secrets/v1"
MAX_PRINTS: Final = 10_000
MAX_SECRET_BYTES: Final = 65_536


def secrets_of(report: Report, values: Mapping[str, str]) -> tuple[str, ...]:
    """Give the distinct values of spans that may be secrets, in the order of the report, at most `MAX_PRINTS`."""
    found: dict[str, None] = {}
    for span in report.spans:
        value = values.get(span.token, "")
        if span.entity not in PERSONAL and len(value) >= MIN_SECRET_CHARS and len(found) < MAX_PRINTS:
            found[value] = None
    return tuple(found)


def secrets_part(instance: Instance, secrets: Sequence[str]) -> bytes:
    """Give the bytes of the part."""
    key = instance.tenant_secret()
    prints = sorted(secret_fingerprint(key, value) for value in secrets)
    return canonical_json({"schema": SCHEMA, "fingerprints": prints})


def fingerprints_of(instance: Instance, data: bytes) -> tuple[str, ...]:
    """Give the fingerprint of a secret as it lies in a file, under the tenant's secret and under those before it.

    The line end after it is not part of it.

    Raises:
        InvalidInput: `input.empty`; `input.too-large`; `input.malformed`: not UTF-8, or too short to be looked for.
    """
    if len(data) > MAX_SECRET_BYTES:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_SECRET_BYTES} bytes")
    try:
        value = data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise InvalidInput("input.malformed", expected="UTF-8") from None  # the cause would hold the bytes
    if not value:
        raise InvalidInput("input.empty")
    if len(value) < MIN_SECRET_CHARS:
        raise InvalidInput("input.malformed", expected=f"at least {MIN_SECRET_CHARS} characters")
    return tuple(secret_fingerprint(secret, value) for secret in instance.tenant_secrets())


def fingerprint_of(instance: Instance, data: bytes) -> str:
    """Give the fingerprint under the secret in force; see `fingerprints_of`."""
    return fingerprints_of(instance, data)[0]
