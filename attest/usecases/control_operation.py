"""How a control stood to every change that landed in a period: git says what landed, the log what was known before.

1. landed    steps of the protected branch's first-parent line whose committer's time is in the period
2. verdicts  every coverage of this instance, up to a tree size, that names a commit of theirs
3. mode      the policy at the first parent of each step: where the change could not touch it
4. fields    what is logged of the commits of each change, linked to what change control asks for
5. outages   logged gaps in capture
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, InvalidInput
from attest.history.objects import ObjectReader
from attest.ledger.index import normal_repository
from attest.model.commit import parse_commit
from attest.model.coverage import coverage_of
from attest.model.coverage_predicate import COVERAGE_V1
from attest.model.declaration_predicate import DECLARATION_V1
from attest.model.gap_predicate import GAP_V1, GapKind
from attest.model.review_predicate import REVIEW_V1
from attest.model.session_predicate import SESSION_V1
from attest.model.trailers import final_trailers
from attest.policy.change_fields import ChangeEvidence, change_fields
from attest.policy.operation import LandedChange, LoggedRow, Operation, Outage, operation
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.log_reader import LogReader
from attest.store.population_rows import Ground, spoken_of
from attest.usecases.commit_context import repository_name
from attest.usecases.landed_steps import PolicyModes, branch_tip, steps_of_period
from attest.usecases.population_ground import statements_of

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.landings import Landed
    from attest.model.statement import Statement
    from attest.usecases.instance import Instance

OUTAGES: Final = frozenset({GapKind.PAUSED.value, GapKind.SILENT.value, GapKind.CAPTURE_FAILED.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRequest:
    """What to look at."""

    repository: Repository
    start: datetime
    end: datetime
    """The first moment that is not in the period any more."""
    rule: str = ""
    branch: str = ""
    """A revision; empty: the remote's default branch as last fetched, else HEAD."""
    tree_size: int | None = None
    """Only what was logged below it counts; None: everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepGround:
    """What steps are read against."""

    repository: Repository
    objects: ObjectReader
    tree_size: int
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationReport:
    """What was found, and what it was found from."""

    operation: Operation
    repository: str
    branch: str
    """The tip, as an oid."""
    origin: str
    tree_size: int
    root: str
    shallow: bool
    """History is cut off in this clone: older changes may be missing."""


def control_operation(instance: Instance, request: OperationRequest) -> OperationReport:
    """Give how the control stood to each change.

    Raises:
        InvalidInput: the period ends before it begins; more than 10,000 changes in it; no such branch.
        CannotVerify: `ledger.range`, no head of that tree size was signed here.
    """
    repository = request.repository
    if request.start >= request.end:
        raise InvalidInput("input.usage", "the period ends before it begins", expected="--from before --to")
    head = LogReader(instance.engine, instance.scope, instance.log.name).head(request.tree_size)
    if head is None:
        raise InvalidInput("ledger.range", where=f"tree size {request.tree_size}")
    tip = branch_tip(repository, request.branch)
    steps = steps_of_period(repository, tip, (int(request.start.timestamp()), int(request.end.timestamp())))  # 1
    named = repository_name(repository, tip)
    with ObjectReader(repository) as objects:
        ground = StepGround(repository=repository, objects=objects, tree_size=head.tree_size, rule=request.rule)
        changes = landed_changes(instance, steps, ground)
    found = operation(
        changes,
        logged_rows(instance, head.tree_size, frozenset(oid for step, _ in steps for oid in step.brought)),  # 2
        outages_of(instance, head.tree_size, named),  # 5
        period=(int(request.start.timestamp()), int(request.end.timestamp())),
        rule=request.rule,
    )
    return OperationReport(
        operation=found,
        repository=named,
        branch=tip,
        origin=instance.services.log.origin,
        tree_size=head.tree_size,
        root=head.root.hex(),
        shallow=repository.is_shallow(),
    )


def landed_changes(
    instance: Instance, steps: Sequence[tuple[Landed, int]], ground: StepGround
) -> tuple[LandedChange, ...]:
    """Give the changes of steps: what each brought, the policy's mode at its first parent, and what is logged of it."""
    told = _told(instance, sorted({oid for step, _ in steps for oid in step.brought}), ground.tree_size)
    modes = PolicyModes(ground.repository, ground.rule)
    return tuple(_change(step, at, (modes, told, ground.objects)) for step, at in steps)  # 3, 4


