"""The paths a commit changed, with their modes before and after, from the clone's own tree diff; of a merge, its own.

A merge is held against the merge that would have come about by itself, file by file: what only one side changed since
their merge base is that side's, what both changed alike is theirs, and everything else is the merge's own. A merge
that brings nothing of its own was judged with the commits it brings together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput
from attest.git import DIFF_TREE, MAX_CHANGED_FILES
from attest.policy.change import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.git import Repository
    from attest.model.commit import CommitFacts

_GONE: Final = "000000"
_MERGED_SIDES: Final = 2
_Row = tuple[str, str, str]
"""Mode before, mode after, blob after."""
RangeRows = Mapping[str, Mapping[bytes, _Row]]
"""Tree diffs by commit, each in the order in which git gave it."""


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


def range_rows(repository: Repository, commits: Sequence[CommitFacts]) -> RangeRows:
    """Give the tree diff of every commit with at most one parent, by oid; git is asked once for all."""
    single = [one.oid for one in commits if len(one.parents) < _MERGED_SIDES]
    asked = [option for option in DIFF_TREE if option != "--no-commit-id"]
    raw = repository.plumbing(
        [*asked, "-z", "--raw", "--full-index", "--root", "--stdin"],
        data="".join(f"{oid}\n" for oid in single).encode(),
    )
    found: dict[str, dict[bytes, _Row]] = {oid: {} for oid in single}
    fields = iter(raw.split(b"\0"))
    here: dict[bytes, _Row] = {}
    for field in fields:
        if field.startswith(b":"):
            _take(here, field, next(fields))
        elif field:
            here = found[field.decode("ascii")]
    return found


def range_paths(
    repository: Repository, commits: Sequence[CommitFacts], rows: RangeRows
) -> dict[str, tuple[Change, ...]]:
    """Give `own_paths` of many commits by oid, from what `range_rows` gave."""
    merges = {one.oid: own_paths(repository, one) for one in commits if one.oid not in rows}
    return {oid: _changes(row) for oid, row in rows.items()} | merges


def _take(rows: dict[bytes, _Row], meta: bytes, path: bytes) -> None:
    old, new, _, blob, _ = meta.decode("ascii").lstrip(":").split(" ", 4)
    rows[path] = (old, new, blob)
    if len(rows) > MAX_CHANGED_FILES:
        raise InvalidInput("input.too-large", "changed files", expected=f"<= {MAX_CHANGED_FILES}")


def _rows(repository: Repository, before: str | None, after: str) -> dict[bytes, _Row]:
    against = [before, after] if before else ["--root", after]
    raw = repository.plumbing([*DIFF_TREE, "-z", "--raw", "--full-index", *against])
    fields = raw.split(b"\0")
    rows: dict[bytes, _Row] = {}
    for meta, path in zip(fields[0::2], fields[1::2], strict=False):
        _take(rows, meta, path)
    return rows


def _changes(rows: Mapping[bytes, _Row]) -> tuple[Change, ...]:
    return tuple(Change(path=path, before=row[0], after=row[1]) for path, row in sorted(rows.items()))


def _merge_bases(repository: Repository, one: str, other: str) -> tuple[str, ...]:
    try:
        return tuple(repository.plumbing(["merge-base", "--all", one, other]).decode("ascii").split())
    except CannotVerify:
        return ()
