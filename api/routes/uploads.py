"""Objects that are handed in by digest, whole or by uploads that resume.

    POST  /v1/uploads          {"sha256": …, "size": …}: 201, or 200 with the one that is under way
    PATCH /v1/uploads/{upload} the next bytes, from `Upload-Offset` on; 204 with where it stands now
    HEAD  /v1/uploads/{upload} where it stands: after a break go on from there
    PUT   /v1/objects/{sha256} a small one at once
    HEAD  /v1/objects/{sha256} whether it is here
    POST  /v1/attestations/{name}/parts   which of them are the parts of a session that was signed elsewhere

A block that breaks off is not taken. What is whole is hashed again; an object is kept once and never changed.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path, Request
from fastapi.responses import Response
from pydantic import Field

from api.auth import Ingests
from api.bodies import chunks_of
from api.caller import Caller
from api.near import require_near
from api.openapi import READ, WRITE, Responses, documented, take_request_body
from api.parameters import Known
from api.replies import NO_STORE, matches, reply
from api.schemas import Body
from api.service import Service, ServiceHere
from api.writing import WriterSlot
from attest.clock import ulid
from attest.errors import Absent, Refused
from attest.model.times import rfc3339_seconds
from attest.store.objects import MAX_OBJECT_BYTES
from attest.store.uploads import KEPT_S, Upload, begin_upload, end_upload, handed_in, upload_of
from attest.usecases.hand_in import hand_in, take_next
from attest.usecases.hand_in_parts import MAX_PARTS, NAME, PartsHandedIn, hand_in_parts

router = APIRouter(prefix="/v1", tags=["uploads"])
BLOCK: Final = "application/offset+octet-stream"
OBJECT: Final = "application/octet-stream"
_SHA256: Final = r"^[0-9a-f]{64}$"
_BASE64_OF_96: Final = r"^[A-Za-z0-9+/]{128}$"
_HANDED: Final = (*WRITE, "service.loopback-only", "service.digest", "store.away")
_FOUND: Final = (*READ, "service.not-found")
Sha256 = Annotated[str, Path(pattern=_SHA256, description="SHA-256 of the bytes, in hex.")]
Name = Annotated[str, Path(max_length=40)]


class UploadAsked(Body):
    """Bytes that are to come."""

    sha256: str = Field(pattern=_SHA256)
    size: int = Field(ge=1, le=MAX_OBJECT_BYTES)


class PartAsked(Body):
    """One part of a session, by its name in the list that was signed."""

    name: str = Field(pattern=NAME)
    object: str = Field(pattern=_SHA256, description="SHA-256 of its ciphertext, which was handed in.")


class PartsAsked(Body):
    """All parts of a session that was signed elsewhere, in the order of their list."""

    secret: str = Field(
        pattern=_BASE64_OF_96, description="The session's secret: 96 bytes in base64. It is kept wrapped."
    )
    parts: tuple[PartAsked, ...] = Field(min_length=1, max_length=MAX_PARTS, strict=False)


class UploadBody(Body):
    """An upload, and where it stands."""

    id: str
    sha256: str
    size: int
    offset: int = Field(description="So many bytes are here; go on from there.")
    expires_at: str = Field(description="Thrown away then, unless it is whole.")


async def _near(request: Request, service: ServiceHere) -> None:
    """Let in who may hand in bytes that nobody looks into.

    Raises:
        Refused: `service.loopback-only`.
    """
    if not service.config.objects_from_elsewhere:
        require_near(request)


async def _block(request: Request, service: ServiceHere) -> bytes:
    return b"".join([chunk async for chunk in chunks_of(request, service, service.config.block_bytes)])


Near = Depends(_near)
Block = Annotated[bytes, Depends(_block)]


def _head(of: str) -> Responses:
    headers = {of: {"schema": {"type": "string"}}}
    return {200: {"description": "It is here.", "headers": headers}}


@router.post(
    "/uploads",
    operation_id="begin_upload",
    status_code=201,
    dependencies=[Near],
    responses=documented(UploadBody, _HANDED, status=201)
    | {
        200: {"model": UploadBody, "description": "It is under way, or the object is here: `offset` is where to go on."}
    },
)
def begin(caller: Ingests, asked: UploadAsked, service: ServiceHere) -> Response:
    """Begin an upload of at most 64 MiB, or find the one that one began of the same bytes; it is kept for a day."""
    instance = service.instance
    now = int(instance.clock.now().timestamp())
    new = Upload(
        id=ulid("upl", instance.clock, instance.entropy),
        sha256=asked.sha256,
        size=asked.size,
        taken=0,
        by=_name(caller),
        expires_at=now + KEPT_S,
    )
    if handed_in(instance.engine, instance.scope, asked.sha256) == asked.size:
        found = reply(_body(new, asked.size))
        found.headers["Location"] = f"/v1/objects/{asked.sha256}"
        return found
    upload = begin_upload(instance.engine, instance.scope, new, now=now)
    found = reply(_body(upload, upload.taken), status=201 if upload.id == new.id else 200)
    found.headers["Location"] = f"/v1/uploads/{upload.id}"
    return found


@router.get("/uploads/{upload}", operation_id="upload", responses=documented(UploadBody, _FOUND))
def show(upload: Name, caller: Ingests, service: ServiceHere) -> Response:
    """Give one's upload and where it stands."""
    mine = _mine(service, upload, caller)
    found = reply(_body(mine, mine.taken))
    found.headers.update(_standing(mine))
    return found


