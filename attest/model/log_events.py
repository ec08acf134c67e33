"""What happened in a log, told to others: one CloudEvents 1.0 event for each attestation, and the same for a SIEM (OCSF).

An event is made from the entry alone, so that the same entry gives the same event whenever it is asked for: its id is the
attestation's, its place the entry's index. It holds ids, subjects and types; no words of a session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from attest.model.times import rfc3339_seconds

PREFIX: Final = "dev.whereof."
LOGGED: Final = "attestation.logged"
"""The type of what has no type of its own."""
_BY_PREDICATE: Final = {
    "session/v1": "session.logged",
    "commit-link/v1": "link.logged",
    "review/v1": "review.signed",
    "declaration/v1": "declaration.signed",
    "exception/v1": "exception.granted",
    "coverage/v1": "coverage.stated",
    "population/v1": "population.saved",
    "gap/v1": "capture.gap",
    "mcp-join/v1": "mcp.joined",
    "erasure/v1": "erasure.completed",
    "admin/v1": "admin.acted",
    "log/v1": "log.changed",
}
TYPES: Final = tuple(sorted({*_BY_PREDICATE.values(), LOGGED}))
"""Every type of event, without its prefix."""
_BASE: Final = "https://whereof.dev/attestation/"
OCSF_VERSION: Final = "1.6.0"
_CLASS: Final = 6003
"""API Activity, of the category Application Activity."""
_CREATE: Final = 1
_SEVERITY: Final = {
    "capture.gap": 3,
    "exception.granted": 2,
    "admin.acted": 2,
    "log.changed": 2,
    "erasure.completed": 2,
}
"""What somebody may want to look at: 3 is medium, 2 low, everything else 1, informational. It is no judgement of anyone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One entry of a log, as far as an event tells of it."""

    origin: str
    index: int
    attestation: str
    predicate_type: str
    session: str | None
    identity: str
    issuer: str
    logged_at: int
    """Seconds since the epoch, by this service's clock."""
    commits: tuple[str, ...]
    repositories: tuple[str, ...]


def event_type(predicate_type: str) -> str:
    """Give the type of an event, without its prefix."""
    return _BY_PREDICATE.get(predicate_type.removeprefix(_BASE), LOGGED)


def cloud_event(one: Happened) -> dict[str, object]:
    """Give the event in the JSON format of CloudEvents 1.0."""
    return {
        "specversion": "1.0",
        "id": one.attestation,
        "source": f"https://{one.origin}",
        "type": PREFIX + event_type(one.predicate_type),
        "subject": one.session or one.attestation,
        "time": rfc3339_seconds(datetime.fromtimestamp(one.logged_at, UTC)),
        "datacontenttype": "application/json",
        "logindex": one.index,
        "data": {
            "log": one.origin,
            "index": one.index,
            "attestation": one.attestation,
            "predicate_type": one.predicate_type,
            "session": one.session,
            "commits": list(one.commits),
            "repositories": list(one.repositories),
        },
    }


def ocsf_event(one: Happened) -> dict[str, object]:
    """Give the event as API Activity of OCSF: an entry was created by whoever signed it."""
    kind = event_type(one.predicate_type)
    resources = [
        {"uid": one.attestation, "type": kind.partition(".")[0], "name": one.predicate_type},
        *({"uid": oid, "type": "commit"} for oid in one.commits),
        *({"uid": name, "type": "repository"} for name in one.repositories),
    ]
    return {
        "activity_id": _CREATE,
        "activity_name": "Create",
        "actor": {"user": {"uid": one.identity, "domain": one.issuer}, "app_name": "Whereof"},
        "api": {"operation": kind, "service": {"name": "Whereof", "uid": one.origin}},
        "category_name": "Application Activity",
        "category_uid": _CLASS // 1000,
        "class_name": "API Activity",
        "class_uid": _CLASS,
        "metadata": {
            "version": OCSF_VERSION,
            "uid": one.attestation,
            "event_code": kind,
            "log_name": one.origin,
            "sequence": one.index,
            "product": {"name": "Whereof", "vendor_name": "Whereof"},
        },
        "resources": resources,
        "severity_id": _SEVERITY.get(kind, 1),
        "src_endpoint": {"uid": one.origin},
        "status_id": 1,
        "time": one.logged_at * 1000,
        "type_uid": _CLASS * 100 + _CREATE,
    }
