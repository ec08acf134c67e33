"""What to put into an evidence bundle, and where: what was selected, why, and which form the texts have."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from attest import __version__
from attest.canonical import canonical_json
from attest.errors import InvalidInput
from attest.evidence.bag.volumes import MAX_VOLUMES, MIN_SLICE_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attest.evidence.bundle.question import Question

MAX_REASON_CHARS: Final = 1000
Redaction = Literal["kept", "strict"]
"""Texts as they are kept, or derived copies that were redacted once more by the profile `strict`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRequest:
    """What to put into a bundle, and where."""

    question: Question
    since: int | None = None
    """Of an interval: seconds since the epoch; None means from the beginning."""
    until: int | None = None
    parts: bool = False
    redaction: Redaction = "kept"
    reason: str = ""
    """Why it was asked for, in the words of whoever asked; of an incident window it is required."""
    policy: bytes | None = None
    beside: Mapping[str, bytes] = field(default_factory=dict)
    """Further files by path, from `data/q` to before `data/request.json`, such as the signed saved query."""
    index_key: bool = False
    """Put the index key of a private log in: whoever has the bundle can then find out what any entry of the log is about,
    by trying; without it they need the key from elsewhere."""
    one_log: bool = False
    """Answer from this log alone where it follows others; the bundle names the one that it says nothing of."""
    output: Path
    volume_bytes: int | None = None
    """Largest slice of a volume; None: one file."""
    recipients: tuple[str, ...] = ()
    """Who alone can open it, as `age1…`; none: whoever has the file."""

    def __post_init__(self) -> None:
        """Refuse what no bundle can be.

        Raises:
            InvalidInput: the reason is too long or holds control characters; volumes would be too small, or sealed.
        """
        if len(self.reason) > MAX_REASON_CHARS or not self.reason.isprintable():
            raise InvalidInput("input.usage", "a reason", expected=f"<= {MAX_REASON_CHARS} characters on one line")
        if self.volume_bytes is not None and self.volume_bytes < MIN_SLICE_BYTES:
            raise InvalidInput("input.usage", "the size of a volume", expected=f">= {MIN_SLICE_BYTES} bytes")

        if self.volume_bytes is not None and self.recipients:
            raise InvalidInput("input.usage", "a bundle for recipients is one file", expected="no volumes")

    def digest(self, tags: Mapping[str, bytes]) -> str:
        """Give what two requests share that lead to the same bytes; `tags` are the files beside `data/`."""
        told: dict[str, object] = {
            "version": __version__,
            "question": self.question.to_json(),
            "since": self.since,
            "until": self.until,
            "parts": self.parts,
            "redaction": self.redaction,
            "reason": self.reason,
            "index-key": self.index_key,
            "one-log": self.one_log,
            "policy": None if self.policy is None else hashlib.sha256(self.policy).hexdigest(),
            "beside": {name: hashlib.sha256(data).hexdigest() for name, data in self.beside.items()},
            "tags": {name: hashlib.sha256(data).hexdigest() for name, data in tags.items()},
        }
        return hashlib.sha256(canonical_json(told)).hexdigest()

    def volumes(self, size: int) -> tuple[Path, ...]:
        """Give the names of the volumes that an archive of so many bytes is cut into; none for one file.

        Raises:
            InvalidInput: there would be more than 999.
        """
        if self.volume_bytes is None:
            return ()
        count = -(-size // self.volume_bytes)
        if count > MAX_VOLUMES:
            raise InvalidInput("input.usage", "there would be too many volumes", expected=f"<= {MAX_VOLUMES}")
        return tuple(self.output.with_name(f"{self.output.name}.{number:03}") for number in range(1, count + 1))
