"""Revisions of plans as differences of lines, each with what came last before it that can have caused it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from attest.capture.text import preview
from attest.model.basis import Evidence
from attest.model.checks import CheckStatus
from attest.model.course import PlanRevision, Trigger
from attest.model.decisions import Plan, PlanKind
from attest.model.session import Session

MAX_DIFF_LINES: Final = 80
"""Lines of one difference that are kept."""
MAX_COMPARED: Final = 40_000
"""Pairs of lines that are compared in order; longer texts are compared as sets of lines, which shows no move."""
MAX_COMPARED_IN_ALL: Final = 4_000_000
MAX_CAUSES: Final = 64
"""As many causes before a change are looked at."""


class Causes:
    """What can have caused a change of course, by record: words and acts of persons, and failed checks."""

    def __init__(self, session: Session) -> None:
        found: list[tuple[int, Trigger, Evidence]] = []
        prompts = (*((session.intent,) if session.intent else ()), *session.directions)
        found += [(one.evidence[0].record, Trigger.PROMPT, one.evidence[0]) for one in prompts]
        found += [(one.evidence[0].record, Trigger.ANSWER, one.evidence[0]) for one in session.answers]
        found += [(one.evidence[0].record, Trigger.REJECTION, one.evidence[0]) for one in session.overrides]
        found += [
            (one.evidence[-1].record, Trigger.FAILED_CHECK, one.evidence[-1])
            for one in session.checks
            if one.status is CheckStatus.FAILED
        ]
        self._found = sorted(found, key=lambda one: one[0])
        self._records = [one[0] for one in self._found]

    def between(self, after: int, before: int) -> tuple[Trigger, Evidence] | None:
        """Give the last cause behind record `after` and ahead of record `before`; persons before failed checks."""
        last = bisect_left(self._records, before)
        found = self._found[max(bisect_right(self._records, after), last - MAX_CAUSES) : last]
        if not found:
            return None
        people = [one for one in found if one[1] is not Trigger.FAILED_CHECK]
        _, trigger, evidence = (people or found)[-1]
        return trigger, evidence


def plan_revisions_of(session: Session, causes: Causes, agent: str) -> tuple[PlanRevision, ...]:
    """Give every revision but the first of each kind, proposals first."""
    found: list[PlanRevision] = []
    left = MAX_COMPARED_IN_ALL
    for kind in PlanKind:
        plans = [plan for plan in session.plans if plan.kind is kind]
        for old, new in pairwise(plans):
            before, after = _lines(old), _lines(new)
            ordered = len(before) * len(after) <= min(MAX_COMPARED, left)
            left -= len(before) * len(after) if ordered else 0
            found.append(_revision(old, new, line_diff(before, after, ordered=ordered), causes, agent))
    return tuple(found)


def line_diff(old: Sequence[str], new: Sequence[str], *, ordered: bool) -> tuple[str, ...]:
    """Give the lines taken out (`- `) and put in (`+ `); unordered, a line that only moved is no difference."""
    if not ordered:
        gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
        return (*(f"- {line}" for line in gone.elements()), *(f"+ {line}" for line in come.elements()))
    found: list[str] = []
    for word, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if word != "equal":
            found += [f"- {line}" for line in old[old_from:old_to]]
            found += [f"+ {line}" for line in new[new_from:new_to]]
    return tuple(found)


def _lines(plan: Plan) -> list[str]:
    """A plan that is a list of tasks is its tasks; another is its text, or its steps where the text is not there."""
    text = plan.text if plan.kind is PlanKind.PROPOSAL else ""
    lines = (" ".join(line.split()) for line in text.splitlines()) if text else plan.steps
    return [line for line in lines if line]


def _revision(old: Plan, new: Plan, diff: tuple[str, ...], causes: Causes, agent: str) -> PlanRevision:  # noqa: PLR0917
    record, earlier = new.evidence[0].record, old.evidence[0].record
    cause = causes.between(earlier, record)
    # The words that carry a plan are themselves what changed it.
    if cause is None and new.rule.rpartition("/")[2].startswith("plan.carried-by-prompt"):
        cause = Trigger.PROMPT, new.evidence[0]
    return PlanRevision(
        kind=new.kind,
        revision=new.revision,
        diff=tuple(preview(line, 300) for line in diff[:MAX_DIFF_LINES]),
        cut=len(diff) > MAX_DIFF_LINES or old.truncated or new.truncated,
        trigger=cause[0] if cause else Trigger.OWN,
        before_first_edit=new.before_first_edit,
        ts=new.ts,
        evidence=(new.evidence[0], *((cause[1],) if cause else ())),
        rule=f"{agent}/plan.revision@1",
        basis=new.basis,
    )
