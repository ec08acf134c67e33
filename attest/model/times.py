"""How a moment is written for machines: RFC 3339, UTC, `Z`; in every statement of ours with microseconds."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """Give an aware moment as `2026-01-31T12:00:00.000000Z`: always 27 characters, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def rfc3339_seconds(moment: datetime) -> str:
    """Give an aware moment as `2026-01-31T12:00:00Z`, what is under a second cut off."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
