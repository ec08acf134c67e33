"""The search index from the log: caught up, made again, compared. All of it follows from statements and opened parts.

1. how far the index reaches, and the log's newest head
2. each `session/v1` between: its parts opened and read, without a lock
3. one transaction: the rows, and how far the index reaches now; whoever came first wins, the other begins again
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify
from attest.model.commit_document import parse_commit_document
from attest.model.diff import parse_diff
from attest.model.search_answer import Exposure, exposure_of
from attest.model.search_touch import MAX_TOUCHES, texts_of, touches_of, words_of
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import search_rows
from attest.store.facet_rows import clear_facets
from attest.store.log_reader import LogReader
from attest.store.search_rows import ERASED, SearchDocument
from attest.usecases.chain_at_hand import chain_at_hand
from attest.usecases.index_facets import catch_up_facets
from attest.usecases.read_parts import is_document, open_parts, parts_kept, session_in
from attest.usecases.secret_prints import PART

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

BATCH: Final = 64
"""Recordings opened between two writes."""
_RENAMED: Final = "rename from "


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexCheck:
    """What comparing the index with the log gave."""

    tree_size: int
    compared: int
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {"tree_size": self.tree_size, "compared": self.compared, "problems": list(self.problems)}


def catch_up(instance: Instance, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Index what was logged since, for lists too; gives the tree size up to which the log is indexed.

    Then the same for the logs before it, whose last entries may not have been indexed when they ended.
    """
    reached = _catch_up(instance, stop)
    for reader in chain_at_hand(instance).ended_readers(instance):
        _catch_up(reader, stop)
    return reached


def _catch_up(instance: Instance, stop: Callable[[], bool]) -> int:
    catch_up_facets(instance, stop=stop)
    place = (instance.engine, instance.scope, instance.log.name)
    while not stop():
        first = search_rows.indexed_to(*place)
        size = _tree_size(instance)
        if first >= size:
            return first
        found = search_rows.recordings_between(*place, span=(first, size), predicate_type=SESSION_V1, limit=BATCH)
        end = found[-1][1] + 1 if len(found) == BATCH else size
        documents = _documents(instance, [name for name, _ in found])
        search_rows.write_documents(*place, documents, span=(first, end), erased=lambda name: _erased(instance, name))
    return search_rows.indexed_to(*place)


def rebuild(instance: Instance) -> int:
    """Empty the index and make it again from the log, what lists are counted by too; gives how many recordings it holds."""
    search_rows.clear(instance.engine, instance.scope, instance.log.name)
    clear_facets(instance.engine, instance.scope)
    catch_up(instance)
    return search_rows.count_documents(instance.engine, instance.scope)


def compare(instance: Instance) -> IndexCheck:
    """Derive every document again and compare it with what is stored, as far as the log is indexed. Nothing is changed."""
    place = (instance.engine, instance.scope, instance.log.name)
    end, at, compared = search_rows.indexed_to(*place), 0, 0
    problems: list[str] = []
    while found := search_rows.recordings_between(*place, span=(at, end), predicate_type=SESSION_V1, limit=BATCH):
        documents = _documents(instance, [name for name, _ in found])
        for (_, index), document in zip(found, documents, strict=True):
            compared += 1
            at = index + 1
            problem = _difference(instance, document)
            if problem:
                problems.append(f"entry {index}: {problem}")
    extra = search_rows.count_documents(instance.engine, instance.scope) - compared
    if extra > 0:
        problems.append(f"{extra} recordings are in the index and not in the log")
    return IndexCheck(tree_size=end, compared=compared, problems=tuple(problems))


def _documents(instance: Instance, names: Sequence[str]) -> tuple[SearchDocument, ...]:
    """Derive what the index holds of recordings: from their statements, and from their parts where they are here."""
    held = search_rows.held_recordings(instance.engine, instance.scope, names)
    if len(held) < len(names):
        missing = set(names) - {stored.id for stored, _ in held}
        raise CannotVerify("store.missing", where=min(missing))
    return tuple(_document(instance, stored, parted=parted) for stored, parted in held)


def _document(instance: Instance, stored: StoredAttestation, *, parted: bool) -> SearchDocument:
    bare = _bare(stored)
    if not parted:
        return replace(bare, parts="elsewhere" if parts_kept(stored) else "none")
    if _erased(instance, bare.session):
        return replace(bare, parts=ERASED)
    try:
        return _whole(instance, stored.id, bare)
    except AttestError:
        # One recording that cannot be opened is said to be unknown; it must not hide those after it.
        return replace(bare, parts="unreadable")


def _bare(stored: StoredAttestation) -> SearchDocument:
    predicate = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate
    capture, facts = _members(predicate.get("capture")), _members(predicate.get("facts"))
    agent = _members(facts.get("agent")).get("value")
    began, ended = _moment(capture.get("startedAt")), _moment(capture.get("endedAt"))
    return SearchDocument(
        attestation=stored.id,
        session=stored.session or "",
        agent=str(agent)[:128] if agent is not None else "",
        source=str(capture.get("source", "named"))[:16],
        parts="kept",
        at=int(ended.timestamp()) if ended else stored.recorded_at,
        seconds=int((ended - began).total_seconds()) if began and ended and ended >= began else None,
        authority=Exposure.UNKNOWN,
        whole=True,
    )


def _whole(instance: Instance, attestation: str, bare: SearchDocument) -> SearchDocument:
    parts = open_parts(instance, attestation, _is_read)
    session = session_in(parts)
    commits = [parse_commit_document(json.loads(data)) for name, data in parts.items() if name.startswith("commits/")]
    paths = [path for one in commits for path in _paths(one.diff)]
    secrets = json.loads(parts[PART]).get("fingerprints", []) if PART in parts else []
    touches = touches_of(session, paths, secrets)
    return replace(
        bare,
        authority=int(exposure_of(session.authority)),
        whole=len(touches) < MAX_TOUCHES and not any(one.diff_cut for one in commits),
        touches=touches,
        words=words_of(texts_of(session)),
    )


def _paths(diff: str) -> list[str]:
    """Give the paths of a diff; of a renamed file both names."""
    old = [line.removeprefix(_RENAMED) for line in diff.split("\n") if line.startswith(_RENAMED)]
    return [*(file.path for file in parse_diff(diff)), *old]


def _is_read(name: str) -> bool:
    return is_document(name) or name == PART or name.startswith("commits/")


def _difference(instance: Instance, again: SearchDocument) -> str:
    found = search_rows.stored_document(instance.engine, instance.scope, again.attestation)
    if found is None:
        return "the recording is not in the index"
    document, digest = found
    if document != again:
        return "the index says something else than the recording"
    return "" if digest == again.digest() else "the digest beside the rows is of something else"


def _erased(instance: Instance, session: str) -> bool:
    return instance.keys.load(f"session/{session}") is None


def _tree_size(instance: Instance) -> int:
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    return head.tree_size if head else 0


def _members(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
