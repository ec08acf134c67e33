"""Problems (RFC 9457): the one place where an error of ours becomes an HTTP status and a body.

What is not there and what is not the asker's give the same body. No body holds words of a transcript: errors do not.
"""

from __future__ import annotations

from typing import Final

from fastapi.responses import JSONResponse

from api.schemas import Problem
from attest.catalogue import CATALOGUE
from attest.errors import (
    Absent,
    AttestError,
    CannotVerify,
    Conflict,
    InvalidInput,
    NotVerified,
    Quarantined,
    Refused,
)

MEDIA_TYPE: Final = "application/problem+json"
TYPE_BASE: Final = "https://whereof.dev/problems/"
RETRY_AFTER_S: Final = 5

_BY_CODE: Final = {
    "input.too-large": 413,
    "input.unknown-format": 422,
    "ledger.range": 404,
    "service.unauthenticated": 401,
    "service.forbidden": 403,
    "service.no-right": 403,
    "service.purpose": 403,
    "service.loopback-only": 403,
    "service.not-acceptable": 406,
    "service.method": 405,
    "service.media-type": 415,
    "service.timeout": 408,
    "service.too-many": 429,
    "service.rate": 429,
    "service.target": 422,
    "service.key-reused": 422,
    "service.in-flight": 409,
    "service.digest": 422,
    "service.offset": 409,
    "service.ending": 503,
    "service.internal": 500,
    "identity.token": 401,
    "identity.sign-in": 401,
    "identity.no-role": 403,
    "service.access-log": 503,
    "service.kept-apart": 409,
    "service.pending": 400,
    "service.code": 400,
    "service.slow-down": 400,
    "evidence.statement": 422,
    "evidence.unsupported": 422,
    "evidence.untrusted": 422,
    "evidence.revoked": 422,
    "erasure.held": 409,
    "erasure.done": 409,
    "erasure.erased": 410,
    "erasure.not-approved": 403,
    "store.away": 503,
    "store.busy": 503,
}
_RETRYABLE: Final = frozenset(
    {
        "key.expired",
        "key.unavailable",
        "service.too-many",
        "service.rate",
        "service.in-flight",
        "service.ending",
        "service.timeout",
        "service.internal",
        "program.clock",
        "ledger.conflict",
        "store.away",
        "store.busy",
        "store.full",
        "store.lost",
        "store.stopped",
    }
)
_OAUTH: Final = {
    "service.pending": "authorization_pending",
    "service.slow-down": "slow_down",
    "service.code": "expired_token",
}
"""The words of RFC 8628 (3.5) for what a command line that signs in is told."""
_KEPT: Final = ("Cache-Control", "WWW-Authenticate", "Retry-After")


class Ambiguous(Conflict):
    """A prefix that several commits share; carries the candidates."""

    def __init__(self, candidates: tuple[str, ...]) -> None:
        self.candidates = candidates
        super().__init__("input.ambiguous", got=f"{len(candidates)} candidates")


def status_of(error: AttestError) -> int:
    """Give the HTTP status of an error."""
    by_code = _BY_CODE.get(error.code)
    if by_code is not None:
        return by_code
    match error:
        case InvalidInput():
            return 400
        case Absent():
            return 404
        case Conflict():
            return 409
        case NotVerified() | Quarantined():
            return 422
        case CannotVerify() | Refused():
            return 503
        case _:
            return 500


def problem_of(error: AttestError, request_id: str) -> Problem:
    """Give the body of an error."""
    absent = isinstance(error, Absent) and error.code == "service.not-found"
    return Problem(
        type=TYPE_BASE + error.code,
        title=error.title,
        status=status_of(error),
        # Whatever was asked for, a thing that is not there is described in the same words.
        detail=error.title if absent else error.what,
        instance=request_id,
        code=error.code,
        hint=CATALOGUE[error.code].remedy if absent else error.hint,
        retryable=error.code in _RETRYABLE,
        expected=(error.expected or None) if not absent else None,
        got=(error.got or None) if not absent else None,
        where=(error.where or None) if not absent else None,
        error=_OAUTH.get(error.code),
        candidates=error.candidates if isinstance(error, Ambiguous) else None,
    )


def headers_of(status: int) -> dict[str, str]:
    """Give the headers of any failure, page or problem: when to come again is one of them where that may help."""
    return {"Cache-Control": "no-store"} | ({"Retry-After": str(RETRY_AFTER_S)} if status in {429, 503} else {})


def problem_response(error: AttestError, request_id: str) -> JSONResponse:
    """Give the response of an error."""
    body = problem_of(error, request_id)
    headers = headers_of(body.status)
    if body.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="whereof"'
    content = body.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, status_code=body.status, headers=headers, media_type=MEDIA_TYPE)


def plain_response(error: AttestError, request_id: str) -> JSONResponse:
    """Give the response of an error in the form that Sigstore's own clients read: `code` is a number, `message` words."""
    body, problem = problem_of(error, request_id), problem_response(error, request_id)
    headers = {name: problem.headers[name] for name in _KEPT if name in problem.headers}
    place = f" at {body.where}" if body.where else ""
    content = {"code": body.status, "message": f"{body.detail}{place} [{error.code}]"}
    return JSONResponse(content, status_code=body.status, headers=headers)
