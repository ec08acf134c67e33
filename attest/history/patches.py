"""What commits change, as patches: git's stable patch id, and the lines added and removed, many commits in one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.model.diff import FileDiff, parse_diff

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attest.git import Repository

BATCH: Final = 128
MAX_PATCH_BYTES: Final = 8 * 1024 * 1024
"""Text of one patch that is read into lines; the patch id covers all of it."""
_DIFF: Final = (
    "diff-tree", "-r", "-p", "--root", "--full-index", "--no-renames", "--no-relative", "--ignore-submodules=none",
    "-O/dev/null", "--no-ext-diff", "--no-textconv", "--no-color", "--unified=0", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
_DIFF_FOR_ID: Final = tuple(part for part in _DIFF if part != "--unified=0")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitPatch:
    """The patch of one commit against its first parent; a merge has none."""

    patch_id: str | None
    """None for an empty patch and for merges."""
    files: tuple[FileDiff, ...]
    cut: bool
    """The text was longer than is read: lines are missing."""


NO_PATCH: Final = CommitPatch(patch_id=None, files=(), cut=False)


def read_patches(repository: Repository, oids: Sequence[str]) -> dict[str, CommitPatch]:
    """Give the patch of every commit named; one that changes nothing, and a merge, give `NO_PATCH`."""
    out: dict[str, CommitPatch] = {}
    unique = list(dict.fromkeys(oids))
    for start in range(0, len(unique), BATCH):
        out |= _batch(repository, unique[start : start + BATCH])
    return out


def range_patch(repository: Repository, base: str, tip: str) -> CommitPatch:
    """Give the patch from one commit to another as if it were one commit: what squashing them would make."""
    text = repository.plumbing([*_DIFF, base, tip])
    whole = repository.plumbing([*_DIFF_FOR_ID, base, tip])
    ids = _patch_ids(repository, tip.encode() + b"\n" + whole)
    return CommitPatch(
        patch_id=ids.get(tip),
        files=parse_diff(text[:MAX_PATCH_BYTES].decode("utf-8", "replace")),
        cut=len(text) > MAX_PATCH_BYTES,
    )


def _batch(repository: Repository, oids: list[str]) -> dict[str, CommitPatch]:
    names = "\n".join(oids).encode() + b"\n"
    try:
        text = repository.plumbing([*_DIFF, "--stdin"], data=names)
        ids = _patch_ids(repository, repository.plumbing([*_DIFF_FOR_ID, "--stdin"], data=names))
    except InvalidInput:
        if len(oids) == 1:
            return {oids[0]: CommitPatch(patch_id=None, files=(), cut=True)}
        half = len(oids) // 2
        return _batch(repository, oids[:half]) | _batch(repository, oids[half:])
    patches = dict.fromkeys(oids, NO_PATCH)
    for oid, body in _split(text, frozenset(oids)):
        patches[oid] = CommitPatch(
            patch_id=ids.get(oid),
            files=parse_diff(body[:MAX_PATCH_BYTES].decode("utf-8", "replace")),
            cut=len(body) > MAX_PATCH_BYTES,
        )
    return patches


def _patch_ids(repository: Repository, text: bytes) -> dict[str, str]:
    if not text.strip():
        return {}
    out = repository.plumbing(["patch-id", "--stable"], data=text).decode("ascii")
    rows = (line.split() for line in out.splitlines())
    return {row[1]: row[0] for row in rows if len(row) == 2}


def _split(text: bytes, oids: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    # A line of a patch always starts with a sign or a keyword, so a bare oid that was asked for is a head.
    current: str | None = None
    start = position = 0
    width = {len(oid) for oid in oids}
    while position < len(text):
        end = text.find(b"\n", position)
        end = len(text) if end < 0 else end
        if end - position in width and (name := text[position:end].decode("latin-1")) in oids:
            if current is not None:
                yield current, text[start:position]
            current, start = name, end + 1
        position = end + 1
    if current is not None:
        yield current, text[start:]
