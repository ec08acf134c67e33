"""What a session did, as acts that a constraint can be compared with, in the order of the transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from attest.capture.check_prefixes import unwrapped
from attest.capture.dependencies import added_by_command
from attest.capture.named_paths import relative
from attest.capture.scratch import is_scratch
from attest.capture.trail import Ran, Trail
from attest.model.access import AccessKind
from attest.model.basis import Basis, Evidence
from attest.model.changes import ChangeOp
from attest.model.session import Session

MAX_ACTS = 60_000


class ActKind(StrEnum):
    """What an act is."""

    EDIT = "edit"
    CREATE = "create"
    DELETE = "delete"
    RUN = "run"
    DEPENDENCY = "dependency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act."""

    kind: ActKind
    path: str
    """Below the session's directory where it lies there; empty for a command."""
    argv: tuple[str, ...]
    bare: tuple[str, ...] = ()
    """The words without what only starts another command (`unwrapped`)."""
    failed: bool
    ts: datetime | None
    evidence: Evidence
    """Of the call."""
    basis: Basis


_OPS = {ChangeOp.CREATE: ActKind.CREATE, ChangeOp.DELETE: ActKind.DELETE}
_REACHES = {
    AccessKind.FILE_WRITTEN: ActKind.EDIT,
    AccessKind.FILE_DELETED: ActKind.DELETE,
    AccessKind.FILE_RENAMED: ActKind.EDIT,
}
_OWN = re.compile(r"(?:\A|/)\.(?:claude|codex|gemini|cursor)/(?:plans|projects|memor|todos|sessions|tmp)")


def is_own_place(path: str, worktree: str | None) -> bool:
    """Tell whether a path is a plan, a note or a scratch file: no part of the work."""
    return _OWN.search(path) is not None or is_scratch(path, worktree)


def acts_of(session: Session, trail: Trail) -> tuple[Act, ...]:
    """Give the acts in order, at most `MAX_ACTS`."""
    found = [*_changes(session), *_written(session), *_commands(trail), *_dependencies(trail)][:MAX_ACTS]
    return tuple(sorted(found, key=lambda one: one.evidence.record))


def _changes(session: Session) -> Iterator[Act]:
    for change in session.changes:
        for path in (change.path, *((change.renamed_to,) if change.renamed_to else ())):
            if change.user_modified or is_own_place(path, session.cwd):
                continue
            yield Act(
                kind=_OPS.get(change.op, ActKind.EDIT),
                path=relative(path, session.cwd),
                argv=(),
                failed=False,
                ts=change.ts,
                evidence=change.evidence[0],
                basis=change.basis,
            )


def _written(session: Session) -> Iterator[Act]:
    """Files that command lines write, where a rule reads them off."""
    for access in session.access:
        kind = _REACHES.get(access.kind)
        if kind is None or access.basis is not Basis.INFERRED or is_own_place(access.target, session.cwd):
            continue
        for evidence in access.evidence:
            yield Act(
                kind=kind,
                path=relative(access.target, session.cwd),
                argv=(),
                failed=False,
                ts=access.ts,
                evidence=evidence,
                basis=Basis.INFERRED,
            )


def _commands(trail: Trail) -> Iterator[Act]:
    for ran in trail.ran:
        if ran.certain:
            yield _run(ran, ActKind.RUN)
            if not ran.failed and added_by_command(ran.argv):
                yield _run(ran, ActKind.DEPENDENCY)


def _run(ran: Ran, kind: ActKind) -> Act:
    return Act(
        kind=kind,
        path="",
        argv=ran.argv,
        bare=unwrapped(ran.argv),
        failed=ran.failed,
        ts=ran.place.ts,
        evidence=ran.place.evidence,
        basis=Basis.INFERRED,
    )


def _dependencies(trail: Trail) -> Iterator[Act]:
    for added in trail.added:
        yield Act(
            kind=ActKind.DEPENDENCY,
            path="",
            argv=(added.name,),
            failed=False,
            ts=added.place.ts,
            evidence=added.place.evidence,
            basis=Basis.OBSERVED,
        )
