"""What a recording keeps beside its signed statement: parts, proofs of redacted values, images. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from attest.errors import InvalidInput


class CommitTo(StrEnum):
    """Which redacted values can later be proved."""

    PII_ONLY = "pii-only"
    """Values of known kinds of personal data. A secret is to be rotated, not to be proved."""
    ALL = "all"
    NONE = "none"


class KeepParts(StrEnum):
    """Which parts of a session are stored."""

    ALL = "all"
    NONE = "none"
    """None: the statement and its facts are all there is."""


class KeepImages(StrEnum):
    """What becomes of images and other binary data."""

    DROP = "drop"
    KEEP = "keep"
    """They stay in the transcript, and no scan has seen them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """The choices of one tenant, or of one recording."""

    commit: CommitTo = CommitTo.PII_ONLY
    parts: KeepParts = KeepParts.ALL
    images: KeepImages = KeepImages.DROP
    vault: bool = False
    """Whether the values themselves are kept, sealed one by one under a key of their own."""


KEEP_ALL = Keeping()
"""The default: all parts, proofs of personal data, no images, no vault."""
UNSEEN_IMAGES = "images leave this machine unseen"
"""What `acknowledge` must say, word for word, where images are kept."""
_MEMBERS = frozenset({"commit", "parts", "images", "vault", "acknowledge"})


def parse_keeping(value: object, where: str) -> Keeping:
    """Read the choices from a JSON object; a member that is missing has its default, one that is unknown is refused.

    Raises:
        InvalidInput: `input.malformed`: not such an object, or images are kept without the acknowledgement.
    """
    if not isinstance(value, Mapping) or not set(value) <= _MEMBERS:
        raise InvalidInput("input.malformed", expected="members " + ", ".join(sorted(_MEMBERS)), where=where)
    vault = value.get("vault", False)
    try:
        keeping = Keeping(
            commit=CommitTo(value.get("commit", CommitTo.PII_ONLY)),
            parts=KeepParts(value.get("parts", KeepParts.ALL)),
            images=KeepImages(value.get("images", KeepImages.DROP)),
            vault=vault is True,
        )
    except ValueError as err:
        expected = "commit: pii-only|all|none, parts: all|none, images: drop|keep"
        raise InvalidInput("input.malformed", expected=expected, where=where) from err
    if not isinstance(vault, bool):
        raise InvalidInput("input.malformed", expected="vault: true or false", where=where)
    if keeping.images is KeepImages.KEEP and value.get("acknowledge") != UNSEEN_IMAGES:
        raise InvalidInput("input.malformed", expected=f'acknowledge: "{UNSEEN_IMAGES}"', where=where)
    return keeping
