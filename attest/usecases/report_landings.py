"""What a report says of landings: for each change of a range, the verdict that stood when it came to the default branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, InvalidInput
from attest.evidence.report.facts import LandingFact
from attest.history.objects import ObjectReader
from attest.policy.operation import operation
from attest.store.log_reader import LogReader
from attest.usecases.control_operation import StepGround, landed_changes, logged_rows
from attest.usecases.landed_steps import steps_that_brought

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attest.git import Repository
    from attest.policy.operation import LoggedRow, Operated
    from attest.usecases.instance import Instance
    from attest.usecases.landed_steps import Steps

NOT_KNOWN: Final = "not-known"
NOT_LANDED: Final = LandingFact(outcome="not-landed", why="it is not on the remote’s default branch as last fetched")
NO_BRANCH: Final = LandingFact(outcome=NOT_KNOWN, why="the clone knows no default branch of a remote")
TOO_LONG: Final = LandingFact(outcome=NOT_KNOWN, why="too many commits came to the branch since")
NO_GIT: Final = LandingFact(outcome=NOT_KNOWN, why="git could not say what brought it")
_ENFORCED: Final = {True: "yes", False: "no", None: "not known"}


def landings_of(
    instance: Instance, repository: Repository, base: str, oids: Sequence[str], *, tree_size: int | None = None
) -> Mapping[str, LandingFact]:
    """Give what stood when each of these commits, all above `base`, landed; empty where the log has no entry.

    Raises:
        InvalidInput: `ledger.range`, no head of that tree size was signed here.
    """
    head = LogReader(instance.engine, instance.scope, instance.log.name).head(tree_size)
    if head is None:
        if tree_size is not None:
            raise InvalidInput("ledger.range", where=f"tree size {tree_size}")
        return {}
    tip = repository.default_branch()
    if tip is None:
        return dict.fromkeys(oids, NO_BRANCH)
    try:
        steps = steps_that_brought(repository, tip, base, oids)
    except AttestError:
        return dict.fromkeys(oids, NO_GIT)
    if steps is None:
        return dict.fromkeys(oids, TOO_LONG)
    brought = frozenset(oid for step, _ in steps for oid in step.brought)
    rows = logged_rows(instance, head.tree_size, brought)
    found = _stood(instance, steps, rows, (repository, head.tree_size))
    by_step = {one.change.oid: _fact(one, rows) for one in found}
    by_commit = {oid: by_step[step.oid] for step, _ in steps for oid in step.brought}
    return {oid: by_commit.get(oid, NOT_LANDED) for oid in oids}


def _stood(
    instance: Instance, steps: Steps, rows: Mapping[str, Sequence[LoggedRow]], where: tuple[Repository, int]
) -> tuple[Operated, ...]:
    repository, tree_size = where
    with ObjectReader(repository) as objects:
        ground = StepGround(repository=repository, objects=objects, tree_size=tree_size)
        changes = landed_changes(instance, steps, ground)
    times = [at for _, at in steps]
    # Gaps of capture have a section of their own.
    return operation(changes, rows, (), period=(min(times, default=0), max(times, default=0) + 1)).changes


def _fact(one: Operated, rows: Mapping[str, Sequence[LoggedRow]]) -> LandingFact:
    change = one.change
    return LandingFact(
        outcome=one.landed.value,
        why=one.why,
        step=change.oid,
        at=change.landed_at,
        verdict=one.verdict,
        mode=change.mode,
        enforced=_ENFORCED[one.enforced],
        entries=_entries(one.attestations, (row for oid in change.commits for row in rows.get(oid, ()))),
    )


def _entries(names: Sequence[str], rows: Iterable[LoggedRow]) -> tuple[tuple[int, str], ...]:
    return tuple(sorted({(row.index, row.attestation) for row in rows if row.attestation in names}))
