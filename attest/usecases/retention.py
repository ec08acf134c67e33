"""Transcripts that an agent is about to delete and that nobody has recorded: a gap that can still be closed.

Claude Code removes transcripts after `cleanupPeriodDays` (30 where the setting is absent), silently. Of the other
agents no such period is known, so nothing is claimed of theirs.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from attest.capture.transcript import Transcript
from attest.errors import AttestError
from attest.model.basis import Basis
from attest.model.gap import Gap
from attest.model.gap_predicate import GapKind
from attest.usecases.import_transcripts import ImportRequest, found_transcripts, is_recorded

if TYPE_CHECKING:
    from pathlib import Path

    from attest.capture.discover import Found
    from attest.git import Repository
    from attest.usecases.instance import Instance

AGENT: Final = "claude-code"
DEFAULT_DAYS: Final = 30
SOON_DAYS: Final = 7
MAX_SETTINGS_BYTES: Final = 1024 * 1024
_SETTINGS: Final = (".claude/settings.json", ".claude/settings.local.json")


def expiring(instance: Instance, repository: Repository, home: Path) -> tuple[Found, ...]:
    """Give the transcripts of this clone that will be gone within a week and are not recorded, oldest first."""
    before = instance.clock.now() - timedelta(days=max(_days(repository, home) - SOON_DAYS, 0))
    request = ImportRequest(repository=repository, home=home, since=None, agents=frozenset({AGENT}))
    old = [one for one in found_transcripts(request) if one.mtime_ns < before.timestamp() * 1e9]
    return tuple(one for one in old if not _recorded(one, instance))


def retention_gap(instance: Instance, found: tuple[Found, ...], repository: str | None) -> Gap:
    """Give the gap of what will be deleted; it holds counts and times, no path."""
    times = [datetime.fromtimestamp(one.mtime_ns / 1e9, UTC) for one in found]
    return Gap(
        kind=GapKind.RETENTION,
        start=min(times),
        until=max(times),
        seen=instance.clock.now(),
        count=len(found),
        rule="gap/retention.claude-code@1",
        basis=Basis.OBSERVED,
        repository=repository,
    )


def _recorded(found: Found, instance: Instance) -> bool:
    try:
        return is_recorded(Transcript.open(found.path), instance)
    except AttestError:
        return False


def _days(repository: Repository, home: Path) -> int:
    """Give the shortest period that a settings file names; the repository's own files count as well as the user's."""
    named = [_period(folder / name) for folder in (home, repository.path) for name in _SETTINGS]
    return min((days for days in named if days is not None), default=DEFAULT_DAYS)


def _period(path: Path) -> int | None:
    try:
        if path.stat().st_size > MAX_SETTINGS_BYTES:
            return None
        settings = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    days = settings.get("cleanupPeriodDays") if isinstance(settings, dict) else None
    return days if isinstance(days, int) and not isinstance(days, bool) and 0 <= days <= 100_000 else None
