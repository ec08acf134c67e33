"""What a caller decides about a redaction: limits, known identities, disabled recognisers, allow rules."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from redaction.blobs import Images
from redaction.child import WorkerLimits
from redaction.errors import ConfigRefused
from redaction.fields import FieldPolicy
from redaction.ner_manifest import SMALL_SHA256
from redaction.ner_model import SMALL, NerSetting
from redaction.rules import Rule

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
    profile: str = "code"
    """Name of the profile it was made from, for the report: what it does is in the other members."""
    ner: NerSetting = field(default_factory=NerSetting)
    """Which language model looks for names in the prose fields."""
    names_by_model: bool = False
    """Whether the model's word for a name is enough where nothing around it says the same."""
    ner_labels: tuple[tuple[str, str], ...] = ()
    """(label of the model, entity) of what is replaced besides persons."""
    rules: tuple[Rule, ...] = ()
    """Rules of the operator and of the profile, besides the built-in ones."""
    denied: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """(entity, value): words of deny lists, treated like known identities."""
    refuse_dropped: bool = False
    """Whether a record over the size limit ends the redaction, instead of being dropped and counted."""
    worker: WorkerLimits | None = None
    """Bounds on a process of its own for each session; None redacts in the caller's process. The output is the same."""
    cache_dir: Path | None = None
    """Where compiled rules may be kept (directory of the caller, mode 0700); None keeps none on disk."""
    lines_dir: Path | None = None
    """Where it may be kept which lines were seen (see `redaction.line_store`); only sensible where the key comes again."""

    def __post_init__(self) -> None:
        for rule in self.allow:
            if not rule.reason.strip():
                raise ConfigRefused("allow", "an allow rule needs a reason")
        for name in ("record_bytes", "depth", "chunk_bytes", "values", "value_bytes"):
            if getattr(self.limits, name) <= 0:
                raise ConfigRefused(f"limits.{name}", "must be positive")

    def digest(self, key: bytes | None = None) -> str:
        """Give the SHA-256 of everything that matters to the output (not of where caches are kept).

        Words of deny lists enter it under `key` only, and without one only their number: a plain digest of a short list
        could be guessed.
        """
        denied = hmac.new(key, repr(self.denied).encode(), hashlib.sha256).hexdigest() if key else len(self.denied)
        content = {
            "fields": self.fields.describe(),
            "limits": asdict(self.limits),
            "disabled": sorted(self.disabled),
            "allow": [asdict(rule) for rule in self.allow],
            "images": self.images.value,
            "profile": self.profile,
            "refuse_dropped": self.refuse_dropped,
            "ner": [SMALL_SHA256 if self.ner.model == SMALL else self.ner.sha256, self.names_by_model, self.ner_labels],
            "rules": [[rule.name, rule.entity, rule.pattern, rule.capture] for rule in self.rules],
            "denied": denied if self.denied else 0,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
