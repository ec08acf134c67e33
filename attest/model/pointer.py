"""Where the evidence of a statement is, in a form that every rendering can turn into its own kind of link."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PointerKind(StrEnum):
    """What a pointer leads to; `target` is read by kind."""

    EVENT = "event"
    """One event of a session: target `142`."""
    EVENTS = "events"
    """A run of events: target `61-74`."""
    SESSION = "session"
    """`ses_…`."""
    ATTESTATION = "attestation"
    """`att_…` in full."""
    COMMIT = "commit"
    """A full oid."""
    GIT_TREE = "git-tree"
    """A full tree oid, recomputed from the clone."""
    CERTIFICATE = "certificate"
    """The signing certificate of the attestation `att_…` in target."""
    ENTRY = "entry"
    """A log index, decimal."""
    CHECKPOINT = "checkpoint"
    """A tree size, decimal."""
    FORGE = "forge"
    """A record of the forge; target is an identifier such as `812`, never a URL to follow."""
    SECTION = "section"
    """Another section of this answer: target `11`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Where a row's evidence is. `label` is what the reader sees: `#142`, `#61–74`, `att_91c0e2`, `commit`."""

    kind: PointerKind
    label: str
    target: str
    session: str = ""
    """`ses_…` of an event or a run of events; empty for every other kind."""


def event(sequence: int, session: str) -> Pointer:
    """Give the pointer to one event of a session."""
    return Pointer(kind=PointerKind.EVENT, label=f"#{sequence}", target=str(sequence), session=session)


def events(first: int, last: int, session: str) -> Pointer:
    """Give the pointer to a run of events, both ends included; one event when both are the same."""
    if first == last:
        return event(first, session)
    return Pointer(kind=PointerKind.EVENTS, label=f"#{first}–{last}", target=f"{first}-{last}", session=session)


def attestation(att_id: str) -> Pointer:
    """Give the pointer to an attestation; its label is the first ten characters, the full id is its target."""
    return Pointer(kind=PointerKind.ATTESTATION, label=att_id[:10], target=att_id)


def commit(oid: str) -> Pointer:
    """Give the pointer to a commit object."""
    return Pointer(kind=PointerKind.COMMIT, label="commit", target=oid)


def git_tree(oid: str) -> Pointer:
    """Give the pointer to what git itself says of a tree."""
    return Pointer(kind=PointerKind.GIT_TREE, label="git tree", target=oid)


def section(number: int) -> Pointer:
    """Give the pointer to another section of the same answer."""
    return Pointer(kind=PointerKind.SECTION, label=f"see {number}", target=str(number))
