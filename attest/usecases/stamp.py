"""Time stamps for whoever asks, and the rule for everything that is signed on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import Refused
from attest.signing.embedded.direct import SERIAL_BYTES

if TYPE_CHECKING:
    from attest.signing.embedded.tsa import TimestampRequest
    from attest.usecases.instance import Instance


def stamp(instance: Instance, request: TimestampRequest) -> bytes:
    """Give a granted TimeStampResp (DER) for now, by this instance's own clock.

    Raises:
        Refused: as for `require_signing`.
    """
    require_signing(instance)
    serial = int.from_bytes(instance.entropy.bytes(SERIAL_BYTES), "big")
    return instance.services.tsa.respond(request, now=instance.clock.now(), serial=serial)


def require_signing(instance: Instance) -> None:
    """Refuse to sign for others with a database that is behind what was promised: it forgot used tokens and salts too.

    Raises:
        Refused: `ledger.rollback` or `ledger.corrupt`, the log is behind a head that somebody holds; `ledger.closed`,
            it has ended.
    """
    if instance.guard.heads.closed:
        raise Refused("ledger.closed")
    instance.guard.require()
