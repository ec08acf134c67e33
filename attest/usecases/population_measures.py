"""How much each commit of a range changed, as git counts: files, and lines added and removed, against the first parent.

Counted without attributes of the work tree, renames, or a configured way to diff, so that every clone counts the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attest.git import DIFF_TREE
from attest.model.landings import parse_parents

if TYPE_CHECKING:
    from collections.abc import Collection

    from attest.git import Repository

_EMPTY_TREE: Final = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""By the length of an oid: where git looks for attributes, and finds none."""
_COUNT: Final = (
    *(option for option in DIFF_TREE if option != "--no-commit-id"),
    "-z", "--numstat", "--no-ext-diff", "--no-textconv", "--diff-algorithm=myers", "--root", "--stdin",
)  # fmt: skip
_BINARY: Final = b"-"


def measured(repository: Repository, base: str, tip: str, units: Collection[str]) -> dict[str, tuple[int, int | None]]:
    """Give (files, lines) of commits of `base..tip`, by oid; no lines where git takes one of the files for binary.

    Raises:
        CannotVerify: the clone lacks a parent, or git took too long.
        InvalidInput: `input.too-large`: what git prints is beyond 256 MiB.
    """
    parents = parse_parents(repository.plumbing(["rev-list", "--parents", tip, f"^{base}", "--"]))
    asked = "".join(" ".join((one, *parents[one][:1])) + "\n" for one in units)
    # As of a bare repository no attributes are read from a work tree or an index; newer gits look in a tree instead.
    apart = replace(repository, path=repository.common_dir)
    none = ("core.bare=true", f"attr.tree={_EMPTY_TREE[len(tip)]}", "core.attributesFile=/dev/null")
    plain = [part for one in none for part in ("-c", one)]
    return _counted(apart.plumbing([*plain, *_COUNT], data=asked.encode()), units)


def _counted(raw: bytes, units: Collection[str]) -> dict[str, tuple[int, int | None]]:
    found: dict[str, tuple[int, int | None]] = dict.fromkeys(units, (0, 0))  # git is silent where nothing changed
    here = ""
    for field in raw.split(b"\0"):
        added, _, rest = field.partition(b"\t")
        if not rest:
            here = field.decode("ascii") or here
            continue
        removed = rest.partition(b"\t")[0]
        files, lines = found[here]
        binary = lines is None or _BINARY in {added, removed}
        found[here] = files + 1, None if binary else (lines or 0) + int(added) + int(removed)
    return found
