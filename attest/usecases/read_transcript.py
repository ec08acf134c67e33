"""A run of bytes of a redacted transcript: only the parts that hold it are opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.store import attestations
from attest.usecases.read_parts import open_parts

if TYPE_CHECKING:
    from attest.usecases.instance import Instance

PREFIX: Final = "transcript/"


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptRun:
    """Some bytes of a transcript; hostile, and cut wherever the run ends."""

    start: int
    end: int
    total: int
    data: bytes


def read_transcript(instance: Instance, attestation: str, *, start: int, count: int) -> TranscriptRun:
    """Give up to `count` bytes from `start` on; beyond the end the run is empty.

    Raises:
        Absent, CannotVerify, NotVerified: as for `open_parts`.
    """
    parts = attestations.parts_of(instance.engine, instance.scope, attestation)
    wanted: list[str] = []
    at = first = 0
    for part in parts:
        if not part.name.startswith(PREFIX):
            continue
        if at < start + count and at + part.size > start:
            first = first if wanted else at
            wanted.append(part.name)
        at += part.size
    total = at
    opened = open_parts(instance, attestation, lambda name: name in wanted) if wanted else {}
    joined = b"".join(opened[name] for name in wanted)
    begin = min(start, total)
    data = joined[begin - first :][:count] if wanted else b""
    return TranscriptRun(start=begin, end=begin + len(data), total=total, data=data)
