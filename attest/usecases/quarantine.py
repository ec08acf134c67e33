"""Every failure of redaction is a quarantine: nothing may be signed, stored or handed over after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attest.errors import Quarantined
from redaction.errors import Quarantine, RedactionError


@contextmanager
def quarantining() -> Iterator[None]:
    """Turn errors of redaction into `Quarantined`, naming rule and place, never a value."""
    try:
        yield
    except Quarantine as err:
        raise Quarantined("redaction.quarantined", got=f"rule {err.rule}", where=err.place) from err
    except RedactionError as err:
        raise Quarantined("redaction.failed", str(err)) from err
