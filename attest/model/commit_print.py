"""What is compared of commits when they are matched: patch, tree, who made it when, and the telling lines of either side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from attest.model.overlap import AddedLines

CONTAINED: Final = 0.8
"""Share of an old commit's lines that another must hold for the old one to be in it, or to be taken back by it."""

Lines = frozenset[tuple[str, str, str]]
"""Telling lines, each as (side, path, fingerprint)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitPrint:
    """What is compared of one commit."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    author: str
    authored_at: int
    committed_at: int
    subject: str
    message: str
    patch_id: str | None
    """Git's stable patch id; None for merges and for commits that change nothing."""
    added: AddedLines
    removed: AddedLines
    stable_ids: frozenset[str] = frozenset()
    """Ids of the change itself from the final trailer block (`Change-Id`, `ghstack-source-id`)."""

    @property
    def lines(self) -> frozenset[tuple[str, str, str]]:
        """Every telling line with its side and path."""
        added = {("+", *row) for row in self.added.all}
        return frozenset(added | {("-", *row) for row in self.removed.all})

    @property
    def same_hand(self) -> tuple[str, int]:
        """Author and author time: what amend, rebase and cherry-pick keep, and squashing does not."""
        return self.author, self.authored_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Squashed:
    """A run of old commits as one patch: what squashing all of them would have made."""

    base: str
    """The commit below the first of them."""
    commits: tuple[str, ...]
    tip_tree: str
    patch_id: str | None
    telling: int
    """Telling lines of that patch: an equal small one may be a coincidence, unless the trees are equal too."""


def likeness(one: frozenset[tuple[str, str, str]], other: frozenset[tuple[str, str, str]]) -> float:
    """Give the share of lines that two commits have in common, of all that either has; 0.0 for two without lines."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0


def is_inverse(commit: CommitPrint, of: CommitPrint) -> bool:
    """Tell whether a commit takes back, at least in most, what another did."""
    back = frozenset({("-" if side == "+" else "+", path, mark) for side, path, mark in of.lines})
    return bool(back) and len(back & commit.lines) / len(back) >= CONTAINED


def share(part: frozenset[tuple[str, str, str]], whole: frozenset[tuple[str, str, str]]) -> float:
    """Give the share of some lines that others hold; 0.0 for no lines."""
    return len(part & whole) / len(part) if part else 0.0