def logged_rows(instance: Instance, tree_size: int, wanted: frozenset[str]) -> Mapping[str, Sequence[LoggedRow]]:
    """Give what coverages of this instance's own authority say of commits, by commit; one that cannot be read is none."""
    found: dict[str, list[LoggedRow]] = {}
    ground = Ground(tree_size=tree_size, predicate_types=(COVERAGE_V1,))
    for stored, statement in statements_of(instance, ground):
        # Anyone may send a signed coverage: only those that this instance's own authority certified stand for its gate.
        if stored.issuer != instance.services.issuer:
            continue
        try:
            coverage = coverage_of(statement.predicate).coverage
        except AttestError:
            continue
        for row in coverage.rows:
            if row.oid in wanted:
                said = LoggedRow(
                    attestation=stored.id,
                    signed_at=stored.receipt.integrated_time,
                    index=stored.receipt.index,
                    mode=coverage.mode,
                    row=row,
                )
                found.setdefault(row.oid, []).append(said)
    return found


_Told = Mapping[str, Sequence[tuple[str, "Statement"]]]


def _told(instance: Instance, oids: Sequence[str], tree_size: int) -> _Told:
    """Give the sessions, declarations and reviews of each commit, each statement read once."""
    from attest.model.statement import parse_statement  # noqa: PLC0415  # a type elsewhere in this file

    read: dict[str, Statement] = {}
    found: dict[str, list[tuple[str, Statement]]] = {}
    for one in spoken_of(instance.engine, instance.scope, oids, tree_size):
        if one.predicate_type not in {SESSION_V1, DECLARATION_V1, REVIEW_V1}:
            continue
        if one.attestation not in read:
            stored = attestations.by_id(instance.engine, instance.scope, one.attestation)
            if stored is None:
                continue
            read[one.attestation] = parse_statement(parse_envelope(stored.leaf.envelope).payload)
        found.setdefault(one.oid, []).append((one.attestation, read[one.attestation]))
    return found


def _change(step: Landed, at: int, ground: tuple[PolicyModes, _Told, ObjectReader]) -> LandedChange:
    modes, told, objects = ground
    mode, rule_mode = modes.at(step.parents[0] if step.parents else "", objects)
    judged = step.brought[1:] if step.is_merge and len(step.brought) > 1 else step.brought
    said = [one for oid in step.brought for one in told.get(oid, ())]
    evidence = ChangeEvidence(
        sessions=_names(said, SESSION_V1),
        declarations=_names(said, DECLARATION_V1),
        approvals=tuple(n for n, one in said if one.predicate_type == REVIEW_V1 and _approves(one)),
        tests=tuple(name for name, one in said if _passed(one) & {"test", "lint", "type", "build"}),
        scans=tuple(name for name, one in said if "scan" in _passed(one)),
        trailers=_trailers(step.brought, objects),
    )
    return LandedChange(
        oid=step.oid,
        landed_at=at,
        is_merge=step.is_merge,
        commits=judged,
        mode=mode,
        rule_mode=rule_mode,
        fields=change_fields(evidence),
    )


def _names(said: Sequence[tuple[str, Statement]], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name, one in said if one.predicate_type == kind))


def _approves(one: Statement) -> bool:
    return one.predicate.get("decision") == "approve"


def _passed(one: Statement) -> set[str]:
    """Give the kinds of check that a session says passed."""
    facts = one.predicate.get("facts") if one.predicate_type == SESSION_V1 else None
    checks = facts.get("checks") if isinstance(facts, dict) else None
    rows = [row for row in checks if isinstance(row, dict)] if isinstance(checks, list) else []
    return {str(row.get("kind")) for row in rows if row.get("outcome") == "passed" and row.get("count")}


def _trailers(oids: Sequence[str], objects: ObjectReader) -> tuple[tuple[str, str], ...]:
    found = []
    for oid in oids:
        item = objects.read(oid)
        if item is None or item.kind != "commit" or item.data is None:
            continue
        found += [(one.key, oid) for one in final_trailers(parse_commit(oid, item.data).message)]
    return tuple(found)


def outages_of(instance: Instance, tree_size: int, repository: str) -> list[Outage]:
    """Give the logged gaps in which capture did not work, of a repository or of none that is named."""
    found = []
    for stored, statement in statements_of(instance, Ground(tree_size=tree_size, predicate_types=(GAP_V1,))):
        said = statement.predicate
        of = said.get("repository")
        here = not isinstance(of, str) or normal_repository(of) == normal_repository(repository)
        if here and said.get("kind") in OUTAGES:
            until = said.get("until")
            found.append(
                Outage(
                    kind=str(said["kind"]),
                    start=_at(str(said["from"])),
                    until=_at(until) if isinstance(until, str) else None,
                    attestation=stored.id,
                )
            )
    return found


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
