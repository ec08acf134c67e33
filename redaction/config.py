"""What a caller decides about a redaction: limits, known identities, disabled recognisers, allow rules."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from redaction.blobs import Images
from redaction.errors import ConfigRefused
from redaction.fields import FieldPolicy

RECORD_LIMIT_BYTES = 8 * 1024 * 1024
CHUNK_BYTES = 4 * 1024 * 1024
MIN_KEY_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what one redaction may take."""

    record_bytes: int = RECORD_LIMIT_BYTES
    """A longer line is replaced by a marker and counted as dropped."""
    depth: int = 200
    """A record nested deeper is treated as one plain text."""
    chunk_bytes: int = CHUNK_BYTES
    """Output is scanned again in chunks of about this size; a single longer line is its own chunk."""
    values: int = 200_000
    """Most distinct found values in one session."""
    value_bytes: int = 32 * 1024 * 1024
    """Most bytes that distinct found values may take together."""
    report_spans: int = 10_000
    """Most spans listed in the report; the counts are always whole."""
    scan_timeout_s: float = 120.0
    """Longest time for one call of the second engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowRule:
    """Lets one rule of the second scan pass at matching places; every use is counted in the report."""

    rule: str
    """Exact name of the second-scan rule."""
    place_pattern: str
    """Shell-style pattern over the place, for example `record 12*`."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Names known beforehand to point to a person: always replaced, wherever they stand as whole words."""

    names: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Identities(...)"

    def entries(self) -> tuple[tuple[str, str], ...]:
        """Give (entity, value) pairs, sorted, without the ones too short to be told from ordinary text."""
        pairs = {("PERSON", v) for v in self.names if len(v) >= MIN_IDENTITY}
        pairs |= {("USER", v) for v in self.users if len(v) >= MIN_IDENTITY}
        pairs |= {("EMAIL_ADDRESS", v) for v in self.emails if len(v) >= MIN_IDENTITY}
        pairs |= {("HOST", v) for v in self.hosts if len(v) >= MIN_IDENTITY}
        return tuple(sorted(pairs))


MIN_IDENTITY = 3
"""Characters: a shorter identity is left out, since it would match ordinary text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that changes what a redaction does; its digest goes into the report."""

    fields: FieldPolicy = field(default_factory=FieldPolicy.scan_all)
    limits: Limits = field(default_factory=Limits)
    disabled: frozenset[str] = frozenset()
    """Names of first-pass recognisers or groups to leave out. The second scan stays whole."""
    allow: tuple[AllowRule, ...] = ()
    images: Images = Images.DROP
    """What becomes of images and other binary data; what is kept, no scan has seen."""
    cache_dir: Path | None = None
    """Where compiled rules may be kept (directory of the caller, mode 0700); None keeps none on disk."""

    def __post_init__(self) -> None:
        for rule in self.allow:
            if not rule.reason.strip():
                raise ConfigRefused("allow", "an allow rule needs a reason")
        for name in ("record_bytes", "depth", "chunk_bytes", "values", "value_bytes"):
            if getattr(self.limits, name) <= 0:
                raise ConfigRefused(f"limits.{name}", "must be positive")

    def digest(self) -> str:
        """Give the SHA-256 of everything that matters to the output (not of where caches are kept)."""
        content = {
            "fields": self.fields.describe(),
            "limits": asdict(self.limits),
            "disabled": sorted(self.disabled),
            "allow": [asdict(rule) for rule in self.allow],
            "images": self.images.value,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
