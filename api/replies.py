"""Responses with the right cache headers: what can never change is kept for a year, everything else not at all."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from fastapi.responses import JSONResponse, Response

if TYPE_CHECKING:
    from api.schemas import Body

NO_STORE: Final = {"Cache-Control": "no-store"}
IMMUTABLE: Final = "private, max-age=31536000, immutable"
PUBLIC_IMMUTABLE: Final = "public, max-age=31536000, immutable"


def reply(body: Body, *, status: int = 200) -> Response:
    """Give a JSON body that nobody keeps."""
    return JSONResponse(body.model_dump(mode="json"), status_code=status, headers=NO_STORE)


def lasting(content: bytes, media_type: str, *, etag: str, known: str | None, public: bool = False) -> Response:
    """Give bytes that never change; `known` is the request's If-None-Match."""
    tag = f'"sha256-{etag}"'
    headers = {"Cache-Control": PUBLIC_IMMUTABLE if public else IMMUTABLE, "ETag": tag}
    if matches(known, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def lasting_body(body: Body, *, known: str | None) -> Response:
    """Give a JSON body that is the same for ever, as far as the caller may see it."""
    content = json.dumps(body.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":")).encode()
    return lasting(content, "application/json", etag=hashlib.sha256(content).hexdigest(), known=known)


def matches(known: str | None, tag: str) -> bool:
    """Tell whether an If-None-Match names a tag, or anything (`*`)."""
    return known is not None and bool({"*", tag} & {value.strip().removeprefix("W/") for value in known.split(",")})
