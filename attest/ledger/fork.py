"""Proof that a log has signed two histories: two notes of it, and what shows that they contradict each other. Pure.

Two notes of one size with different roots contradict each other by themselves. For notes of two sizes the proof shows,
from the larger tree, the root that its first `small` leaves have, and that this is not the root signed for them.
Whoever pins the log's key can check it; nobody's word is needed.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from typing import Final

from attest.canonical import canonical_json
from attest.errors import AttestError, InvalidInput, NotVerified
from attest.ledger.checkpoint import Checkpoint, open_c2sp_note
from attest.ledger.note import MAX_NOTE_BYTES, decode_vkey
from attest.ledger.proof import ReadNode, consistency_proof, range_root, verify_consistency
from attest.ledger.tree import HASH_BYTES

FORK_TYPE: Final = "https://whereof.dev/fork-proof/v1"
MAX_FORK_BYTES: Final = 4 * MAX_NOTE_BYTES
_MAX_HASHES: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkProof:
    """Two signed notes of one log that contradict each other."""

    vkey: str
    """C2SP verifier key of the log; whose it is must be known from elsewhere."""
    small: str
    """The note of the smaller tree, or of one of two trees of one size."""
    large: str
    prefix_root: bytes
    """Root that the first leaves of the larger tree have; for one size, the larger note's own root."""
    consistency: tuple[bytes, ...]
    """RFC 6962 consistency proof from (small size, `prefix_root`) to the larger head; empty for one size."""

    def encode(self) -> bytes:
        """Give the proof as a file: canonical JSON."""
        return canonical_json(
            {
                "type": FORK_TYPE,
                "log": self.vkey,
                "notes": [self.small, self.large],
                "prefixRoot": base64.b64encode(self.prefix_root).decode(),
                "consistency": [base64.b64encode(one).decode() for one in self.consistency],
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """A fork that was proved."""

    origin: str
    small: Checkpoint
    large: Checkpoint


def prove_fork(vkey: str, notes: tuple[str, str], read: ReadNode) -> ForkProof:
    """Make the proof from two notes, the larger last; `read` gives perfect subtrees of the larger tree.

    Raises:
        NotVerified: the notes do not contradict each other, or what `read` gives is not the larger tree.
    """
    key = decode_vkey(vkey)
    small, large = (open_c2sp_note(note, key)[0] for note in notes)
    root: bytes = large.root
    proof: tuple[bytes, ...] = ()
    if small.size < large.size:
        root, proof = range_root(0, small.size, read), consistency_proof(small.size, large.size, read)
    made = ForkProof(vkey=vkey, small=notes[0], large=notes[1], prefix_root=root, consistency=proof)
    check_fork(made)
    return made


def check_fork(proof: ForkProof) -> Fork:
    """Say that a log has forked, from nothing but the proof and the key in it.

    1. Both notes are signed by the key.
    2. The prefix root is that of the larger tree's first leaves: the consistency proof leads to its signed root.
    3. It is not the root that was signed for so many leaves.

    Raises:
        NotVerified: any of it does not hold: this proves nothing.
        CannotVerify: a note is not of this log.
    """
    key = decode_vkey(proof.vkey)
    small, large = (open_c2sp_note(note, key)[0] for note in (proof.small, proof.large))  # 1
    if not 0 < small.size <= large.size:
        raise NotVerified("evidence.checkpoint", "the notes are not in the order of their sizes")
    verify_consistency(small.size, proof.prefix_root, large.size, large.root, proof.consistency)  # 2
    if hmac.compare_digest(small.root, proof.prefix_root):  # 3
        raise NotVerified("evidence.checkpoint", "the two heads do not contradict each other")
    return Fork(origin=key.name, small=small, large=large)


def parse_fork(data: bytes) -> ForkProof:
    """Read a fork proof; nothing in it is checked yet, see `check_fork`.

    Raises:
        InvalidInput: `input.malformed` or `input.too-large`.
    """
    if len(data) > MAX_FORK_BYTES:
        raise InvalidInput("input.too-large", expected=f"up to {MAX_FORK_BYTES} bytes")
    try:
        value = json.loads(data)
        match value:
            case {
                "type": "https://whereof.dev/fork-proof/v1",
                "log": str(vkey),
                "notes": [str(small), str(large)],
                "prefixRoot": str(root),
                "consistency": [*hashes],
                **rest,
            } if not rest and len(hashes) <= _MAX_HASHES:
                return ForkProof(
                    vkey=vkey,
                    small=small,
                    large=large,
                    prefix_root=_hash(root),
                    consistency=tuple(_hash(one) for one in hashes),
                )
    except (ValueError, RecursionError, AttestError) as err:
        raise InvalidInput("input.malformed", "this is no fork proof") from err
    raise InvalidInput("input.malformed", "this is no fork proof")


def _hash(text: object) -> bytes:
    raw = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    if len(raw) != HASH_BYTES:
        raise ValueError
    return raw
