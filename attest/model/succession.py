"""From one log to the next: what the end of a log and the genesis of its successor say of each other. Pure.

A key that is rotated names its successor in the last leaf but one of its own log (the last is an index leaf); the
successor's genesis names the log, its keys and its final head. A key that is lost can name nobody: then the successor
says so alone, and whoever relies on it must know its keys from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from attest.errors import NotVerified
from attest.model.log_predicate import GENESIS, SUCCESSOR

if TYPE_CHECKING:
    from collections.abc import Mapping


class NamedBy(StrEnum):
    """Who says that one log follows the other."""

    BOTH = "both"
    """The old log's own key named the new one."""
    SUCCESSOR = "successor"
    """Only the new log says so: the old key was lost, or the claim is false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """One step of a chain of logs."""

    origin: str
    """The log that ended."""
    keys: Mapping[str, object]
    tree_size: int
    """Final size that counts: entries behind it are of no log."""
    root: bytes
    next_origin: str
    named_by: NamedBy


def succession_of(genesis: Mapping[str, object], ended: Mapping[str, object] | None) -> Succession | None:
    """Give the step that a genesis tells of; None where it follows no log.

    `ended` is the predicate of the old log's last statement that names a successor, proved to be in the final tree that
    the genesis names; None where the old log names nobody.

    Raises:
        InvalidInput: `evidence.statement`, a predicate is not of its shape.
        NotVerified: `evidence.statement`: the two name different keys or origins.
    """
    GENESIS.check(dict(genesis), "/predicate")
    follows = genesis.get("follows")
    if not isinstance(follows, dict):
        return None
    if ended is not None:
        SUCCESSOR.check(dict(ended), "/predicate")
        if (ended["origin"], ended["keys"]) != (genesis["origin"], genesis["keys"]):
            raise NotVerified("evidence.statement", "the ended log names another successor", got=str(ended["origin"]))
    return Succession(
        origin=follows["origin"],
        keys=follows["keys"],
        tree_size=follows["head"]["treeSize"],
        root=bytes.fromhex(follows["head"]["root"]),
        next_origin=str(genesis["origin"]),
        named_by=NamedBy.SUCCESSOR if ended is None else NamedBy.BOTH,
    )
