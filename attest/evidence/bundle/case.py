"""One bundle under check: what all checks share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attest.ledger.index import NO_KEYS, IndexKeys
from attest.signing.memo import Memo

if TYPE_CHECKING:
    from attest.evidence.bag import BagReader
    from attest.evidence.bundle.question import BundleFacts
    from attest.evidence.bundle.result import BundleResult
    from attest.ledger.note import NoteKey
    from attest.signing.trust import LogKey, TrustedRoot


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedHead:
    """The log's C2SP note of the head, its own signature checked."""

    key: NoteKey
    note: str


@dataclass(slots=True, kw_only=True)
class Case:
    """Facts that were read, the root to check under, and what is known of the window."""

    bag: BagReader
    facts: BundleFacts
    root: TrustedRoot
    result: BundleResult
    index_keys: IndexKeys = NO_KEYS
    """Those of private logs that the caller holds, with the one in the bundle."""
    head: OpenedHead | None = None
    """The C2SP head, once both notes hold."""
    memo: Memo = field(default_factory=Memo)
    leaves: list[bytes] = field(default_factory=list)
    """Leaf hashes of the window, in order."""
    kinds: dict[int, str] = field(default_factory=dict)
    """By index: `entry` or `own`; every other leaf of the window is `other`."""
    payloads: dict[int, bytes] = field(default_factory=dict)
    """SHA-256 of the payload of each entry that parsed."""
    sessions: set[int] = field(default_factory=set)
    """Entries that are of type `session/v1`."""
    undated: set[int] = field(default_factory=set)
    """Entries of which only revoked authorities say when."""

    @property
    def log(self) -> LogKey | None:
        """The log's key in the root; None where it pins no log of that name."""
        return next((one for one in self.root.logs if one.name == self.facts.log), None)

    def leaf(self, index: int) -> bytes | None:
        """Give the leaf hash at an index of the window."""
        at = index - self.facts.first
        return self.leaves[at] if 0 <= at < len(self.leaves) else None
