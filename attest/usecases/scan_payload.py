"""The second scan over a payload that was signed elsewhere: it cannot be redacted any more, only taken or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.usecases.identities import known_identities
from attest.usecases.quarantine import quarantining
from redaction.config import Config
from redaction.literals import Literals
from redaction.provider_rules import load_catalogue
from redaction.second_scan import SecondScan

if TYPE_CHECKING:
    from attest.settings import Settings


def require_clean(payload: bytes, settings: Settings) -> None:
    """Raise unless the scan ran and found nothing; the rules are loaded once in a process.

    Raises:
        Quarantined: `redaction.quarantined` with rule and place, or `redaction.failed`: an engine did not finish.
    """
    config = Config(cache_dir=settings.home / "cache")
    identities = known_identities(None, ()).entries()
    with quarantining():
        # No value is known beforehand: whatever was found where it was signed, stayed there.
        scan = SecondScan(load_catalogue(config.cache_dir), config, literals=Literals(()), identities=identities)
        scan.check([payload], 0)
