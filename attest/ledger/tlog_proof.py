"""The proof that an entry is in a log, as one text (C2SP tlog-proof): index, path and the checkpoint it leads to.

Who pins the log's key, and has the entry, verifies it offline. The text goes by the extension `.tlog-proof`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from attest.errors import InvalidInput, NotVerified
from attest.ledger.checkpoint import Checkpoint, open_c2sp_note
from attest.ledger.note import NoteKey
from attest.ledger.proof import verify_inclusion
from attest.ledger.tree import HASH_BYTES, MAX_TREE_SIZE

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_HASHES: Final = 63
"""A tree of the largest size is that high."""
MAX_PROOF_CHARS: Final = 128 * 1024
"""The path, and a checkpoint with many cosignatures."""
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
_MALFORMED: Final = "evidence.malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """One proof. Whether it holds says `verify_tlog_proof`."""

    index: int
    hashes: tuple[bytes, ...]
    """Leaf to root."""
    note: str
    """The checkpoint as the log signed it, with cosignatures."""
    extra: bytes | None = None
    """Opaque and not authenticated; ours have none."""

    def encode(self) -> str:
        """Give the text."""
        extra = () if self.extra is None else (f"extra {base64.b64encode(self.extra).decode()}",)
        path = (base64.b64encode(value).decode() for value in self.hashes)
        return "\n".join((HEADER, *extra, f"index {self.index}", *path, "", self.note))


def parse_tlog_proof(text: str) -> TlogProof:
    """Read a proof strictly: one text per value. The note in it is not parsed.

    Raises:
        NotVerified: it is no such proof (`evidence.malformed`).
    """
    if len(text) > MAX_PROOF_CHARS:
        raise NotVerified(_MALFORMED, "the proof is too large", expected=f"up to {MAX_PROOF_CHARS} characters")
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines.pop(0) != HEADER:
        raise NotVerified(_MALFORMED, "this is not a tlog-proof", expected=HEADER)
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = _unbase64(lines.pop(0).removeprefix("extra "))
    found = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if not found or int(found[1]) >= MAX_TREE_SIZE or len(lines) > MAX_HASHES:
        raise NotVerified(_MALFORMED, "the proof's index or path is malformed")
    hashes = tuple(_unbase64(line) for line in lines)
    if any(len(value) != HASH_BYTES for value in hashes):
        raise NotVerified(_MALFORMED, "a hash of the path has the wrong length", expected=f"{HASH_BYTES} bytes")
    return TlogProof(index=int(found[1]), hashes=hashes, note=note, extra=extra)


def verify_tlog_proof(
    proof: TlogProof, leaf_hash: bytes, key: NoteKey, witnesses: Sequence[NoteKey] = ()
) -> tuple[Checkpoint, tuple[NoteKey, ...]]:
    """Check that a leaf is where the proof says, in a tree that the log signed; gives the head and whose keys signed.

    Not checked: that enough witnesses signed, which is for the caller's policy, and what `extra` says.

    Raises:
        NotVerified: the path, or the log's signature, does not hold.
        CannotVerify: `evidence.untrusted`, the checkpoint is another log's.
    """
    head, opened = open_c2sp_note(proof.note, key, witnesses)
    verify_inclusion(leaf_hash, proof.index, head.size, proof.hashes, head.root)
    return head, tuple(opened.verified)


def tlog_proof(index: int, hashes: Sequence[bytes], note: str) -> str:
    """Give the text of a proof that was just made.

    Raises:
        InvalidInput: it would not be read back the same.
    """
    proof = TlogProof(index=index, hashes=tuple(hashes), note=note)
    text = proof.encode()
    try:
        same = parse_tlog_proof(text) == proof
    except NotVerified as err:
        raise InvalidInput("input.malformed", "this is not a proof", got=err.what) from err
    if not same:
        raise InvalidInput("input.malformed", "this is not a proof")
    return text


def _unbase64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as err:
        raise NotVerified(_MALFORMED, "a line of the proof is not base64") from err
    if base64.b64encode(data).decode() != text:
        raise NotVerified(_MALFORMED, "a line of the proof is not the base64 of its bytes")
    return data
