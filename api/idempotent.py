"""`Idempotency-Key`: a write that is sent twice is done once, and answered alike (draft-ietf-httpapi-idempotency-key-header).

Writes that are named by their content (bundles, recordings, objects) need no key: the same again is the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends, Header
from fastapi.responses import Response

from api.replies import NO_STORE
from api.service import ServiceHere
from attest.store.idempotent import Answered, begin, finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.caller import Caller
    from api.schemas import Body
    from api.service import Service

KEYED: Final = ("service.key-reused", "service.in-flight")
"""Codes of a write that takes a key."""


@dataclass(frozen=True, slots=True)
class Once:
    """What a request says of being sent again."""

    service: Service
    key: str | None

    def reply(self, caller: Caller, asked: tuple[str, ...], make: Callable[[], Body], *, status: int = 201) -> Response:
        """Give the answer of `make`, or with a key that was used for the same, the answer that was given then.

        `asked` is what was asked for, in a form that is equal for equal requests.

        Raises:
            Conflict: `service.key-reused`, `service.in-flight`.
        """
        if self.key is None:
            return _response(Answered(status=status, body=_bytes(make())))
        instance = self.service.instance
        # One caller's keys are not another's.
        digest = _digest(caller.principal.tenant, caller.principal.name, self.key)
        now = int(instance.clock.now().timestamp())
        before = begin(instance.engine, instance.scope, digest, _digest(*asked), now=now)
        if before is not None:
            return _response(before)
        answered = None
        try:
            answered = Answered(status=status, body=_bytes(make()))
        finally:
            finish(instance.engine, instance.scope, digest, answered)
        return _response(answered)


def once_of(
    service: ServiceHere,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=255,
            pattern=r"^[\x21-\x7e]+$",
            description="The same again is done once, for a day.",
        ),
    ] = None,
) -> Once:
    """Give what a request says of being sent again."""
    return Once(service, idempotency_key)


OnceHere = Annotated[Once, Depends(once_of)]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _bytes(body: Body) -> bytes:
    return body.model_dump_json(by_alias=True).encode()


def _response(answered: Answered) -> Response:
    return Response(answered.body, status_code=answered.status, media_type="application/json", headers=NO_STORE)
