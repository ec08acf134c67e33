"""The second scan over payloads that were signed elsewhere: they cannot be redacted any more, only taken or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import Quarantined
from attest.usecases.identities import known_identities
from attest.usecases.quarantine import quarantining
from redaction.config import Config
from redaction.literals import Literals
from redaction.provider_rules import load_catalogue
from redaction.second_scan import SecondScan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.settings import Settings

MAX_SCANNED_BYTES: Final = 1024 * 1024
"""Payloads scanned in one go; a larger one goes by itself."""


def require_clean(payload: bytes, settings: Settings) -> None:
    """Raise unless the scan ran and found nothing; the rules are loaded once in a process.

    Raises:
        Quarantined: `redaction.quarantined` with rule and place, or `redaction.failed`: an engine did not finish.
    """
    with quarantining():
        _scan(settings).check([payload], 0)


def scan_payloads(payloads: Sequence[bytes], settings: Settings) -> tuple[Quarantined | None, ...]:
    """Say of each payload what `require_clean` would raise for it; None: the scan ran and found nothing.

    Many are scanned together, since most are clean; where something is found, or an engine fails, halves are scanned
    again until the one that did it stands alone. So each refusal names rule and place in its own payload.
    """
    found: list[Quarantined | None] = [None] * len(payloads)
    with quarantining():
        scan = _scan(settings)
    for group in _groups(payloads):
        _look(scan, payloads, group, found)
    return tuple(found)


def _look(scan: SecondScan, payloads: Sequence[bytes], group: range, found: list[Quarantined | None]) -> None:
    try:
        with quarantining():
            # As lines of one text, as a transcript's are.
            scan.check([payloads[at] + b"\n" for at in group] if len(group) > 1 else [payloads[group[0]]], 0)
    except Quarantined as err:
        if len(group) == 1:
            found[group[0]] = err
            return
        middle = len(group) // 2
        _look(scan, payloads, group[:middle], found)
        _look(scan, payloads, group[middle:], found)


def _groups(payloads: Sequence[bytes]) -> list[range]:
    groups, first, size = [], 0, 0
    for at, payload in enumerate(payloads):
        if at > first and size + len(payload) > MAX_SCANNED_BYTES:
            groups.append(range(first, at))
            first, size = at, 0
        size += len(payload)
    return [*groups, range(first, len(payloads))] if payloads else []


def _scan(settings: Settings) -> SecondScan:
    config = Config(cache_dir=settings.home / "cache")
    identities = known_identities(None, ()).entries()
    # No value is known beforehand: whatever was found where it was signed, stayed there.
    return SecondScan(load_catalogue(config.cache_dir), config, literals=Literals(()), identities=identities)
