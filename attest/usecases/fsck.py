"""Rebuild the log from its entries and compare it with everything stored and published.

1. tree      made again from the leaves: every signed head has the root of its size, and both its notes hold
2. proofs    the proof stored with each entry is the one to the head of its group
3. files     checkpoint, every tile of the published size and every older one that is there, byte by byte
4. entries   each leaf is the entry body of its own envelope and certificate
5. index     rows and segments derived again from every statement; lists and index leaves say the same
6. rows      log, attestations and subjects say what the statements and certificates say
7. parts     the list each statement commits to; every object is there and is what its name says
8. signatures, when asked for: every bundle under this instance's own trust root, as the revocations leave it

The log of who read what, where there is one, is checked in the same way after the tenant's own.
With `hashes_only` 1 to 3 alone; with `index` every compaction is made again too. Everything is read in the order of the log
and let go again: memory holds the names of the published files, and of each session the name of its list of parts.
Problems are collected, the first of each kind named by its place, so that one bad byte does not hide another.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.ledger.checkpoint import open_c2sp_note, open_sigstore_note
from attest.ledger.note import NoteAlgorithm, NoteKey, decode_vkey
from attest.store import walk
from attest.store.cosignatures import is_noted
from attest.store.leaf_runs import LeafRuns
from attest.store.log_reader import LogReader
from attest.store.walk import Leaves
from attest.usecases.access_store import access_instance, has_access_log
from attest.usecases.fsck_entries import EntryAudit
from attest.usecases.fsck_index import IndexAudit
from attest.usecases.fsck_rows import head_problems, log_problems
from attest.usecases.fsck_runs import by_run, whole_groups
from attest.usecases.fsck_tree import TileAudit, TreeAudit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from attest.ledger.tree import Edge
    from attest.store.tables import EntryRow, TreeHeadRow
    from attest.usecases.instance import Instance

MAX_PROBLEMS: Final = 100
"""Problems listed; more are only counted."""
_ENTRY: Final = re.compile(r"entry (\d+):")


@dataclass(frozen=True, slots=True, kw_only=True)
class FsckDepth:
    """How much is checked."""

    signatures: bool = False
    """Every bundle with every signature."""
    index: bool = False
    """Every compaction of the index made again."""
    hashes_only: bool = False
    """Tree, heads, stored proofs and files, and nothing of what statements say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FsckResult:
    """What was checked, what was found, and what was not checked."""

    tree_size: int
    checked: tuple[str, ...]
    problems: tuple[str, ...]
    not_checked: tuple[str, ...]
    more_problems: int = 0
    """Problems beyond those listed."""

    @property
    def first_bad_entry(self) -> int | None:
        """The first entry of the log that a problem is about; None where the entries themselves are good."""
        named = [int(match[1]) for problem in self.problems if (match := _ENTRY.match(problem))]
        return min(named, default=None)

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "verdict": "invalid" if self.problems else "pass",
            "tree_size": self.tree_size,
            "first_bad_entry": self.first_bad_entry,
            "checked": list(self.checked),
            "problems": list(self.problems),
            "more_problems": self.more_problems,
            "not_checked": list(self.not_checked),
        }


def fsck(instance: Instance, depth: FsckDepth, *, on_progress: Callable[[int, int], None]) -> FsckResult:
    """Check what this instance holds; `on_progress` is given how many entries were checked, and of how many."""
    result = _checked(instance, depth, on_progress)
    if not has_access_log(instance):
        return result
    return _with_accesses(result, _checked(access_instance(instance), depth, on_progress), depth)


def _checked(instance: Instance, depth: FsckDepth, on_progress: Callable[[int, int], None]) -> FsckResult:
    with ExitStack() as stack:
        replay = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="whereof-fsck-"))) if depth.index else None
        run = _Fsck(instance, depth, replay)
        run.entries(on_progress)
        return run.result()


def _with_accesses(result: FsckResult, access: FsckResult, depth: FsckDepth) -> FsckResult:
    """Join what was found in the access log to what was found in the tenant's own."""
    problems = result.problems + tuple(f"access log, {problem}" for problem in access.problems)
    rows = () if depth.hashes_only else ("records as they were signed, and the rows that find them",)
    return replace(
        result,
        checked=result.checked + tuple(f"access log: {line}" for line in (*access.checked[:3], *rows)),
        problems=problems[:MAX_PROBLEMS],
        more_problems=result.more_problems + access.more_problems + max(0, len(problems) - MAX_PROBLEMS),
    )


