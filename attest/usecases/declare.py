"""Declare: a person signs that no agent had a part in commits of his own clone (`declaration/v1`).

1. read     every commit of the range from the clone: object, tree, changed files
2. refuse   a commit that bears an agent's mark, or whose session is recorded here, unless the caller says it was seen
3. log      one statement per `COMMITS_PER_STATEMENT` commits; queued for the service, where one is named

A declaration proves who said it and when. It does not prove that it is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput, Refused
from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.session_predicate import SESSION_V1
from attest.model.times import rfc3339
from attest.store.attestation_lists import speaking_of
from attest.usecases.chain_at_hand import readers_of
from attest.usecases.commit_context import repository_name
from attest.usecases.log_statement import log_statement
from attest.usecases.send import queue_bundle
from attest.usecases.stated_commits import stated_commit
from attest.usecases.survey import survey

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance

COMMITS_PER_STATEMENT: Final = 256
MAX_COMMITS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareRequest:
    """Which commits a person declares."""

    repository: Repository
    revisions: tuple[str, ...]
    """As git reads them: `("A..B",)`, or full oids with `single`."""
    single: bool = False
    """True: each revision is one commit, declared without its ancestors."""
    capacity: str = "author"
    marks_seen: bool = False
    """True: neither a mark nor a recorded session stops the declaration; both can then be read side by side."""


def declare(request: DeclareRequest, instance: Instance) -> tuple[Receipt, ...]:
    """Sign and log declarations; declaring the same commits again gives the same receipts.

    Raises:
        InvalidInput: `input.empty` for a range without commits, `input.too-large` beyond 10,000.
        Refused: `declare.marked`, a commit bears an agent's mark, or a session of it is recorded here.
    """
    oids = _oids(request)
    if not request.marks_seen:
        _require_unrecorded(instance, oids)
    starts = range(0, len(oids), COMMITS_PER_STATEMENT)
    return tuple(_declare(request, instance, oids[start : start + COMMITS_PER_STATEMENT]) for start in starts)


def _oids(request: DeclareRequest) -> tuple[str, ...]:
    asked = [(f"{oid}^!",) for oid in request.revisions] if request.single else [request.revisions]
    surveyed = [commit for one in asked for commit in survey(request.repository, one).commits]
    if not surveyed:
        raise InvalidInput("input.empty", "no commit is in the range", where=" ".join(request.revisions))
    if len(surveyed) > MAX_COMMITS:
        raise InvalidInput("input.too-large", "commits", expected=f"<= {MAX_COMMITS}", got=str(len(surveyed)))
    marked = [commit for commit in surveyed if commit.marks]
    if marked and not request.marks_seen:
        first = marked[0]
        raise Refused(
            "declare.marked",
            expected="no agent's mark on any commit",
            got=f"{len(marked)} marked, the newest by {first.marks[0]}",
            where=first.oid,
        )
    return tuple(reversed([commit.oid for commit in surveyed]))


def _require_unrecorded(instance: Instance, oids: tuple[str, ...]) -> None:
    listed = [speaking_of(one.engine, one.scope, oids, None)[1] for one in readers_of(instance)]
    for oid in oids:
        spoken = (one for each in listed for one in each[oid])
        recorded = next((one for one in spoken if one.predicate_type == SESSION_V1), None)
        if recorded is not None:
            session = recorded.session or recorded.attestation
            raise Refused("declare.marked", expected="no session recorded for it", got=session, where=oid)


def _declare(request: DeclareRequest, instance: Instance, oids: tuple[str, ...]) -> Receipt:
    name = repository_name(request.repository, oids[0])
    rows = [stated_commit(request.repository, name, oid) for oid in oids]
    now = instance.clock.now().astimezone(UTC)
    predicate: dict[str, object] = {
        "says": "no-agent",
        "declaredAt": rfc3339(now),
        "capacity": request.capacity,
        "commits": [row for _, row in rows],
    }
    receipt = log_statement(
        instance,
        DECLARATION_V1,
        tuple(subject for subject, _ in rows),
        predicate,
        write_key_material="\0".join((request.capacity, *sorted(oids))).encode(),
        repository=request.repository,
    )
    queue_bundle(instance, receipt)
    return receipt
