"""Entire checkpoints as values, and when one that a commit names gets credit for it.

A trailer is a claim anyone can write. It is credited when it stands in the final trailer block, the checkpoint it
names is stored, and what that holds agrees with the commit: lines, files, time. Otherwise it stays a hint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from attest.model.link import Confidence, LinkEvidence, Overlap
from attest.model.overlap import AGREES

CHECKPOINT_ID: Final = re.compile(r"[0-9a-f]{12}|[0-7][0-9A-HJKMNP-TV-Z]{25}")
MAX_METADATA_BYTES: Final = 4 * 1024 * 1024
MAX_SESSIONS: Final = 64
NEAR: Final = timedelta(minutes=15)
"""A checkpoint is written when its commit is made; this far apart the two are still one moment."""
NOT_BEFORE: Final = timedelta(days=1)
"""A commit cannot name a checkpoint that was made later than it; clocks may differ by as much."""
SOME_LINES: Final = 2
"""Lines found in the very same file that make chance unlikely where fewer than half agree."""
SOME_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSession:
    """One session of a checkpoint, as its metadata claims; the transcript's content decides what it is."""

    native_id: str
    place: str
    """Folder inside the checkpoint; empty for its root."""
    agent: str | None
    created_at: datetime | None
    branch: str | None
    files: frozenset[str]
    transcript: tuple[str, ...]
    """Blobs, in order; empty where none is stored."""
    subagents: tuple[str, ...]
    """Blobs of the transcripts of its sub-agents: what they wrote, the session wrote."""
    imported: bool
    """Taken in from older history: tied to no commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One stored checkpoint."""

    id: str
    store: str
    """The ref it was read from."""
    files: frozenset[str]
    branch: str | None
    linked_commits: frozenset[str]
    sessions: tuple[CheckpointSession, ...]


def parse_checkpoint(
    checkpoint_id: str, store: str, files: Mapping[str, str], metadata: Mapping[str, bytes]
) -> Checkpoint:
    """Put a checkpoint together: `files` are its blobs by path, `metadata` the bytes of its `metadata.json` files.

    Total: members of another type, and documents that do not parse, are as if they were not there.
    """
    root = _document(metadata.get("metadata.json"))
    places = sorted({path.rpartition("/")[0] for path in metadata}, key=_place_order)
    found = (
        _session(place, _document(metadata.get(_join(place, "metadata.json"))), files)
        for place in places[:MAX_SESSIONS]
    )
    sessions = tuple(session for session in found if session is not None)
    if len(sessions) == 1:  # the tasks of a checkpoint name no session, so only a single one can be meant
        sessions = (replace(sessions[0], subagents=(*sessions[0].subagents, *_subagents("", files))),)
    linked = root.get("linked_commits")
    rows = linked if isinstance(linked, list) else []
    return Checkpoint(
        id=checkpoint_id,
        store=store,
        files=_names(root.get("files_touched")).union(*(session.files for session in sessions)),
        branch=_text(root.get("branch")),
        linked_commits=frozenset(
            row["sha"] for row in rows if isinstance(row, dict) and isinstance(row.get("sha"), str)
        ),
        sessions=sessions,
    )


def _session(place: str, document: dict[str, object], files: Mapping[str, str]) -> CheckpointSession | None:
    native = _text(document.get("session_id"))
    chunks = sorted(
        path for path in files if re.fullmatch(re.escape(_join(place, "full.jsonl")) + r"(\.[0-9]{3})?", path)
    )
    if native is None and (not chunks or not place):
        return None
    return CheckpointSession(
        native_id=native or "",
        place=place,
        agent=_text(document.get("agent")),
        created_at=_time(document.get("created_at")),
        branch=_text(document.get("branch")),
        files=_names(document.get("files_touched")),
        transcript=tuple(files[path] for path in chunks),
        subagents=_subagents(place, files) if place else (),
        imported=document.get("kind") == "imported",
    )


def _subagents(place: str, files: Mapping[str, str]) -> tuple[str, ...]:
    inside = re.compile(re.escape(_join(place, "tasks/")) + r"[^/]+/agent-[^/]+\.jsonl")
    return tuple(files[path] for path in sorted(files) if inside.fullmatch(path))[:MAX_SESSIONS]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedCommit:
    """What of a commit is held against a claim."""

    paths: frozenset[str]
    authored_at: datetime
    committed_at: datetime


def credit(
    commit: ClaimedCommit, checkpoint: Checkpoint, session: CheckpointSession, overlap: Overlap | None,
    *, first: datetime | None,
) -> tuple[Confidence, tuple[LinkEvidence, ...]]:  # fmt: skip
    """Say what a declared link to a session of a stored checkpoint is worth, and on what grounds.

    `overlap` is None where there is no transcript to compare with; `first` is the transcript's first time.
    """
    files = session.files or checkpoint.files
    shared = len(commit.paths & files)
    made = session.created_at
    near = made is not None and min(abs(commit.authored_at - made), abs(commit.committed_at - made)) <= NEAR
    evidence = [
        LinkEvidence(what="checkpoint", value=checkpoint.id),
        LinkEvidence(what="files", value=f"{shared}/{len(commit.paths)}"),
        LinkEvidence(what="time", value="near" if near else "apart" if made else "unknown"),
    ]
    # Metadata may have been written again later, when checkpoints were moved: the transcript's own times come first.
    begun = first if first is not None else made
    if begun is not None and begun > commit.committed_at + NOT_BEFORE:
        return Confidence.HINT, (*evidence, LinkEvidence(what="refused", value="made-after-the-commit"))
    word = _weigh(commit, overlap, shared=shared, listed=len(files), near=near)
    return word, tuple(evidence)


def _weigh(commit: ClaimedCommit, overlap: Overlap | None, *, shared: int, listed: int, near: bool) -> Confidence:
    telling = overlap.telling if overlap else 0
    same = overlap.same_file if overlap else 0
    much = bool(overlap and overlap.score is not None and overlap.score >= AGREES and same > 0)
    some = same >= max(1, min(SOME_LINES, telling)) and same >= SOME_SHARE * telling
    most_files = shared * 2 >= len(commit.paths) > 0
    denied = telling > 0 and not same
    if much or (near and (some or (most_files and not denied))):
        return Confidence.STRONG
    if some or (shared and not denied and (near or same > 0)):
        return Confidence.MEDIUM
    if near and not listed and not (overlap and overlap.files_matched):
        # Nothing is listed to compare with, and it was made in this very moment.
        return Confidence.UNVERIFIED
    if near and (not commit.paths or shared):
        return Confidence.UNVERIFIED
    if most_files and (overlap is None or not telling):
        return Confidence.UNVERIFIED
    return Confidence.HINT


def _document(data: bytes | None) -> dict[str, object]:
    if not data or len(data) > MAX_METADATA_BYTES:
        return {}
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _names(value: object) -> frozenset[str]:
    return frozenset(name for name in value if isinstance(name, str)) if isinstance(value, list) else frozenset()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        # Go writes nanoseconds; Python reads six digits.
        moment = datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _join(place: str, name: str) -> str:
    return f"{place}/{name}" if place else name


def _place_order(place: str) -> tuple[int, str]:
    return (int(place), place) if place.isdigit() and len(place) < 6 else (-1, place)