class _Fsck:
    def __init__(self, instance: Instance, depth: FsckDepth, replay: Path | None) -> None:
        self.instance = instance
        self.depth = depth
        self.problems: list[str] = []
        self.more = 0
        self.place = (instance.engine, instance.scope, instance.log.name)
        self.heads = self.last_head = 0
        self.shown: TreeHeadRow | None = None
        publisher = instance.log.publisher
        try:
            published = publisher.published()
        except AttestError as err:
            self.bad("checkpoint", str(err))
            published = None
        self.published = published.size if published else 0
        tiles = TileAudit(self.bad, publisher.fetch, frozenset(publisher.tiles()), self.published)
        self.tree = TreeAudit(self.bad, tiles)
        self.index = IndexAudit(self.bad, replay)
        self.statements = None if depth.hashes_only else EntryAudit(instance, self.bad, self.index, depth.signatures)
        log = instance.services.log
        self.sigstore_key = NoteKey(name=log.origin, algorithm=NoteAlgorithm.ECDSA_P256, public=log.sigstore_key)
        self.c2sp_key = decode_vkey(log.verifier_key)

    def bad(self, where: str, what: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"{where}: {what}")
        else:
            self.more += 1

    def entries(self, on_progress: Callable[[int, int], None]) -> None:
        newest = LogReader(*self.place).head()
        total = newest.tree_size if newest else 0
        heads = walk.heads(*self.place)
        if self.statements is None:
            heads = self._runs(heads, on_progress, total)
            for hashed in walk.groups(heads, walk.leaves(*self.place, first=self.tree.edge.size), itemgetter(0)):
                for head, leaves in hashed:
                    self._group(head, Leaves.of(leaves))
                on_progress(self.tree.edge.size, total)
        else:
            for read in walk.groups(heads, walk.entries(*self.place), attrgetter("idx")):
                self._statements(self.statements, read)
                on_progress(self.tree.edge.size, total)
        self.tree.tiles.finish()
        if self.tree.edge.size != total:
            self.bad("log", f"{self.tree.edge.size} entries are stored, the newest head is of {total}")
        self._checkpoint()

    def _runs(
        self, heads: Iterator[TreeHeadRow], on_progress: Callable[[int, int], None], total: int
    ) -> Iterator[TreeHeadRow]:
        """Check whole runs of groups up to the first in which an entry differs; gives the heads from there on."""
        some = by_run(heads)
        with closing(LeafRuns(*self.place)) as runs:
            for ends in some:
                run = runs.read(self.tree.edge.size, ends[-1].tree_size)
                groups = whole_groups(self.tree.edge, ends, run) if run is not None else None
                if groups is None:
                    return chain(ends, chain.from_iterable(some))
                for group in groups:
                    self.tree.take(group.growth, group.hashes, group.bodies)
                    self._close(group.head)
                on_progress(self.tree.edge.size, total)
        return iter(())

    def _statements(self, audit: EntryAudit, groups: Sequence[tuple[TreeHeadRow | None, Sequence[EntryRow]]]) -> None:
        for head, rows in groups:
            self._group(head, Leaves.of_entries(rows))
        audit.groups(groups)

    def _group(self, head: TreeHeadRow | None, leaves: Leaves) -> None:
        if leaves:
            self.tree.group(head, leaves)
        if head is not None:
            self._close(head)

    def _close(self, head: TreeHeadRow) -> None:
        self.heads += 1
        if head.tree_size == self.published:
            self.shown = head
        for what in self._head(head, self.tree.edge):
            self.bad(f"head {head.tree_size}", what)
        self.last_head = head.tree_size

    def _head(self, head: TreeHeadRow, edge: Edge) -> Iterator[str]:
        try:
            yield from head_problems(head, edge, self.last_head)
            sigstore = open_sigstore_note(head.sigstore_note, self.sigstore_key)
            c2sp, _ = open_c2sp_note(head.c2sp_note, self.c2sp_key)
            if {(n.size, n.root) for n in (sigstore, c2sp)} != {(head.tree_size, head.root)}:
                yield "a note is over another size or root"
        except AttestError as err:
            yield str(err)

    def _checkpoint(self) -> None:
        if self.published == 0:
            self.bad("checkpoint", "nothing is published")
        elif self.published > self.tree.edge.size:
            self.bad("checkpoint", f"it is of {self.published} entries, {self.tree.edge.size} are stored")
        # The checkpoint is served as the head's own note; that note and its root were held against the entries above.
        elif self.shown is None or not self._is_shown(self.shown):
            self.bad("checkpoint", "it is not the note that was signed for its size")

    def _is_shown(self, head: TreeHeadRow) -> bool:
        shown = self.instance.log.publisher.fetch("checkpoint")
        return is_noted(*self.place, head.tree_size, bare=head.c2sp_note, shown=shown)

    def result(self) -> FsckResult:
        tiles = self.tree.tiles.count
        checked = [
            f"{self.tree.edge.size} entries in a tree made again, each with the proof stored with it",
            f"{self.heads} heads, each with the root of its size and both notes",
            f"checkpoint of {self.published} and {tiles} tiles, byte by byte",
        ]
        not_checked = [
            "whether the index was derived honestly when it was written by others",
            "completeness of any transcript",
            "when an attestation came in here: what was signed about time is in its bundle",
        ]
        audit = self.statements
        if audit is None:
            not_checked.append("what entries say, the index, the rows found by it, and parts: without --hashes")
        else:
            for what in log_problems(walk.log_row(*self.place), self.instance.services.log, audit.genesis):
                self.bad("log", what)
            if audit.unkeyed:
                not_checked.append(
                    f"keys of the index rows of {audit.unkeyed} entries: the log is private and its index key is not here"
                )
            segments = self.index.files(self.instance.log.segments)
            checked += [*audit.checked(), f"{segments} stored segments of the index"]
            if self.depth.index:
                checked.append(f"{self.index.compactions} compactions of the index, made again from its rows")
            else:
                not_checked.append(f"that {self.index.compactions} compactions of the index dropped no row: --index")
        if not self.depth.signatures:
            not_checked.append("signatures of the bundles: --signatures")
        return FsckResult(
            tree_size=self.tree.edge.size,
            checked=tuple(checked),
            problems=tuple(self.problems),
            not_checked=tuple(not_checked),
            more_problems=self.more,
        )
