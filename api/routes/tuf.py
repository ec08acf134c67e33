"""The TUF repository of a log: from a pinned root to its trusted root and the addresses of its services.

Nothing is stored. A version is the beginning of an hour, and whoever holds the keys makes the same bytes for it, so every
process of a service and every restart give one repository; clients fetch the files of a version within a day.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.openapi import binary, documented
from api.parameters import LongInPath
from api.service import Service, ServiceHere
from api.sigstore import BASE, NO_CREDENTIALS, base_url, own_log
from attest.errors import Absent
from attest.signing.embedded.tuf import ROOT_NAME, repository_files

if TYPE_CHECKING:
    from attest.signing.embedded.instance import Instance as EmbeddedSigstore

router = APIRouter(
    prefix="/logs/{log}/tuf", tags=["sigstore"], dependencies=[Depends(NO_CREDENTIALS), Depends(own_log)]
)
HOUR_S: Final = 3600
KEPT_S: Final = 24 * HOUR_S
"""How long the files of a version are served."""
_VERSIONED: Final = re.compile(r"([1-9][0-9]{0,11})\.(?:snapshot|targets)\.json", re.ASCII)


@router.get(
    "/{path:path}",
    operation_id="sigstore_tuf",
    response_class=Response,
    responses=documented(None, BASE) | {200: binary("application/json", "A metadata file or target.")},
)
def tuf(path: LongInPath, request: Request, service: ServiceHere) -> Response:
    """Give one file of the repository; `1.root.json` is what a client pins, from somewhere it trusts."""
    now = int(service.instance.clock.now().timestamp())
    version = now - now % HOUR_S
    named = _VERSIONED.fullmatch(path)
    if named:
        version = int(named[1])
        if version % HOUR_S or not now - KEPT_S <= version <= now:
            raise Absent("service.not-found")
    found = _files(service, base_url(request, service), version).get(path)
    if found is None:
        raise Absent("service.not-found")
    lasting = path == ROOT_NAME or path.startswith("targets/") or named
    headers = {"Cache-Control": "public, max-age=3600" if lasting else "no-cache"}
    headers["ETag"] = f'"sha256-{hashlib.sha256(found).hexdigest()}"'
    return Response(found, media_type="application/json", headers=headers)


def _files(service: Service, base: str, version: int) -> dict[str, bytes]:
    return _made(_Held(service.instance.services), base, version)


class _Held:
    """An instance as a key of the cache: the same while it lives."""

    def __init__(self, services: EmbeddedSigstore) -> None:
        self.services = services

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.services is other.services

    def __hash__(self) -> int:
        return id(self.services)


@lru_cache(maxsize=32)
def _made(held: _Held, base: str, version: int) -> dict[str, bytes]:
    return repository_files(held.services, base_url=base, at=datetime.fromtimestamp(version, UTC))
