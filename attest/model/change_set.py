"""Change-sets: sessions grouped after the fact, by statements that are appended and never changed.

A change-set is a `commit-link/v1` without links that says so under `extensions.changeSet` (decisions D2 and D7): one begins
it, others add sessions or take them out. It is named by the attestation that began it, and each statement of it has the
first session of the set among its subjects: the list of that session holds all of it. No policy reads any of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.model.session_predicate import SESSION_ID
from attest.model.shape import Closed, ListOf, OneOf, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EXTENSION: Final = "changeSet"
MAX_SESSIONS: Final = 64
"""Sessions of one statement; a set grows by more of them."""
NAME: Final = Text(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,63}", 64)
ATTESTATION: Final = Text(r"att_[0-9a-f]{64}", 68)


class Act(StrEnum):
    """What a statement does."""

    BEGIN = "begin"
    ADD = "add"
    TAKE_OUT = "take-out"


_SESSIONS: Final = ListOf(SESSION_ID, MAX_SESSIONS)
_BEGIN: Final = Closed({"act": OneOf((Act.BEGIN.value,)), "name": NAME, "sessions": _SESSIONS})
_CHANGE: Final = Closed(
    {"act": OneOf((Act.ADD.value, Act.TAKE_OUT.value)), "of": ATTESTATION, "sessions": _SESSIONS},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChange:
    """What one statement says of a set."""

    act: Act
    sessions: tuple[str, ...]
    name: str = ""
    """The set's name, where it begins: a word, for what is signed is never erased."""
    of: str = ""
    """`att_…` of the statement that began the set; empty where this one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A change with the statement that makes it."""

    change: SetChange
    attestation: str
    identity: str
    issuer: str
    index: int
    recorded_at: int
    """Seconds since the epoch, by the log's operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """A set as it stands, and how it came to."""

    id: str
    name: str
    sessions: tuple[str, ...]
    """Those in it now, in the order they were added."""
    history: tuple[Stated, ...]
    """Every statement of it, oldest first."""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "id": self.id,
            "name": self.name,
            "sessions": list(self.sessions),
            "history": [
                {
                    "act": one.change.act.value,
                    "sessions": list(one.change.sessions),
                    "attestation": one.attestation,
                    "identity": one.identity,  # person: who signed one step; nothing is added up
                    "issuer": one.issuer,
                    "index": one.index,
                }
                for one in self.history
            ],
        }


def change_to_extension(change: SetChange) -> dict[str, object]:
    """Give the value of `extensions`.

    Raises:
        InvalidInput: `evidence.statement`, a name that is no word, no session, or more than `MAX_SESSIONS`.
    """
    begins = change.act is Act.BEGIN
    which = {"name": change.name} if begins else {"of": change.of}
    value = {"act": change.act.value, **which, "sessions": list(change.sessions)}
    place = f"/predicate/extensions/{EXTENSION}"
    (_BEGIN if begins else _CHANGE).check(value, place)
    if not change.sessions or len(set(change.sessions)) != len(change.sessions):
        raise InvalidInput("evidence.statement", expected="sessions, each once", where=f"{place}/sessions")
    return {EXTENSION: value}


def change_of(predicate: Mapping[str, object], subjects: frozenset[str]) -> SetChange | None:
    """Read what a `commit-link/v1` says of a set; None where it says nothing, or nothing that can be read.

    `subjects` are the names of the statement's subjects: a session that is not one of them could not be found by it.
    """
    extensions = predicate.get("extensions")
    value = extensions.get(EXTENSION) if isinstance(extensions, dict) else None
    if not isinstance(value, dict):
        return None
    begins = value.get("act") == Act.BEGIN.value
    try:
        (_BEGIN if begins else _CHANGE).check(value, "")
    except InvalidInput:
        return None
    sessions = tuple(value["sessions"])
    if not sessions or len(set(sessions)) != len(sessions) or not subjects.issuperset(sessions):
        return None
    return SetChange(act=Act(value["act"]), sessions=sessions, name=value.get("name", ""), of=value.get("of", ""))


def change_set(history: Sequence[Stated]) -> ChangeSet:
    """Give the set that statements make, the first of which begins it; order is that of the log."""
    first, *later = history
    there = dict.fromkeys(first.change.sessions)
    for one in later:
        for session in one.change.sessions:
            if one.change.act is Act.ADD:
                there.setdefault(session)
            else:
                there.pop(session, None)
    return ChangeSet(id=first.attestation, name=first.change.name, sessions=tuple(there), history=(first, *later))
