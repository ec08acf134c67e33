"""What a bundle is asked about: an artifact, by its content or by its SHA-256 alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from attest.errors import InvalidInput

_CHUNK_BYTES = 1024 * 1024


class ByteSource(Protocol):
    """Gives bytes piece by piece."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactDigest:
    """Digests of one artifact; what is not known is None."""

    sha256: bytes
    sha384: bytes | None = None
    sha512: bytes | None = None
    content: bytes | None = None
    """The artifact itself, needed only where an Ed25519 key signed it directly."""

    def get(self, name: str) -> bytes | None:
        """Give the digest by its name (`sha256`, `sha384`, `sha512`); None when unknown."""
        return {"sha256": self.sha256, "sha384": self.sha384, "sha512": self.sha512}.get(name)


def artifact_of(content: bytes) -> ArtifactDigest:
    """Give the digests of an artifact that is in memory."""
    return ArtifactDigest(
        sha256=hashlib.sha256(content).digest(),
        sha384=hashlib.sha384(content).digest(),
        sha512=hashlib.sha512(content).digest(),
        content=content,
    )


def artifact_from(source: ByteSource) -> ArtifactDigest:
    """Give the digests of an artifact too large for memory; its content is not kept."""
    digests = (hashlib.sha256(), hashlib.sha384(), hashlib.sha512())
    while chunk := source.read(_CHUNK_BYTES):
        for each in digests:
            each.update(chunk)
    return ArtifactDigest(sha256=digests[0].digest(), sha384=digests[1].digest(), sha512=digests[2].digest())


def parse_artifact_digest(text: str) -> ArtifactDigest:
    """Read `sha256:<64 hex>`.

    Raises:
        InvalidInput: `input.malformed`: any other form.
    """
    name, _, value = text.partition(":")
    if name != "sha256" or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise InvalidInput("input.malformed", "an artifact digest is sha256: and 64 lower-case hex digits")
    return ArtifactDigest(sha256=bytes.fromhex(value))
