"""Entire checkpoints of a clone: the branch `entire/checkpoints/v1` and one ref each below `refs/entire/checkpoints/`.

Read as git objects, through one process; nothing is checked out. What is stored here was redacted by another tool.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.history.objects import tree_blobs
from attest.history.refs import list_refs, list_tree
from attest.model.checkpoint import CHECKPOINT_ID, MAX_METADATA_BYTES, parse_checkpoint

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.history.objects import ObjectReader
    from attest.model.checkpoint import Checkpoint, CheckpointSession

BRANCH: Final = "entire/checkpoints/v1"
REFS: Final = "refs/entire/checkpoints/"
MAX_TRANSCRIPT_BYTES: Final = 256 * 1024 * 1024
_METADATA: Final = "metadata.json"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one checkpoint is stored."""

    store: str
    files: dict[str, str] | None
    """Blobs by path; None until its ref is read."""
    commit: str = ""


class CheckpointStore:
    """The checkpoints of a clone, found once and read when asked for."""

    def __init__(self, repository: Repository, reader: ObjectReader) -> None:
        self._reader = reader
        self._places = _from_branches(repository)
        for ref in list_refs(repository, REFS):
            name = ref.name.rpartition("/")[2]
            if CHECKPOINT_ID.fullmatch(name) and ref.name == f"{REFS}{name[-2:]}/{name}":
                # A checkpoint's own ref is newer than its copy on the branch.
                self._places[name] = _Place(ref.name, None, ref.oid)
        self._read: OrderedDict[str, Checkpoint] = OrderedDict()
        self._by_session: dict[str, list[tuple[str, CheckpointSession]]] | None = None
        self._by_commit: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def ids(self) -> tuple[str, ...]:
        """Give the id of every stored checkpoint."""
        return tuple(self._places)

    def get(self, checkpoint_id: str) -> Checkpoint | None:
        """Give a checkpoint; None where none of that id is stored."""
        if checkpoint_id in self._read:
            return self._read[checkpoint_id]
        place = self._places.get(checkpoint_id)
        if place is None:
            return None
        files = place.files if place.files is not None else tree_blobs(self._reader, place.commit)
        metadata = {path: self._small(blob) for path, blob in files.items() if path.rpartition("/")[2] == _METADATA}
        checkpoint = parse_checkpoint(
            checkpoint_id, place.store, files, {path: data for path, data in metadata.items() if data is not None}
        )
        self._read[checkpoint_id] = checkpoint
        return checkpoint

    def captures(self, native_id: str) -> tuple[tuple[str, CheckpointSession], ...]:
        """Give every capture of a session, as (checkpoint, session): a session usually spans several checkpoints."""
        return tuple(self._index().get(native_id, ())) if native_id else ()

    def naming(self, oid: str) -> tuple[str, ...]:
        """Give the checkpoints whose own metadata names a commit."""
        self._index()
        return tuple(self._by_commit.get(oid, ()))

    def transcript(self, session: CheckpointSession) -> bytes | None:
        """Give the stored transcript; None where any piece of it is not in the clone, or it is over 256 MiB."""
        return self._joined(session.transcript)

    def subagents(self, session: CheckpointSession) -> bytes:
        """Give the lines of what is stored of its sub-agents; nothing where nothing is."""
        return b"".join(data for blob in session.subagents if (data := self._joined((blob,))) is not None)

    def _joined(self, blobs: tuple[str, ...]) -> bytes | None:
        pieces: list[bytes] = []
        left = MAX_TRANSCRIPT_BYTES
        for blob in blobs:
            found = self._reader.read(blob, max_bytes=left)
            if found is None or found.data is None or found.kind != "blob":
                return None
            pieces.append(found.data if found.data.endswith(b"\n") or not found.data else found.data + b"\n")
            left -= len(found.data)
        return b"".join(pieces) if pieces else None

    def _index(self) -> dict[str, list[tuple[str, CheckpointSession]]]:
        if self._by_session is None:
            self._by_session = {}
            for name in self._places:
                checkpoint = self.get(name)
                for session in checkpoint.sessions if checkpoint else ():
                    self._by_session.setdefault(session.native_id, []).append((name, session))
                for oid in checkpoint.linked_commits if checkpoint else ():
                    self._by_commit.setdefault(oid, []).append(name)
        return self._by_session

    def _small(self, blob: str) -> bytes | None:
        found = self._reader.read(blob, max_bytes=MAX_METADATA_BYTES)
        return found.data if found is not None and found.kind == "blob" else None


def _from_branches(repository: Repository) -> dict[str, _Place]:
    """Find the checkpoints of the branch, the clone's own first, then what was fetched of each remote's."""
    places: dict[str, _Place] = {}
    refs = [ref.name for ref in list_refs(repository, f"refs/heads/{BRANCH}", "refs/remotes/")]
    for ref in (name for name in refs if name.endswith("/" + BRANCH)):
        grouped: dict[str, dict[str, str]] = {}
        for file in list_tree(repository, ref):
            parts = file.path.split("/", 2)
            if len(parts) == 3 and CHECKPOINT_ID.fullmatch(parts[0] + parts[1]) and len(parts[0]) == 2:
                grouped.setdefault(parts[0] + parts[1], {})[parts[2]] = file.oid
        for name, files in grouped.items():
            places.setdefault(name, _Place(ref, files))
    return places
