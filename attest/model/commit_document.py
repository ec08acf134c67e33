"""The part `commits/<oid>`: what the clone said of a commit when the session was recorded. Erasable, never signed alone.

Message and diff are redacted. Names and addresses are kept as git has them: who is said to have written a commit is
the first thing an auditor asks, git shows it to everyone with a clone, and the part can be erased.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from attest.errors import InvalidInput
from attest.model.commit import CommitFacts

SCHEMA: Final = "whereof/commit-part/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitDocument:
    """One commit as kept beside a session."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    committer_name: str
    authored_at: int
    committed_at: int
    """Seconds since the epoch; the clocks of whoever made the commit."""
    repository: str
    message: str
    diff: str
    diff_cut: bool
    """True where the diff was longer than is kept."""

    @classmethod
    def of(cls, facts: CommitFacts, repository: str, *, message: str, diff: str, diff_cut: bool) -> CommitDocument:
        """Give the document of a commit as git has it, with the message and diff that may be kept."""
        return cls(
            oid=facts.oid,
            tree=facts.tree,
            parents=facts.parents,
            author_name=facts.author_name,
            author_email=facts.author_email,
            committer_name=facts.committer_name,
            authored_at=facts.authored_at,
            committed_at=facts.committed_at,
            repository=repository,
            message=message,
            diff=diff,
            diff_cut=diff_cut,
        )

    @property
    def subject(self) -> str:
        """First line of the message."""
        return self.message.split("\n", 1)[0]

    def to_json(self) -> dict[str, object]:
        """Give the document."""
        return {
            "schema": SCHEMA,
            "oid": self.oid,
            "tree": self.tree,
            "parents": list(self.parents),
            "author": {"name": self.author_name, "email": self.author_email, "at": self.authored_at},
            "committer": {"name": self.committer_name, "at": self.committed_at},
            "repository": self.repository,
            "message": self.message,
            "diff": self.diff,
            "diffCut": self.diff_cut,
        }


def parse_commit_document(value: object) -> CommitDocument:
    """Read the document back.

    Raises:
        InvalidInput: `input.malformed`, it is not of this schema.
    """
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise InvalidInput("input.malformed", "not a commit part", expected=SCHEMA)
    try:
        return CommitDocument(
            oid=str(value["oid"]),
            tree=str(value["tree"]),
            parents=tuple(str(p) for p in value["parents"]),
            author_name=str(value["author"]["name"]),
            author_email=str(value["author"]["email"]),
            committer_name=str(value["committer"]["name"]),
            authored_at=int(value["author"]["at"]),
            committed_at=int(value["committer"]["at"]),
            repository=str(value["repository"]),
            message=str(value["message"]),
            diff=str(value["diff"]),
            diff_cut=bool(value["diffCut"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as err:
        raise InvalidInput("input.malformed", "not a commit part", expected=SCHEMA) from err
