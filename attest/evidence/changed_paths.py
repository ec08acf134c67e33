"""The paths a commit changed, with their modes before and after, from the clone's own tree diff; of a merge, its own.

A merge is held against the merge that would have come about by itself, file by file: what only one side changed since
their merge base is that side's, what both changed alike is theirs, and everything else is the merge's own. A merge
that brings nothing of its own was judged with the commits it brings together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput
from attest.git import DIFF_TREE, MAX_CHANGED_FILES
from attest.policy.change import Change

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.commit import CommitFacts

_GONE: Final = "000000"
_MERGED_SIDES: Final = 2
_Row = tuple[str, str, str]
"""Mode before, mode after, blob after."""


def changed_paths(repository: Repository, commit: CommitFacts) -> tuple[Change, ...]:
    """Give what a commit changed against its first parent, or against nothing.

    Raises:
        CannotVerify: a parent is not in this clone.
        InvalidInput: more than 200,000 paths changed.
    """
    parent = commit.parents[0] if commit.parents else None
    return _changes(_rows(repository, parent, commit.oid))


def own_paths(repository: Repository, commit: CommitFacts) -> tuple[Change, ...]:
    """Give what a commit of a range changed by itself: of a merge of two, only what the merge itself brings."""
    if len(commit.parents) != _MERGED_SIDES:
        return changed_paths(repository, commit)
    first, second = commit.parents
    bases = _merge_bases(repository, first, second)
    if len(bases) != 1:  # none, or criss-cross: what it would have come to is not one answer
        return changed_paths(repository, commit)
    ours, theirs, merged = (_rows(repository, bases[0], oid) for oid in (first, second, commit.oid))
    own = {}
    for path in ours.keys() | theirs.keys() | merged.keys():
        one, other, result = ours.get(path), theirs.get(path), merged.get(path)
        taken = one if other is None else other if one is None else one if one == other else "both"
        if result != taken:
            own[path] = result or one or other or (_GONE, _GONE, "")
    return _changes(own)


def _rows(repository: Repository, before: str | None, after: str) -> dict[bytes, _Row]:
    against = [before, after] if before else ["--root", after]
    raw = repository.plumbing([*DIFF_TREE, "-z", "--raw", "--full-index", *against])
    fields = raw.split(b"\0")
    rows: dict[bytes, _Row] = {}
    for meta, path in zip(fields[0::2], fields[1::2], strict=False):
        old, new, _, blob, _ = meta.decode("ascii").lstrip(":").split(" ", 4)
        rows[path] = (old, new, blob)
    if len(rows) > MAX_CHANGED_FILES:
        raise InvalidInput("input.too-large", "changed files", expected=f"<= {MAX_CHANGED_FILES}", got=str(len(rows)))
    return rows


def _changes(rows: dict[bytes, _Row]) -> tuple[Change, ...]:
    return tuple(Change(path=path, before=row[0], after=row[1]) for path, row in sorted(rows.items()))


def _merge_bases(repository: Repository, one: str, other: str) -> tuple[str, ...]:
    try:
        return tuple(repository.plumbing(["merge-base", "--all", one, other]).decode("ascii").split())
    except CannotVerify:
        return ()
