"""Plain files under a ref of a clone, as commits that say nothing of who ran this: equal files give equal commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.git import Repository

_WHO: Final = "whereof <log@whereof.invalid>"
_FILE_MODE: Final = "100644"


def keep_files(repository: Repository, ref: str, files: Mapping[str, bytes], *, message: str, at: int) -> bool:
    """Put files into the tree of a ref beside those that are there; False where all of them stand there already.

    A file of the same name is replaced; the ref's history keeps what it was. `at` is the commit's time.

    Raises:
        CannotVerify: `git.failed`: also where somebody else moved the ref in the meantime.
    """

    def git(*arguments: str, data: bytes | None = None) -> str:
        return repository.plumbing(arguments, data=data).decode("utf-8", "replace").strip()

    before = git("for-each-ref", "--format=%(objectname)", ref)
    rows: dict[str, str] = {}
    for row in repository.plumbing(["ls-tree", "-z", before]).decode().split("\0") if before else ():
        meta, _, name = row.partition("\t")
        if name:
            rows[name] = meta
    kept = dict(rows)
    for name, data in files.items():
        rows[name] = f"{_FILE_MODE} blob {git('hash-object', '-w', '--stdin', data=data)}"
    if rows == kept:
        return False
    tree = git("mktree", "-z", data="".join(f"{meta}\t{name}\0" for name, meta in rows.items()).encode())
    parents = f"parent {before}\n" if before else ""
    text = f"tree {tree}\n{parents}author {_WHO} {at} +0000\ncommitter {_WHO} {at} +0000\n\n{message}\n"
    made = git("hash-object", "-t", "commit", "-w", "--stdin", data=text.encode())
    git("update-ref", ref, made, before or "0" * len(made))
    return True
