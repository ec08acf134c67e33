"""Every failure of redaction is a quarantine: nothing may be signed, stored or handed over after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attest.errors import Quarantined
from redaction.errors import Quarantine, RedactionError
from redaction.process import forbid_core_dumps


@contextmanager
def quarantining() -> Iterator[None]:
    """Turn errors of redaction into `Quarantined`, naming rule and place, never a value.

    From here on values are in memory, so the process is kept from leaving a core dump.
    """
    forbid_core_dumps()
    try:
        yield
    except Quarantine as err:
        raise Quarantined("redaction.quarantined", got=f"rule {err.rule}", where=err.place) from err
    except RedactionError as err:
        raise Quarantined("redaction.failed", str(err)) from err
    except MemoryError:
        raise Quarantined("redaction.failed", "redaction ran out of memory") from None
