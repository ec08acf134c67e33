"""The device's daily sign of life: a signed, chained line a day, so that removing the hooks shows as silence.

A heartbeat is local until it fails to come: silence beyond two days is logged as a gap, with the device's id. Who wants
to see removal from outside collects `heartbeats.jsonl`, whose lines are signed by the device's key and name one another.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from attest.canonical import canonical_json
from attest.errors import AttestError
from attest.model.basis import Basis
from attest.model.gap import Gap
from attest.model.gap_predicate import GapKind
from attest.store.durable import replace_file
from attest.usecases.commit_context import repository_name
from attest.usecases.gaps import log_gaps

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance

EVERY_S: Final = 24 * 3600
SILENT_S: Final = 2 * EVERY_S
MAX_BEATS: Final = 4000
"""Some ten years of days."""
_KEY: Final = "device/heartbeat"


def beat(instance: Instance, repository: Repository) -> tuple[Receipt, ...]:
    """Add today's heartbeat of this clone, once a day; gives the gap that was logged where the last is too old."""
    path = repository.common_dir / "whereof" / "heartbeats.jsonl"
    lines = path.read_bytes().splitlines() if path.exists() else []
    now = instance.clock.now()
    last = _at(lines[-1]) if lines else None
    if last is not None and now.timestamp() - last < EVERY_S:
        return ()
    previous = hashlib.sha256(lines[-1]).hexdigest() if lines else None
    row: dict[str, object] = {
        "at": int(now.timestamp()),
        "device": device_id(instance),
        "repository": repository_or_none(repository),
        "previous": previous,
    }
    key = _device_key(instance)
    row["signature"] = base64.b64encode(key.sign(canonical_json(row))).decode()
    lines = [*lines, canonical_json(row)][-MAX_BEATS:]
    replace_file(path, b"\n".join(lines) + b"\n", mode=0o600)
    if last is None or now.timestamp() - last < SILENT_S:
        return ()
    try:
        return log_gaps(instance, (_silence(last, now, instance, repository),), repository)
    except AttestError:
        return ()  # the two lines stay, and still show it


def device_id(instance: Instance) -> str:
    """Give this device's id: of its heartbeat key, so random, and no name or address of anything."""
    return hashlib.sha256(device_public_key(instance)).hexdigest()[:32]


def device_public_key(instance: Instance) -> bytes:
    """Give the key that heartbeats are checked with: Ed25519, 32 bytes."""
    return _device_key(instance).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def repository_or_none(repository: Repository) -> str | None:
    """Name the clone's repository as statements do; None where it has neither a remote nor a commit."""
    try:
        return repository_name(repository, repository.resolve("HEAD"))
    except AttestError:
        return None


def _silence(last: int, now: datetime, instance: Instance, repository: Repository) -> Gap:
    return Gap(
        kind=GapKind.SILENT,
        start=datetime.fromtimestamp(last, UTC),
        until=now,
        seen=now,
        count=1,
        rule="gap/silent@1",
        basis=Basis.OBSERVED,
        repository=repository_or_none(repository),
        device=device_id(instance),
    )


def _device_key(instance: Instance) -> Ed25519PrivateKey:
    secret = instance.keys.load(_KEY) or instance.keys.create(_KEY, instance.entropy.bytes(32))
    return Ed25519PrivateKey.from_private_bytes(secret)


def _at(line: bytes) -> int | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    at = row.get("at") if isinstance(row, dict) else None
    return at if isinstance(at, int) else None
