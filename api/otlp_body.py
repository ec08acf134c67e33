"""Bodies of OTLP exporters: JSON, as it is or compressed with gzip, within limits of both sizes."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends, Request

from api.bodies import chunks_of
from api.service import ServiceHere
from attest.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from api.service import Service

JSON: Final = "application/json"
_GZIP_WINDOW: Final = 31


async def export_body(request: Request, service: ServiceHere) -> bytes:
    """Give the whole body of an export, uncompressed.

    Raises:
        Refused: `service.media-type`, it is not JSON or compressed in another way; `service.timeout`.
        InvalidInput: `input.too-large`, before or after it is uncompressed; `input.malformed`, it is no gzip.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON:
        raise Refused("service.media-type", expected=JSON, got=media_type[:64])
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", ""):
        raise Refused("service.media-type", "the body is compressed in a way that is not read", expected="gzip")
    if encoding == "gzip":
        return await _inflated(request, service)
    return b"".join([chunk async for chunk in chunks_of(request, service, service.config.otlp_bytes)])


async def _inflated(request: Request, service: Service) -> bytes:
    limit = service.config.otlp_bytes
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    found = bytearray()
    try:
        async for chunk in chunks_of(request, service, limit):
            found += inflater.decompress(chunk, limit - len(found) + 1)
            if len(found) > limit or inflater.unconsumed_tail:
                raise InvalidInput("input.too-large", "the body, uncompressed", expected=f"<= {limit} bytes")
    except zlib.error as err:
        raise InvalidInput("input.malformed", "the body is not gzip") from err
    if not inflater.eof or inflater.unused_data:
        raise InvalidInput("input.malformed", "the body is not one whole gzip member")
    return bytes(found)


ExportBody = Annotated[bytes, Depends(export_body)]
