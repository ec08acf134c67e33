"""What a witness answers (C2SP tlog-witness), decided from the request and the head it cosigned last. Pure.

The order is the specification's: 400 malformed, 404 unknown origin, 403 no known key signed, 400 the old size exceeds
the new, 409 the old size is not the one cosigned last, 409 the same size with another root, 422 the proof fails.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput, NotVerified
from attest.ledger.proof import verify_consistency
from attest.ledger.tree import EMPTY_ROOT
from attest.witness.request import AddCheckpoint, parse_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attest.ledger.note import NoteKey

SIZE_TYPE: Final = "text/x.tlog.size"
TEXT_TYPE: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The head of one log that was cosigned last."""

    origin: str
    size: int
    root: bytes
    at: int
    """Time of the cosignature, seconds since the epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that is not a cosignature."""

    status: HTTPStatus
    body: bytes = b""
    content_type: str = TEXT_TYPE
    suspicious: AddCheckpoint | None = None
    """The request, where the log signed it and it contradicts what was cosigned, or was not shown to extend it."""


def read_request(body: bytes, logs: Mapping[str, tuple[NoteKey, ...]]) -> AddCheckpoint | Answer:
    """Read a request, and say that a known log signed its checkpoint: 400, 404, 403."""
    try:
        request = parse_request(body)
    except InvalidInput as err:
        return _refused(HTTPStatus.BAD_REQUEST, err.what)
    keys = logs.get(request.head.origin)
    if keys is None:
        return _refused(HTTPStatus.NOT_FOUND, "this witness does not know the log")
    text = request.note.text.encode()
    signed = any(
        (line.name, line.key_id) == (key.name, key.key_id) and key.is_signature_of(text, line.signature)
        for line in request.note.signatures
        for key in keys
    )
    return request if signed else _refused(HTTPStatus.FORBIDDEN, "no key that is known for the log signed this")


def judge(request: AddCheckpoint, latest: Callable[[str], Seen | None]) -> Answer | None:
    """Give the refusal of a request that a known log signed, or None where it may be cosigned."""
    head = request.head
    if request.old_size > head.size:
        return _refused(HTTPStatus.BAD_REQUEST, "the old size exceeds the new one")
    seen = latest(head.origin)
    size, root = (seen.size, seen.root) if seen else (0, EMPTY_ROOT)
    if request.old_size != size:
        return _conflict(size, None)
    # Before anything was cosigned, size 0 is a number only: no root belongs to it but that of the empty tree.
    if size == head.size and not hmac.compare_digest(root, head.root):
        return _conflict(size, request)
    try:
        verify_consistency(size, root, head.size, head.root, request.proof)
    except NotVerified as err:
        answer = _refused(HTTPStatus.UNPROCESSABLE_ENTITY, err.what)
        return Answer(status=answer.status, body=answer.body, suspicious=request)
    return None


def _conflict(size: int, suspicious: AddCheckpoint | None) -> Answer:
    return Answer(status=HTTPStatus.CONFLICT, body=b"%d\n" % size, content_type=SIZE_TYPE, suspicious=suspicious)


def _refused(status: HTTPStatus, why: str) -> Answer:
    return Answer(status=status, body=why.encode() + b"\n")
