"""Except: somebody takes on signature that named rules shall not stop commits, until a day (`exception/v1`).

1. read     the commits from the clone
2. bound    at least one rule; an end that lies ahead, at most `MAX_DAYS` away
3. log      one statement; the same exception again gives the stored receipt; queued for the service, where one is named

The reason in words stays with who grants it: the statement carries its salted digest, and the salt is given back.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import InvalidInput
from attest.model.exception_predicate import EXCEPTION_V1, MAX_COMMITS, MAX_DAYS, MAX_RULES, RULE_NAME, exception_of
from attest.model.times import rfc3339
from attest.usecases.commit_context import repository_name
from attest.usecases.log_statement import log_statement
from attest.usecases.send import queue_bundle
from attest.usecases.stated_commits import named_commits, stated_commit

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance

MAX_TEXT_BYTES: Final = 64 * 1024
_LABEL: Final = b"whereof exception text salt v1\0"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptRequest:
    """What is excepted, from what, how long and why."""

    repository: Repository
    revision: str
    """`REV` or `A..B`."""
    rules: tuple[str, ...]
    until: datetime
    """Aware; at this moment it has expired."""
    reason: str
    text: str | None = None
    capacity: str = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excepted:
    """The receipt, and what opens the digest of the reason in words."""

    receipt: Receipt
    salt: str | None
    """Hex; SHA-256 over its bytes and the text in UTF-8 is `reasonText`. None where there is no text."""


def grant_exception(request: ExceptRequest, instance: Instance) -> Excepted:
    """Sign and log an exception.

    Raises:
        InvalidInput: no such revision or an empty range; no rule, or a name that is none; `except.until`, an end that is
            past or more than `MAX_DAYS` days away.
    """
    repository, now = request.repository, instance.clock.now().astimezone(UTC)
    _require_bounded(request, now)  # 2
    named = named_commits(repository, request.revision, most=MAX_COMMITS)  # 1
    name = repository_name(repository, named.head)
    stated = [stated_commit(repository, name, oid) for oid in named.oids]
    material: dict[str, object] = {
        "expiresAt": rfc3339(request.until),
        "rules": sorted(set(request.rules)),
        "reason": request.reason,
        "capacity": request.capacity,
        "commits": [row for _, row in stated],
    }
    salt = None
    if request.text is not None:
        words = request.text.encode("utf-8", "surrogatepass")
        salt = hmac.digest(instance.tenant_secret(), _LABEL + words, "sha256")
        material["reasonText"] = hashlib.sha256(salt + words).hexdigest()
    if named.base is not None:
        material["range"] = {"base": named.base, "tip": named.head}
    predicate = material | {"grantedAt": rfc3339(now)}
    exception_of(predicate)
    receipt = log_statement(  # 3
        instance,
        EXCEPTION_V1,
        tuple(subject for subject, _ in stated),
        predicate,
        write_key_material=canonical_json(material),
        repository=repository,
    )
    queue_bundle(instance, receipt)
    return Excepted(receipt=receipt, salt=salt.hex() if salt else None)


def end_of(text: str) -> datetime:
    """Read `--until`: a day (`2027-01-31`), which is granted whole by UTC, or a moment with its zone.

    Raises:
        InvalidInput: `except.until`.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as err:
        raise InvalidInput("except.until", expected="YYYY-MM-DD, or a moment with its zone", got=text[:40]) from err
    if _DAY.fullmatch(text):
        return moment.replace(tzinfo=UTC) + timedelta(days=1)
    if moment.tzinfo is None:
        raise InvalidInput("except.until", expected="a moment with its zone", got=text[:40])
    return moment.astimezone(UTC)


def _require_bounded(request: ExceptRequest, now: datetime) -> None:
    if not 1 <= len(request.rules) <= MAX_RULES:
        raise InvalidInput("input.malformed", "rules", expected=f"1 to {MAX_RULES}", got=str(len(request.rules)))
    for position, rule in enumerate(request.rules):
        RULE_NAME.check(rule, f"--rule/{position}")
    if not now < request.until <= now + timedelta(days=MAX_DAYS):
        raise InvalidInput("except.until", expected=f"ahead, at most {MAX_DAYS} days", got=rfc3339(request.until))
    if request.text is not None and len(request.text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        raise InvalidInput("input.too-large", "the reason", expected=f"<= {MAX_TEXT_BYTES} bytes")
