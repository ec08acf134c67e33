"""Lists that are full: what a session has more of is left out, and the gap `limit` says so, once for each list.

A list with exactly as many items as it can hold counts as full: one more would have been left out unseen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attest.capture import access_list, constraint_list, course_of, grant_list, overrides, permissions_of, prompts
from attest.capture.task_lists import MAX_PLANS
from attest.model.decisions import PlanKind
from attest.model.session import Gap, Session

if TYPE_CHECKING:
    from attest.capture.assembly import Derived, SharedRules

MAX_CHANGES = 20_000
MAX_CHECKS = 20_000
MAX_ANSWERS = 2_000
MAX_INSTRUCTIONS = 500
"""As in the readers of Claude Code and Codex; a reader by steps counts its own."""


def full_shared(shared: SharedRules) -> int:
    """Count the full lists of the rules that all formats share, and the budget of texts."""
    return sum(
        (
            len(shared.prompts.kept) >= prompts.MAX_PROMPTS,
            len(shared.overrides.acts) >= overrides.MAX_OVERRIDES,
            shared.budget.full,
            shared.trail.conflicts.full,
            len(shared.trail.full),
            sum(len(one.text) for one in shared.prompts.kept) > constraint_list.MAX_SPOKEN_CHARS,
        )
    )


def full_own(own: Derived) -> int:
    """Count the full lists of a format's own rules."""
    proposals = sum(plan.kind is PlanKind.PROPOSAL for plan in own.plans)
    return sum(
        (
            proposals >= MAX_PLANS,
            len(own.plans) - proposals >= MAX_PLANS,
            len(own.changes) >= MAX_CHANGES,
            len(own.checks) >= MAX_CHECKS,
            len(own.answers) >= MAX_ANSWERS,
            len(own.access) >= access_list.MAX_ACCESSES,
            len(own.instructions) >= MAX_INSTRUCTIONS,
            len(own.authority.granted) >= grant_list.MAX_GRANTS,
            len(own.authority.used) >= grant_list.MAX_TOOLS,
        )
    )


def with_full_later(session: Session) -> tuple[Gap, ...]:
    """Give the gaps of a session together with the full lists among what was derived last."""
    count = sum(
        (
            len(session.constraints or ()) >= constraint_list.MAX_CONSTRAINTS,
            session.course is not None and len(session.course.decisions) >= course_of.MAX_DECISIONS,
            session.course is not None and len(session.course.strays) >= course_of.MAX_STRAYS,
            session.course is not None and len(session.course.unexplained_turns) >= course_of.MAX_TURNS,
            session.permissions is not None and len(session.permissions.uses) >= permissions_of.MAX_USES,
            session.permissions is not None and len(session.permissions.visible) >= permissions_of.MAX_VISIBLE,
        )
    )
    if not count:
        return session.gaps
    known = next((gap for gap in session.gaps if gap.kind == "limit"), Gap(kind="limit", count=0, evidence=()))
    others = [gap for gap in session.gaps if gap.kind != "limit"]
    return tuple(sorted((*others, replace(known, count=known.count + count)), key=lambda gap: gap.kind))