@router.head(
    "/uploads/{upload}", operation_id="upload_offset", responses=documented(None, _FOUND) | _head("Upload-Offset")
)
def standing(upload: Name, caller: Ingests, service: ServiceHere) -> Response:
    """Say where one's upload stands."""
    return Response(status_code=200, headers={**NO_STORE, **_standing(_mine(service, upload, caller))})


@router.patch(
    "/uploads/{upload}",
    operation_id="add_to_upload",
    status_code=204,
    dependencies=[Near],
    responses=documented(None, (*_HANDED, "service.not-found", "service.offset", "service.media-type"))
    | {204: {"description": "Taken; `Upload-Offset` is where it stands, `Location` the object when it is whole."}},
    openapi_extra=take_request_body(BLOCK, "The next bytes, 8 MiB at most."),
)
def add(  # noqa: PLR0917  # whose, where, and what
    request: Request,
    upload: Name,
    caller: Ingests,
    block: Block,
    _slot: WriterSlot,
    service: ServiceHere,
    upload_offset: Annotated[int, Header(ge=0, le=MAX_OBJECT_BYTES, description="Where these bytes begin.")],
) -> Response:
    """Hand in the next bytes. The last make the object; when the whole is not what was announced it is thrown away."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != BLOCK:
        raise Refused("service.media-type", expected=BLOCK, got=media_type[:64])
    mine = _mine(service, upload, caller)
    now = take_next(service.instance, mine, block, at=upload_offset, most=service.config.objects_bytes)
    headers = {**NO_STORE, **_standing(now)}
    if now.taken == now.size:
        headers["Location"] = f"/v1/objects/{now.sha256}"
        service.events.info("object", bytes=now.size)
    return Response(status_code=204, headers=headers)


@router.delete(
    "/uploads/{upload}",
    operation_id="end_upload",
    status_code=204,
    responses=documented(None, (*WRITE, "service.not-found")),
)
def end(upload: Name, caller: Ingests, service: ServiceHere) -> Response:
    """Throw away an upload that is not whole."""
    end_upload(service.instance.engine, service.instance.scope, _mine(service, upload, caller))
    return Response(status_code=204, headers=NO_STORE)


@router.put(
    "/objects/{sha256}",
    operation_id="put_object",
    status_code=201,
    response_class=Response,
    dependencies=[Near],
    responses=documented(None, _HANDED)
    | {201: {"description": "It is kept."}, 200: {"description": "It was here before."}},
    openapi_extra=take_request_body(OBJECT, "The bytes, 8 MiB at most; larger ones by an upload."),
)
def put(sha256: Sha256, _caller: Ingests, block: Block, _slot: WriterSlot, service: ServiceHere) -> Response:
    """Keep bytes under their SHA-256; the same again changes nothing, and nothing can be put over them."""
    new = hand_in(service.instance, sha256, block, most=service.config.objects_bytes)
    service.events.info("object", bytes=len(block))
    return Response(status_code=201 if new else 200, headers={**NO_STORE, "ETag": _tag(sha256)})


@router.head("/objects/{sha256}", operation_id="object", responses=documented(None, _FOUND) | _head("ETag"))
def holds(
    sha256: Sha256,
    _caller: Ingests,
    service: ServiceHere,
    if_none_match: Known = None,
) -> Response:
    """Say whether an object was handed in here."""
    size = handed_in(service.instance.engine, service.instance.scope, sha256)
    if size is None:
        raise Absent("service.not-found")
    headers = {"ETag": _tag(sha256), "Cache-Control": "private, no-cache"}
    if matches(if_none_match, _tag(sha256)):
        return Response(status_code=304, headers=headers)
    return Response(status_code=200, headers={**headers, "Content-Length": str(size)}, media_type=OBJECT)


@router.post(
    "/attestations/{name}/parts",
    operation_id="add_parts",
    status_code=204,
    dependencies=[Near],
    responses=documented(
        None,
        (*_HANDED, "service.not-found", "erasure.erased", "redaction.quarantined", "redaction.failed", "store.missing"),
    )
    | {204: {"description": "They are here, and read as those of a session that was recorded here."}},
)
def add_parts(
    name: Annotated[str, Path(max_length=80)],
    _caller: Ingests,
    asked: PartsAsked,
    _slot: WriterSlot,
    service: ServiceHere,
) -> Response:
    """Say which objects are the parts of a session: opened, held to the signed list and scanned again before they are kept.

    10,000 at most, 64 MiB together.
    """
    handed = PartsHandedIn(
        secret=base64.b64decode(asked.secret), parts=tuple((part.name, part.object) for part in asked.parts)
    )
    if hand_in_parts(service.instance, name, handed):
        service.events.info("parts", id=name, count=len(handed.parts))
    return Response(status_code=204, headers=NO_STORE)


def _mine(service: Service, name: str, caller: Caller) -> Upload:
    instance = service.instance
    now = int(instance.clock.now().timestamp())
    return upload_of(instance.engine, instance.scope, name, by=_name(caller), now=now)


def _name(caller: Caller) -> str:
    return caller.principal.name


def _tag(sha256: str) -> str:
    return f'"sha256-{sha256}"'


def _standing(upload: Upload) -> dict[str, str]:
    return {"Upload-Offset": str(upload.taken), "Upload-Length": str(upload.size)}


def _body(upload: Upload, offset: int) -> UploadBody:
    return UploadBody(
        id=upload.id,
        sha256=upload.sha256,
        size=upload.size,
        offset=offset,
        expires_at=rfc3339_seconds(datetime.fromtimestamp(upload.expires_at, UTC)),
    )
