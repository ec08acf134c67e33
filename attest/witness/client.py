"""Asks a witness to cosign a head (C2SP tlog-witness client)."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, NotVerified
from attest.ledger.cosigned import Cosignature, cosignatures_on
from attest.ledger.note import parse_note
from attest.witness.bounded_http import TOTAL_S, parse_address, request
from attest.witness.request import encode_request
from attest.witness.rules import SIZE_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.ledger.witness_policy import Witness

MAX_ANSWER_BYTES: Final = 64 * 1024
TRIES: Final = 3
"""A witness that others feed too may have moved on between two tries."""
_SIZE: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


class WitnessAhead(CannotVerify):
    """The witness has cosigned a larger tree of this log than the one shown: ours may be an old copy."""

    def __init__(self, name: str, size: int, ours: int) -> None:
        super().__init__("witness.refused", expected=f"at least {size} entries", got=str(ours), where=name)
        self.size = size


def ask(  # the head, and how to prove it extends another
    witness: Witness,
    note: str,
    size: int,
    proof: Callable[[int], tuple[bytes, ...]],
    *,
    known: int = 0,
    total_s: float = TOTAL_S,
) -> Cosignature:
    """Get one verified cosignature on `note`, the log's signed head of `size`.

    `known` is the size this witness cosigned last, as far as the caller knows; `proof(old)` gives the consistency proof
    from `old`.

    Raises:
        WitnessAhead: the witness has cosigned a larger tree.
        NotVerified: `witness.refused`: it has cosigned another tree of this size, or finds that ours does not extend
            its own: one of the two is a fork.
        CannotVerify: `witness.refused` or `service.away`: it does not know the log, or gives no good answer.
    """
    address = parse_address(witness.url)
    old = min(known, size)
    for _ in range(TRIES):
        body = encode_request(old, proof(old), note)
        reply = request(address, "/add-checkpoint", most=MAX_ANSWER_BYTES, body=body, total_s=total_s)
        if reply.status == HTTPStatus.OK:
            return _verified(witness, note, reply.body)
        found = _SIZE.fullmatch(reply.body)
        if reply.status != HTTPStatus.CONFLICT or reply.content_type.partition(";")[0] != SIZE_TYPE or not found:
            raise _refusal(witness, reply.status)
        theirs = int(found[1])
        if theirs > size:
            raise WitnessAhead(witness.name, theirs, size)
        if theirs == old:
            raise _refusal(witness, HTTPStatus.CONFLICT)
        old = theirs
    raise CannotVerify("witness.refused", "the witness names another size each time", where=witness.name)


def _refusal(witness: Witness, status: int) -> AttestError:
    if status in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}:
        return NotVerified("witness.refused", "the witness cosigned another history of this log", where=witness.name)
    return CannotVerify("witness.refused", got=f"status {status}", where=witness.name)


def _verified(witness: Witness, note: str, lines: bytes) -> Cosignature:
    own = parse_note(note)
    try:
        answer = parse_note(own.text + "\n" + lines.decode())
    except (AttestError, UnicodeDecodeError) as err:
        raise CannotVerify("witness.refused", "the answer holds no signature lines", where=witness.name) from err
    found = cosignatures_on(own.text, answer.signatures, (witness.key,))
    if not found:
        raise CannotVerify("witness.refused", "no line of the answer holds under its key", where=witness.name)
    return found[0]
