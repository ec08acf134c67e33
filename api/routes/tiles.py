"""The log as files (C2SP tlog-tiles): the checkpoint and the tiles, exactly as they were published.

A public log is open to everyone who reaches the service; a private one (`$WHEREOF_LOG_PRIVATE`) to those who signed in.
The access log is served in the same way, to those alone who may verify or, its entries, read it.
Ranges are not served: each answer is the whole file, which has at most 16 MiB and is one that readers need whole.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.auth import OfTheLog
from api.openapi import binary, documented
from api.parameters import InPath, Known, LongInPath
from api.replies import lasting
from api.service import Service, ServiceHere
from attest.errors import Absent, InvalidInput
from attest.ledger.tiles import TILE_WIDTH, bundle_path, tile_path
from attest.store.attestations import ACCESS_LOG
from attest.store.publisher import Publisher

_CODES: Final = ("service.unauthenticated", "service.not-found", "service.forbidden", "store.away", "service.internal")
_TILE: Final = re.compile(r"tile/(entries|[0-7])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
BYTES: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    publisher: Publisher
    public: bool


router = APIRouter(tags=["log"], dependencies=[Depends(OfTheLog())])


@router.get(
    "/logs/{log}/checkpoint",
    operation_id="checkpoint",
    response_class=Response,
    responses=documented(None, _CODES)
    | {200: binary("text/plain", "The newest published checkpoint, a C2SP signed note.")},
)
def checkpoint(log: InPath, service: ServiceHere, if_none_match: Known = None) -> Response:
    """Give the newest published checkpoint."""
    return _note(_log(service, log), "checkpoint", if_none_match)


@router.get(
    "/logs/{log}/checkpoint.witnessed",
    operation_id="checkpoint_witnessed",
    response_class=Response,
    responses=documented(None, _CODES)
    | {200: binary("text/plain", "The newest checkpoint that a witness cosigned, a C2SP signed note.")},
)
def checkpoint_witnessed(log: InPath, service: ServiceHere, if_none_match: Known = None) -> Response:
    """Give the newest checkpoint that a witness cosigned; whose cosignatures count is for the reader's policy."""
    return _note(_log(service, log), "checkpoint.witnessed", if_none_match)


@router.get(
    "/logs/{log}/tile/{path:path}",
    operation_id="tile",
    response_class=Response,
    responses=documented(None, _CODES) | {200: binary(BYTES, "A hash tile or entry bundle; it never changes.")},
)
def tile(  # noqa: PLR0917  # path, and what a cache sends
    log: InPath, path: LongInPath, request: Request, service: ServiceHere, if_none_match: Known = None
) -> Response:
    """Give one tile: `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`, in the one spelling of its number."""
    published = _log(service, log)
    # What was decoded must be what was sent: no percent sign takes part in a tile's name.
    raw = bytes(request.scope.get("raw_path") or b"").decode("latin-1")
    if not raw.endswith(f"/tile/{path}"):
        raise Absent("service.not-found")
    name = parse_tile_path(f"tile/{path}")
    data = published.publisher.fetch(name)
    etag = hashlib.sha256(data).hexdigest()
    found = lasting(data, BYTES, etag=etag, known=if_none_match, public=published.public)
    found.headers["Accept-Ranges"] = "none"
    return found


def _note(published: _Published, name: str, known: str | None) -> Response:
    note = published.publisher.fetch(name)
    found = lasting(note, "text/plain; charset=utf-8", etag=hashlib.sha256(note).hexdigest(), known=known)
    found.headers["Cache-Control"] = "no-cache" if published.public else "private, no-cache"
    return found


def parse_tile_path(path: str) -> str:
    """Give the path of a tile if it is the one spelling of one.

    Raises:
        Absent: `service.not-found`, it is no tile's path.
    """
    found = _TILE.fullmatch(path)
    if not found:
        raise Absent("service.not-found")
    number = int(found[2].replace("/", "").replace("x", ""))
    width = int(found[3]) if found[3] else TILE_WIDTH
    try:
        own = bundle_path(number, width) if found[1] == "entries" else tile_path(int(found[1]), number, width)
    except InvalidInput as err:
        raise Absent("service.not-found") from err
    if own != path:
        raise Absent("service.not-found")
    return own


def _log(service: Service, log: str) -> _Published:
    if log == service.instance.log.name:
        return _Published(publisher=service.instance.log.publisher, public=not service.instance.private)
    access = service.access_log.own() if log == ACCESS_LOG else None
    if access is None:
        raise Absent("service.not-found")
    return _Published(publisher=access.log.publisher, public=False)
