"""How often one caller may ask: a bucket each for handing in, for asking and for taking out, so that none starves another.

Every answer says what is left (`RateLimit`, `RateLimit-Policy`: draft-ietf-httpapi-ratelimit-headers-10). Buckets are of
one process: several processes let through several times as much.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from api.rates import Rates
from attest.errors import Refused
from attest.model.rights import Right

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.caller import Caller
    from api.config import ServiceConfig

LIMITS: Final = "limits"
"""Where the headers stand in the state of a request."""
_EXPORTS: Final = frozenset({Right.EXPORT, Right.TRANSCRIPT})


class Buckets:
    """The buckets of all callers. For the event loop alone, as `Rates`."""

    def __init__(self, config: ServiceConfig) -> None:
        self._of = {
            name: (Rates(per_s, burst), per_s, burst)
            for name, (per_s, burst) in (
                ("ingest", config.ingest_rate),
                ("query", config.query_rate),
                ("export", config.export_rate),
            )
        }

    def take(self, request: Request, caller: Caller, right: Right | None) -> None:
        """Take one request out of the caller's bucket, and keep for the answer what is left.

        Raises:
            Refused: `service.rate`, it is empty.
        """
        name = "ingest" if right is Right.INGEST else "export" if right in _EXPORTS else "query"
        rates, per_s, burst = self._of[name]
        # One person's many tokens are one caller.
        good = rates.take(caller.principal.name)
        left = rates.left(caller.principal.name)
        policy = f'"{name}";q={burst};w={max(1, math.ceil(burst / per_s))}'
        told = f'"{name}";r={left};t={math.ceil((burst - left) / per_s)}'
        headers = ((b"ratelimit-policy", policy.encode()), (b"ratelimit", told.encode()))
        request.scope.setdefault("state", {})[LIMITS] = headers
        if not good:
            raise Refused("service.rate", "you ask too often", expected=policy)
