"""Checkpoints with cosignatures of witnesses (C2SP tlog-cosignature): added line by line, opened under pinned keys.

A cosignature says: at this time, by the witness's clock, this was the largest tree it had seen of this log, and it
extends every one that it cosigned before. That it is told to enough of them is for a quorum, see `witness_policy`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attest.errors import NotVerified
from attest.ledger.checkpoint import Checkpoint, open_c2sp_note
from attest.ledger.note import (
    MAX_SIGNATURES,
    NoteAlgorithm,
    NoteKey,
    NoteSignature,
    cosigned_at,
    decode_vkey,
    parse_note,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """One verified cosignature."""

    key: NoteKey
    at: int
    """Seconds since the epoch, by the witness's clock; signed by it."""
    line: str
    """The signature line as it stands in the note, with its newline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignedHead:
    """A head that its log signed, and the cosignatures on it by pinned witnesses."""

    head: Checkpoint
    cosignatures: tuple[Cosignature, ...]


def witness_key(vkey: str) -> NoteKey:
    """Read the C2SP verifier key of a witness (type 0x04).

    Raises:
        InvalidInput: it is malformed or of another kind.
    """
    return decode_vkey(vkey, NoteAlgorithm.COSIGNATURE_V1)


def open_cosigned(note: str | bytes, log: NoteKey, witnesses: Sequence[NoteKey]) -> CosignedHead:
    """Open a C2SP note under the log's key and those of pinned witnesses; lines of others count for nothing.

    Raises:
        NotVerified: malformed, of another origin, or a line of a pinned key does not hold.
        CannotVerify: the note is another log's (`evidence.untrusted`).
    """
    head, _ = open_c2sp_note(note, log, witnesses)
    text = parse_note(note).text
    return CosignedHead(head=head, cosignatures=cosignatures_on(text, parse_note(note).signatures, witnesses))


def cosignatures_on(text: str, lines: Sequence[NoteSignature], witnesses: Sequence[NoteKey]) -> tuple[Cosignature, ...]:
    """Give the newest cosignature of each witness that holds over `text`; whatever does not hold is left out."""
    newest: dict[NoteKey, Cosignature] = {}
    message = text.encode()
    for line in lines:
        for key in witnesses:
            if (line.name, line.key_id) != (key.name, key.key_id) or not key.is_signature_of(message, line.signature):
                continue
            found = Cosignature(key=key, at=cosigned_at(line.signature), line=line.encode())
            if key not in newest or newest[key].at < found.at:
                newest[key] = found
    return tuple(newest.values())


def with_lines(note: str, lines: Sequence[str]) -> str:
    """Give a note with signature lines added that it has not yet.

    Raises:
        NotVerified: the result is no note, or has too many lines.
    """
    have = note.partition("\n\n")[2].splitlines(keepends=True)
    grown = note + "".join(dict.fromkeys(line for line in lines if line not in have))
    if len(parse_note(grown).signatures) > MAX_SIGNATURES:
        raise NotVerified("evidence.malformed", "the note has too many signatures")
    return grown
