"""`pause` and `resume`: capture stops for a while, which is logged as a gap; no reason is asked for.

The hook reads `<git common dir>/whereof/paused`: one line, the second (since the epoch) at which the pause ends, or
`-` where it ends by `resume` alone. A reason, where somebody gives one, stays on this machine.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.capture.spool.folder import require_spool
from attest.errors import AttestError, InvalidInput
from attest.model.basis import Basis
from attest.model.gap import Gap
from attest.model.gap_predicate import GapKind
from attest.store.durable import replace_file
from attest.usecases.gaps import log_gaps
from attest.usecases.heartbeat import device_id, repository_or_none

if TYPE_CHECKING:
    from pathlib import Path

    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance

MAX_PAUSE_S: Final = 30 * 24 * 3600
MAX_REASON_CHARS: Final = 1000
_OPEN: Final = "-"


def pause(repository: Repository, *, now: int, seconds: int | None, reason: str) -> int | None:
    """Stop capture in a clone from now on; gives the second it ends at, None where only `resume` ends it.

    Raises:
        InvalidInput: no hooks are here, a pause is on already, or it is longer than 30 days.
    """
    folder = _whereof(repository)
    if seconds is not None and not 0 < seconds <= MAX_PAUSE_S:
        raise InvalidInput("input.usage", "not a length of a pause", expected=f"1 to {MAX_PAUSE_S} s", got=str(seconds))
    if len(reason) > MAX_REASON_CHARS:
        raise InvalidInput("input.too-large", "a reason", expected=f"<= {MAX_REASON_CHARS} characters")
    rows = _rows(folder)
    if rows and _is_on(rows[-1], now):
        raise InvalidInput("input.usage", "capture is paused already", hint="whereof resume ends it")
    until = None if seconds is None else now + seconds
    rows.append({"from": now, "until": until, "reason": reason})
    # The row first: a pause that began is never without its gap.
    _write(folder, rows)
    replace_file(folder / "paused", f"{_OPEN if until is None else until}\n".encode())
    return until


def resume(repository: Repository, *, now: int) -> bool:
    """End a pause; False when there was none."""
    folder = _whereof(repository)
    rows = _rows(folder)
    on = bool(rows) and _is_on(rows[-1], now)
    if on:
        rows[-1]["until"] = now
        _write(folder, rows)
    (folder / "paused").unlink(missing_ok=True)
    return on


def log_pauses(instance: Instance, repository: Repository) -> tuple[Receipt, ...]:
    """Sign and log every pause that is over and is not logged yet."""
    folder = _whereof(repository)
    rows = _rows(folder)
    now = instance.clock.now()
    receipts: list[Receipt] = []
    for row in rows:
        until = row.get("until")
        if row.get("logged") or not isinstance(until, int) or until > now.timestamp():
            continue
        try:
            (receipt,) = log_gaps(instance, (_gap(row, until, instance, repository),), repository)
        except AttestError:
            continue  # it stays unlogged, and the next run tries again
        row["logged"] = receipt.attestation
        receipts.append(receipt)
    if receipts:
        _write(folder, rows)
        if not _is_on(rows[-1], int(now.timestamp())):
            (folder / "paused").unlink(missing_ok=True)
    return tuple(receipts)


def _gap(row: dict[str, object], until: int, instance: Instance, repository: Repository) -> Gap:
    start = row["from"] if isinstance(row["from"], int) else until
    return Gap(
        kind=GapKind.PAUSED,
        start=datetime.fromtimestamp(start, UTC),
        until=datetime.fromtimestamp(until, UTC),
        seen=instance.clock.now(),
        count=1,
        rule="gap/paused@1",
        basis=Basis.REPORTED,
        repository=repository_or_none(repository),
        device=device_id(instance),
    )


def _whereof(repository: Repository) -> Path:
    folder = repository.common_dir / "whereof"
    require_spool(folder)
    return folder


def _is_on(row: dict[str, object], now: int) -> bool:
    until = row.get("until")
    return until is None or (isinstance(until, int) and until > now)


def _rows(folder: Path) -> list[dict[str, object]]:
    try:
        text = (folder / "pauses.jsonl").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    try:
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as err:
        raise InvalidInput("input.malformed", "the list of pauses", where=str(folder / "pauses.jsonl")) from err
    return [row for row in rows if isinstance(row, dict)]


def _write(folder: Path, rows: list[dict[str, object]]) -> None:
    text = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
    replace_file(folder / "pauses.jsonl", text.encode(), mode=0o600)
