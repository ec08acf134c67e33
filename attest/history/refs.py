"""Refs, trees and notes of a clone, listed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify

if TYPE_CHECKING:
    from attest.git import Repository

MAX_REFS: Final = 200_000
_TREE_FIELDS: Final = 4


@dataclass(frozen=True, slots=True)
class Ref:
    """A ref and what it points at."""

    name: str
    oid: str
    kind: str
    """`commit`, `blob`, `tree` or `tag`."""


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file of a tree."""

    path: str
    oid: str
    size: int


def list_refs(repository: Repository, *prefixes: str) -> tuple[Ref, ...]:
    """Give the refs below prefixes (`refs/heads/`), in git's order, at most `MAX_REFS`."""
    form = "--format=%(refname)%00%(objectname)%00%(objecttype)"
    out = repository.plumbing(["for-each-ref", f"--count={MAX_REFS}", form, *prefixes])
    rows = (line.split("\0") for line in out.decode("utf-8", "replace").splitlines())
    return tuple(Ref(*row) for row in rows if len(row) == 3)


def list_tree(repository: Repository, revision: str) -> tuple[TreeFile, ...]:
    """Give every file of a revision's tree with its blob; empty where there is no such revision."""
    try:
        out = repository.plumbing(["ls-tree", "--full-tree", "-r", "-l", "-z", "--end-of-options", revision])
    except CannotVerify:
        return ()
    files = []
    for row in out.split(b"\0"):
        meta, _, path = row.partition(b"\t")
        fields = meta.split()
        if len(fields) == _TREE_FIELDS and fields[1] == b"blob":
            # A partial clone does not know the size of what it does not hold.
            size = int(fields[3]) if fields[3].isdigit() else 0
            files.append(TreeFile(os.fsdecode(path), fields[2].decode("ascii"), size))
    return tuple(files)


def list_notes(repository: Repository, ref: str) -> tuple[tuple[str, str], ...]:
    """Give (annotated oid, blob of the note) of a notes ref; empty where there is none."""
    try:
        out = repository.plumbing(["notes", f"--ref={ref}", "list"])
    except CannotVerify:
        return ()
    rows = (line.split() for line in out.decode("ascii", "replace").splitlines())
    return tuple((row[1], row[0]) for row in rows if len(row) == 2)
