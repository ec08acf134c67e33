"""Commits of a range as values, in the order git walks them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.git import Repository

MAX_COMMITS: Final = 50_000
_FIELDS: Final = ("%H", "%T", "%P", "%an", "%ae", "%at", "%ct", "%B")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCommit:
    """One commit as `git log` tells of it. Names and times are claims that git does not check."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    author: str
    """`name <address>`."""
    authored_at: int
    committed_at: int
    message: str

    @property
    def subject(self) -> str:
        """First line of the message."""
        return self.message.split("\n", 1)[0]


def log_commits(
    repository: Repository, revisions: Sequence[str], *, most: int = MAX_COMMITS
) -> tuple[HistoryCommit, ...]:
    """Give the commits of revisions (`("A..B",)`, `("HEAD", "--not", "main")`), newest first, at most `most`.

    Raises:
        InvalidInput: there are more, or a revision does not exist.
    """
    require_revisions(revisions)
    form = "--format=" + "%x00".join(_FIELDS)
    try:
        out = repository.plumbing(["log", "-z", f"--max-count={most + 1}", form, *revisions, "--"])
    except CannotVerify as err:
        raise InvalidInput("git.no-such-revision", where=" ".join(revisions)[:80]) from err
    values = out.decode("utf-8", "replace").split("\0")
    rows = [values[at : at + len(_FIELDS)] for at in range(0, len(values) - 1, len(_FIELDS))]
    if len(rows) > most:
        raise InvalidInput("input.too-large", "commits of a range", expected=f"<= {most}")
    return tuple(_commit(row) for row in rows if len(row) == len(_FIELDS))


def require_revisions(revisions: Sequence[str]) -> None:
    """Refuse what git would read as an option of another kind.

    Raises:
        InvalidInput: `git.no-such-revision`.
    """
    for revision in revisions:
        known = revision in {"--not", "--no-merges", "--first-parent", "--all", "--no-walk"}
        known = known or revision.startswith(("--exclude=refs/", "--glob=refs/"))
        if "\0" in revision or "\n" in revision or not revision or (revision.startswith("-") and not known):
            raise InvalidInput("git.no-such-revision", where=repr(revision[:80]))


def one_commit(repository: Repository, oid: str) -> HistoryCommit:
    """Give one commit.

    Raises:
        InvalidInput: there is no such commit.
    """
    found = log_commits(repository, (f"{oid}^!",), most=1)
    if not found:
        raise InvalidInput("git.no-such-revision", where=oid)
    return found[0]


def _commit(row: list[str]) -> HistoryCommit:
    oid, tree, parents, name, email, authored, committed, message = row
    return HistoryCommit(
        oid=oid.strip(),
        tree=tree,
        parents=tuple(parents.split()),
        author=f"{name} <{email}>",
        authored_at=_seconds(authored),
        committed_at=_seconds(committed),
        message=message,
    )


def _seconds(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0
