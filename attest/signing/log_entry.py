"""A transparency log entry as a bundle carries it: values and limits. Nothing in it is verified."""

from __future__ import annotations

from dataclasses import dataclass

MAX_BODY_BYTES = 1024 * 1024
MAX_PROOF_HASHES = 64
"""A tree of 2**64 leaves has proofs no longer than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """Where an entry stands in a tree, and what the log signed about that tree."""

    index: int
    size: int
    root: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One transparency log entry as a bundle carries it."""

    index: int
    log_id: bytes
    kind: str
    version: str
    integrated_time: int | None
    """Seconds since the epoch; None when absent or 0. Only a verified SET makes it a time."""
    set_signature: bytes | None
    proof: InclusionProof | None
    body: bytes
