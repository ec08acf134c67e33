"""What a reader's own pinned witnesses make of one log entry: one value, and one sentence for CLI, page and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NO_WITNESS: Final = "No witness is pinned"
NO_HEAD: Final = "No cosigned head over this entry is at hand"


class WitnessState(StrEnum):
    """How far a reader could go."""

    COSIGNED = "cosigned"
    """Enough of the pinned witnesses for the pinned file's own quorum."""
    SHORT = "short"
    """A head over the entry is at hand, and too few witnesses that count have cosigned it."""
    NOT_AT_HAND = "not-at-hand"
    BAD = "bad"
    """It claims the pinned log or a pinned witness and does not hold, or it shows a fork."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What was made of the cosigned heads at hand for one entry."""

    state: WitnessState
    against: str
    """The pinned file, with its digest."""
    tree_size: int | None = None
    """Of the head that the most count on; None without one."""
    counted: tuple[str, ...] = ()
    same_operator: tuple[str, ...] = ()
    """Witnesses of the log's own operator, which count for nothing."""
    quorum: bool = False
    """The quorum that the pinned file asks for is met; also where it asks for none."""
    code: str = ""
    """Catalogue code of what is bad."""
    detail: str = ""

    def holds(self, least: int) -> bool:
        """Tell whether at least so many witnesses count, and the pinned file's own quorum is met."""
        good = self.state in {WitnessState.COSIGNED, WitnessState.SHORT}
        return good and self.quorum and len(self.counted) >= least

    @property
    def words(self) -> str:
        """Say it in one line."""
        if self.state is WitnessState.BAD:
            return f"Bad: {self.detail}"
        if self.tree_size is None:
            return NO_HEAD
        named = ", ".join(self.counted)
        own = f"; of the log's operator, counted as none: {', '.join(self.same_operator)}" if self.same_operator else ""
        asked = "" if self.quorum else "; the quorum of the pinned file is not met"
        count = f"{len(self.counted)} pinned witnesses cosigned" + (f" ({named})" if named else "")
        return f"{count} a head of size {self.tree_size:,} over this entry{own}{asked}"

    def to_json(self) -> dict[str, object]:
        """Give it for `--json`."""
        return {
            "state": self.state.value,
            "against": self.against,
            "tree_size": self.tree_size,
            "counted": list(self.counted),
            "same_operator": list(self.same_operator),
            "quorum": self.quorum,
            "words": self.words,
            **({"code": self.code} if self.code else {}),
        }
