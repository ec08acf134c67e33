"""What the statement counts under `facts.extensions`: derived later than the closed list of facts was fixed (decision D6).

No words, only how each counted item is known. A session recorded without these has none of them: absent is not derived,
never zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import TYPE_CHECKING

from attest.model.basis import Basis
from attest.model.constraints import ConstraintState
from attest.model.permissions import Use

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.course import Course
    from attest.model.permissions import Permissions
    from attest.model.session import Session

_Counted = tuple[str, "Iterable[Basis]"]


def more_counts(session: Session) -> Iterator[_Counted]:
    """Yield each name with the bases of what it counts, one for each item."""
    if session.constraints is not None:
        for state in ConstraintState:
            found = [one.basis for one in session.constraints if one.state is state]
            yield f"constraints.{state.value}", found
    if session.course is not None:
        yield from _of_course(session.course)
    if session.permissions is not None:
        yield from _of_permissions(session.permissions)
    if session.files is not None:
        yield "unseenWrites", repeat(session.files.basis, session.files.unseen_count)
    if session.intent is not None:
        # A session without a prompt of a person has no goal that an edit could come before: not known, so not counted.
        stated = session.intent.event
        yield "editsBeforeIntent", [one.basis for one in session.changes if one.event < stated]


def _of_course(course: Course) -> Iterator[_Counted]:
    yield "planRevisions", [one.basis for one in course.plan_revisions]
    yield "decisions", [one.basis for one in course.decisions]
    yield "merges", [one.basis for one in course.merges]
    yield "strays", [one.basis for one in course.strays]
    yield "unexplainedTurns", [one.basis for one in course.unexplained_turns]


def _of_permissions(found: Permissions) -> Iterator[_Counted]:
    told = found.approvals
    yield "approvals.auto", repeat(told.basis, told.auto)
    yield "approvals.human", repeat(told.basis, told.human)
    yield "approvals.refused", repeat(told.basis, told.human_refused)
    yield "approvals.sandbox", repeat(told.basis, told.sandbox)
    yield "approvals.unknown", repeat(Basis.UNKNOWN, told.unknown)
    yield "grants.unused", [one.basis for one in found.uses if one.use is Use.UNUSED]
    yield "grants.unknown", [one.basis for one in found.uses if one.use is Use.UNKNOWN]
    yield "visible", [one.basis for one in found.visible]
