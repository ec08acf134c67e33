"""Which commit wrote a line, as git blames it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput

if TYPE_CHECKING:
    from attest.git import Repository

IGNORE_FILE: Final = ".git-blame-ignore-revs"
_HEAD_FIELDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BlamedLine:
    """One line and the commit that git says wrote it."""

    oid: str
    path: str
    """The file's name in that commit."""
    line: int
    """Its number in that commit, from 1."""
    text: str
    boundary: bool
    """History ends here (the range's or a shallow clone's): the line may be older."""


def blame_line(repository: Repository, revision: str, path: str, line: int) -> tuple[BlamedLine, bool]:
    """Blame one line at a revision; second is whether `.git-blame-ignore-revs` of that revision was honoured.

    Raises:
        InvalidInput: there is no such file or line at that revision.
    """
    if line < 1 or path.startswith("-") or "\0" in path:
        raise InvalidInput("input.not-found", where=f"{path}:{line}")
    ignored = _ignored(repository, revision)
    skip = [part for oid in ignored for part in ("--ignore-rev", oid)]
    # Without `-M` and `-C`: a moved line is blamed on the move, which is what the commit did.
    command = ["blame", "--porcelain", "-w", "-L", f"{line},{line}", *skip, revision, "--", path]
    try:
        out = repository.plumbing(command)
    except CannotVerify as err:
        raise InvalidInput("input.not-found", "no such line at that revision", where=f"{path}:{line}") from err
    return _parse(out.decode("utf-8", "replace"), path), bool(ignored)


def _ignored(repository: Repository, revision: str) -> tuple[str, ...]:
    try:
        data = repository.tree_blob(revision, IGNORE_FILE)
    except CannotVerify:
        return ()
    lines = (line.split("#", 1)[0].strip() for line in (data or b"").decode("utf-8", "replace").splitlines())
    # git refuses the whole blame over one name it does not know, and a list outlives what was rewritten.
    return tuple(oid for oid in lines if len(oid) in {40, 64} and oid.isalnum() and repository.has_commit(oid))[:256]


def _parse(text: str, path: str) -> BlamedLine:
    lines = text.split("\n")
    head = lines[0].split()
    if len(head) < _HEAD_FIELDS:
        raise InvalidInput("input.not-found", where=path)
    name = next((line[9:] for line in lines if line.startswith("filename ")), path)
    content = next((line[1:] for line in lines if line.startswith("\t")), "")
    boundary = any(line == "boundary" for line in lines)
    return BlamedLine(oid=head[0], path=name, line=int(head[1]), text=content, boundary=boundary)
