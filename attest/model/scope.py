"""Whose rows a query may see. Every query of the store takes one; there is no query without."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """One tenant's view of the store."""

    tenant: str
    """`ten_…`; an embedded instance has `ten_local`."""
    repositories: tuple[str, ...] | None = None
    """Repository URIs whose attestations may be seen, each with all that it touches; None is all of the tenant's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """The state of a log that an answer was given from: the same question at the same `as_of` gives the same rows."""

    log: str
    """Origin of the log."""
    tree_size: int
    root: bytes

    def to_json(self) -> dict[str, object]:
        """Give the JSON form that every list carries."""
        return {"log": self.log, "tree_size": self.tree_size, "root": self.root.hex()}
