"""The body of `add-checkpoint`: the size cosigned last, the proof from it, and the log's signed checkpoint. Pure."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, InvalidInput
from attest.ledger.checkpoint import Checkpoint, parse_checkpoint
from attest.ledger.note import MAX_NOTE_BYTES, SignedNote, parse_note
from attest.ledger.tree import HASH_BYTES, MAX_TREE_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_PROOF_LINES: Final = 63
MAX_REQUEST_BYTES: Final = MAX_NOTE_BYTES + (MAX_PROOF_LINES + 2) * 48
"""A note, 63 hashes in base64 and the line of the old size."""
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """One request, taken apart; nothing in it is verified."""

    old_size: int
    proof: tuple[bytes, ...]
    head: Checkpoint
    note: SignedNote


def encode_request(old_size: int, proof: Sequence[bytes], note: str) -> bytes:
    """Give the body that asks a witness to cosign `note`."""
    hashes = [base64.b64encode(one).decode() for one in proof]
    return ("\n".join((f"old {old_size}", *hashes, "", "")) + note).encode()


def parse_request(body: bytes) -> AddCheckpoint:
    """Read a request strictly.

    Raises:
        InvalidInput: `input.malformed` or `input.too-large`: a witness answers 400.
    """
    if len(body) > MAX_REQUEST_BYTES:
        raise InvalidInput("input.too-large", expected=f"up to {MAX_REQUEST_BYTES} bytes")
    before, blank, rest = body.partition(b"\n\n")
    try:
        first, *hashes = before.decode("ascii").split("\n")
        note = parse_note(rest)
        head = parse_checkpoint(note.text)
    except (UnicodeDecodeError, AttestError) as err:
        raise InvalidInput("input.malformed", "the request holds no signed checkpoint") from err
    old = _OLD.fullmatch(first)
    if not blank or not old or int(old[1]) > MAX_TREE_SIZE or len(hashes) > MAX_PROOF_LINES:
        raise InvalidInput("input.malformed", "the request is of no known form", expected="old SIZE, up to 63 hashes")
    return AddCheckpoint(old_size=int(old[1]), proof=tuple(_hash(line) for line in hashes), head=head, note=note)


def _hash(line: str) -> bytes:
    try:
        raw = base64.b64decode(line, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != HASH_BYTES or base64.b64encode(raw).decode() != line:
        raise InvalidInput("input.malformed", "a line of the proof is no hash", expected="32 bytes in base64")
    return raw
