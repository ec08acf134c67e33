"""The JSON of a pull request's roll-up, and of what became of a hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from api.schemas import Body

if TYPE_CHECKING:
    from api.pulls import RollUp


class PullCommitBody(Body):
    """One commit of a pull request."""

    oid: str
    verdict: str = Field(description="pass, policy, invalid, absent or indeterminate.")
    exit_code: int
    sentence: str
    sessions: tuple[str, ...]
    reviews: int = Field(description="Reviews signed, outdated ones included.")


class PullBody(Body):
    """A pull request as it stands here: read from the clone and the log, not from the forge."""

    forge: str
    owner: str
    repo: str
    number: int
    head: str
    base: str = Field(description="Where it left its branch; empty where that is not known.")
    landed: str = Field(
        description="The commit whose message says that it landed it, which anybody can write; empty if none."
    )
    how: str = Field(description="How its commits were found in the clone.")
    verdict: str
    exit_code: int
    why: str
    commits: tuple[PullCommitBody, ...]
    sessions: tuple[str, ...]


class HookBody(Body):
    """What became of a hook."""

    seen: bool = Field(description="It was about a pull request.")
    verdict: str | None = None
    told: bool = Field(default=False, description="The forge took the verdict.")


def pull_body(one: RollUp) -> PullBody:
    """Give the JSON of a roll-up."""
    return PullBody(
        forge=one.pull.forge,
        owner=one.pull.owner,
        repo=one.pull.repo,
        number=one.pull.number,
        head=one.head,
        base=one.base,
        landed=one.landed,
        how=one.how,
        verdict=one.verdict.value,
        exit_code=one.exit_code,
        why=one.why,
        commits=tuple(
            PullCommitBody(
                oid=each.oid,
                verdict=each.verdict.value,
                exit_code=each.answer.verdict.exit_code,
                sentence=each.answer.sentence,
                sessions=each.answer.sessions,
                reviews=len(each.reviews),
            )
            for each in one.commits
        ),
        sessions=one.sessions,
    )
