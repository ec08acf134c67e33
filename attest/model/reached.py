"""How far an entry of the log has come: each state holds all that the one before it does."""

from __future__ import annotations

from enum import StrEnum


class Reached(StrEnum):
    """The states of an entry, in their order."""

    COMMITTED = "committed"
    """Durable in the database; a head over it is signed."""
    PUBLISHED = "published"
    """Under the published checkpoint, with every tile of it."""
    WITNESSED = "witnessed"
    """Under a published checkpoint that as many witnesses cosigned as the log's policy asks."""

    def holds(self, asked: Reached) -> bool:
        """Say whether this is the state that is asked for, or a later one."""
        order = list(Reached)
        return order.index(self) >= order.index(asked)
