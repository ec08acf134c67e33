"""How long each class of what is kept about sessions stays: days by class, from the day of the newest recording.

`transcript` is the transcript's parts; `reasoning` lies inside them and cannot be taken out of a sealed part, so that the
shorter of the two ends the transcript; `metadata` is every other part, and ends the whole session. The log has no class:
entries, proofs and rows stay for as long as the log.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from attest.canonical import canonical_json
from attest.errors import InvalidInput

MAX_DAYS: Final = 36_500
MEMBERS: Final = ("transcriptDays", "reasoningDays", "metadataDays")
_SHAPE: Final = f"an object of {', '.join(MEMBERS)}, each left out or 1 to {MAX_DAYS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Days by class; None keeps a class for ever."""

    transcript: int | None = None
    reasoning: int | None = None
    metadata: int | None = None

    @property
    def texts(self) -> int | None:
        """Days after which transcripts go."""
        return min((days for days in (self.transcript, self.reasoning) if days is not None), default=None)

    def shorter_than(self, other: Retention) -> bool:
        """Whether anything would go sooner than under another setting."""
        pairs = ((self.texts, other.texts), (self.metadata, other.metadata))
        return any(own is not None and (before is None or own < before) for own, before in pairs)

    def to_json(self) -> dict[str, object]:
        """Give the members of the file, and of the statement that logs it."""
        values = (self.transcript, self.reasoning, self.metadata)
        return {name: days for name, days in zip(MEMBERS, values, strict=True) if days is not None}

    @property
    def digest(self) -> str:
        """What an approval is bound to."""
        return hashlib.sha256(b"whereof retention v1\0" + canonical_json(self.to_json())).hexdigest()


def retention_of(value: object, where: str) -> Retention:
    """Read a setting.

    Raises:
        InvalidInput: `input.malformed`: an unknown class, or a number of days that is none.
    """
    if not isinstance(value, dict) or not set(value) <= set(MEMBERS):
        raise InvalidInput("input.malformed", expected=_SHAPE, where=where)
    for days in value.values():
        if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MAX_DAYS:
            raise InvalidInput("input.malformed", expected=_SHAPE, where=where)
    return Retention(
        transcript=value.get("transcriptDays"), reasoning=value.get("reasoningDays"), metadata=value.get("metadataDays")
    )
