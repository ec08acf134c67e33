"""A pull request found in a clone alone: by the forge's ref, or by what the commit that landed says of itself.

A number in a message is anybody's word: how it was found is always told, and nothing rests on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.errors import Absent
from attest.model.session_predicate import SESSION_V1
from attest.store import attestations
from attest.store.log_reader import LogReader
from attest.store.population_rows import spoken_of
from attest.usecases.population_ground import Told
from attest.usecases.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.git import Repository
    from attest.usecases.instance import Instance

MAX_COMMITS: Final = 200
MAX_STEPS: Final = 20_000
"""Steps of the first-parent line that are looked through."""
_REFS: Final = (
    "refs/pull/{}/head",
    "refs/remotes/origin/pull/{}/head",
    "refs/remotes/origin/pr/{}",
    "refs/merge-requests/{}/head",
    "refs/remotes/origin/merge-requests/{}/head",
)
_SAYS: Final = re.compile(
    r"\AMerge pull request #([0-9]{1,9}) |\A[^\n]*\((?:pull request )?#([0-9]{1,9})\) *(?:\n|\Z)|"
    r"^See merge request [^\s!]{1,300}!([0-9]{1,9})$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullCommit:
    """One commit that the pull request brought."""

    oid: str
    subject: str
    """Hostile text."""
    at: str
    state: str
    """Of the states of coverage, as far as log and marks tell: covered, declared, marked, unmarked."""
    sessions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPull:
    """A pull request as this clone shows it."""

    how: str
    landed: str
    """The commit that landed; empty where none is found."""
    commits: tuple[PullCommit, ...]
    more: int
    tree_size: int


def find_pull(instance: Instance, repository: Repository, tip: str, number: int) -> FoundPull:
    """Find a pull request by its number.

    Raises:
        Absent: `service.not-found`, this clone shows none of that number.
    """
    landed = next((oid for oid, said in _steps(repository, tip) if said == number), "")
    if landed:
        parents = repository.commit_facts(landed).parents
        ends = [landed, *(f"^{one}" for one in parents[:1])]
        how = "the commit that landed names it in its message: the forge’s word, signed by nobody"
    else:
        head = _ref(repository, number)
        if not head:
            raise Absent("service.not-found", "no ref and no landed commit of that number is in this clone")
        ends = [head, f"^{tip}"]
        how = "the forge’s ref in this clone, as last fetched; no commit on the branch names it"
    oids = repository.plumbing(["rev-list", "--topo-order", *ends, "--"]).decode("ascii").split()
    reader = LogReader(instance.engine, instance.scope, instance.log.name).head()
    size = reader.tree_size if reader else 0
    rows = _commits(instance, repository, (oids[:MAX_COMMITS], ends), size)
    return FoundPull(how=how, landed=landed, commits=rows, more=max(0, len(oids) - MAX_COMMITS), tree_size=size)


def _steps(repository: Repository, tip: str) -> Iterator[tuple[str, int]]:
    arguments = [
        "log",
        "-z",
        "--first-parent",
        f"--max-count={MAX_STEPS}",
        "--format=%H%x1f%B",
        "--end-of-options",
        tip,
    ]
    listing = repository.plumbing([*arguments, "--"])
    for record in listing.decode("utf-8", "replace").split("\0"):
        oid, _, message = record.partition("\x1f")
        found = _SAYS.search(message)
        if found:
            yield oid, int(next(one for one in found.groups() if one))


def _ref(repository: Repository, number: int) -> str:
    names = [one.format(number) for one in _REFS]
    listing = repository.plumbing(["for-each-ref", "--count=1", "--format=%(objectname)", *names])
    return listing.decode("ascii").strip()


def _commits(
    instance: Instance, repository: Repository, found: tuple[list[str], list[str]], size: int
) -> tuple[PullCommit, ...]:
    oids, ends = found
    told: dict[str, Told] = {}
    sessions: dict[str, list[str]] = {}
    for one in spoken_of(instance.engine, instance.scope, oids, size):
        told.setdefault(one.oid, Told()).add(one)
        if one.predicate_type == SESSION_V1:
            stored = attestations.by_id(instance.engine, instance.scope, one.attestation)
            sessions.setdefault(one.oid, []).append(stored.session or "" if stored else "")
    marked = {one.oid: one for one in survey(repository, tuple(ends)).commits}
    return tuple(
        PullCommit(
            oid=oid,
            subject=marked[oid].subject if oid in marked else "",
            at=_time(repository, oid),
            state=_state(told.get(oid), bool(oid in marked and marked[oid].marks)),
            sessions=tuple(dict.fromkeys(one for one in sessions.get(oid, ()) if one)),
        )
        for oid in oids
    )


def _state(log: Told | None, marked: bool) -> str:  # noqa: FBT001
    if log is not None and log.state in {"covered", "declared"}:
        return log.state
    return "marked" if marked else "unmarked"


def _time(repository: Repository, oid: str) -> str:
    text = repository.plumbing(["log", "-1", "--format=%ct", "--end-of-options", oid, "--"]).decode("ascii").strip()
    return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%d %H:%M")
