"""What one session says in sections 1, 2, 3, 5, 6 and 11 of the answer: rows made from the derived session alone.

Words of people and agents go into `quote`, never into `text`. A list that would be long is cut after `MAX_SHOWN`
rows, and the row after the cut says how many there are and leads to the session. Zero is written where it was
counted; what the format does not say is a row "not known".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from attest.model.access import AccessKind
from attest.model.answer import Mark, Row
from attest.model.answer_asked import constraint_rows, intent_first_row
from attest.model.answer_authority import file_rows, permission_rows, stray_rows
from attest.model.answer_course import course_rows
from attest.model.answer_rows import (
    MAX_QUOTE_CHARS,
    MAX_SHOWN,
    Places,
    limited,
    not_recorded_row,
    plural,
    shortened,
    some,
)
from attest.model.basis import Basis, Evidence
from attest.model.checks import Check, CheckCounts, CheckStatus
from attest.model.decisions import Override, OverrideKind, Plan, PlanKind, RejectedPath, RejectedPathKind
from attest.model.not_known import session_unknowns
from attest.model.session import Session

CHECK_MARKS: Final = {
    CheckStatus.PASSED: Mark.PASSED,
    CheckStatus.FAILED: Mark.FAILED,
    CheckStatus.INCONCLUSIVE: Mark.INCONCLUSIVE,
    CheckStatus.CLAIMED: Mark.CLAIMED,
}
OVERRIDE_WORDS: Final = {
    OverrideKind.REJECTION: "A person refused",
    OverrideKind.INTERRUPT: "A person interrupted",
    OverrideKind.USER_MODIFIED: "A person changed before letting through",
}
_REJECTED: Final = {
    RejectedPathKind.PROPOSAL: "Proposed and refused",
    RejectedPathKind.REVERSAL: "Edited, then put back",
    RejectedPathKind.DISCARD: "Done, then thrown away",
    RejectedPathKind.BRANCH: "A branch of the conversation that was left",
    RejectedPathKind.RETRY: "Refused by the tool, then made in another form",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRows:
    """One session's rows, by section."""

    who: tuple[Row, ...]
    asked: tuple[Row, ...]
    decided: tuple[Row, ...]
    reached: tuple[Row, ...]
    checked: tuple[Row, ...]
    not_known: tuple[Row, ...]


def sections_from_session(session: Session, session_id: str) -> SessionRows:
    """Give the rows of one session; `session_id` is the `ses_…` that the pointers lead to."""
    places = Places(session, session_id)
    return SessionRows(
        who=(_agent(session, places),),
        asked=_asked(session, places),
        decided=_decided(session, places),
        reached=_reached(session, places),
        checked=limited("runs", session.checks, places, lambda check: _check(check, places)),
        not_known=session_unknowns(session),
    )


def _agent(session: Session, places: Places) -> Row:
    version = f" {session.source.agent_version}" if session.source.agent_version else ", version not known"
    models = f"model {', '.join(session.models)}" if session.models else "model not known"
    first = tuple(item.evidence for item in session.events[:1])
    text = f"{session.source.agent}{version}, {models}"
    return Row(term="agent", text=text, pointers=places.of(*first), basis=Basis.REPORTED)


def _asked(session: Session, places: Places) -> tuple[Row, ...]:
    rows = []
    if session.intent is None:
        rows.append(not_recorded_row("intent", "The transcript holds no prompt of a person."))
    else:
        intent = session.intent
        short = intent.truncated or len(intent.text) > MAX_QUOTE_CHARS
        rows.append(
            Row(
                term="intent",
                quote=shortened(intent.text),
                note="shortened" if short else "",
                pointers=places.of(*intent.evidence),
                basis=intent.basis,
            )
        )
    count = len(session.directions)
    pointers = places.of(*(item.evidence[0] for item in session.directions if item.evidence))
    rows.append(
        Row(term="directions", text=f"{plural(count, 'further prompt')}", pointers=pointers, basis=Basis.OBSERVED)
    )
    for item in session.instructions[:MAX_SHOWN]:
        text = f"Standing instructions in force: `{item.path}`"
        rows.append(Row(term="instructions", text=text, pointers=places.of(*item.evidence), basis=item.basis))
    if session.course is not None:
        rows.append(intent_first_row(session.course.intent_first, places))
    rows += constraint_rows(session, places)
    return tuple(rows)


def _decided(session: Session, places: Places) -> tuple[Row, ...]:
    rows: list[Row] = []
    for kind, name in ((PlanKind.PROPOSAL, "plan"), (PlanKind.TASK_LIST, "task list")):
        rows.append(_plans(name, [plan for plan in session.plans if plan.kind is kind], places))
    answers = len(session.answers)
    if answers and session.course is None:
        pointers = places.of(*(item.evidence[0] for item in session.answers if item.evidence))
        text = f"{plural(answers, 'question')} of the agent answered by a person"
        rows.append(Row(term="answers", text=text, pointers=pointers, basis=Basis.OBSERVED))
    rows += limited("override", session.overrides, places, lambda item: _override(item, places))
    rows += limited("rejected path", session.rejected_paths, places, lambda item: _rejected(item, places))
    if session.course is not None:
        rows += course_rows(session.course, places)
    return tuple(rows)


def _plans(name: str, plans: Sequence[Plan], places: Places) -> Row:
    if not plans:
        return Row(term=name, text="0 versions", basis=Basis.OBSERVED)
    states = Counter(plan.state.value for plan in plans)
    words = ", ".join(f"{count} {state}" for state, count in states.items())
    pointers = places.of(*(plan.evidence[0] for plan in plans if plan.evidence))
    text = plural(len(plans), "version") + (f": {words}" if name == "plan" else "")
    return Row(term=name, text=text, pointers=pointers, basis=plans[0].basis)


def _override(item: Override, places: Places) -> Row:
    words = item.reason or item.correction or ""
    return Row(
        term="override",
        text=" ".join(filter(None, (OVERRIDE_WORDS[item.kind], _object(item.tool, item.target))))
        + (":" if words else ""),
        quote=shortened(words),
        pointers=places.of(*item.evidence),
        basis=item.basis,
    )


def _rejected(item: RejectedPath, places: Places) -> Row:
    # What was thrown away is told by the command; it can name several files.
    named = None if item.kind is RejectedPathKind.DISCARD else item.target
    text = " ".join(filter(None, (f"{_REJECTED[item.kind]}:", _object(item.tool, named)))).rstrip(":")
    detail = shortened(item.detail) if not named and item.detail else ""
    return Row(term="rejected path", text=text, detail=detail, pointers=places.of(*item.evidence), basis=item.basis)


def _reached(session: Session, places: Places) -> tuple[Row, ...]:
    groups = (
        ("secrets", (AccessKind.SECRET,)),
        ("environment", (AccessKind.ENV,)),
        ("hosts", (AccessKind.NETWORK, AccessKind.URL)),
        ("MCP tools", (AccessKind.MCP,)),
    )
    rows = []
    for term, kinds in groups:
        found = [item for item in session.access if item.kind in kinds]
        rows.append(_targets(term, [(item.target, item.evidence, item.basis) for item in found], places))
    outside = [item for item in session.access if item.outside_worktree]
    rows.append(_targets("outside", [(item.target, item.evidence, item.basis) for item in outside], places))
    if session.course is not None:
        rows += stray_rows(session.course.strays, places)
    if session.files is not None:
        rows += file_rows(session.files, places)
    tools = ", ".join(f"{use.tool} {use.calls:,}" for use in session.authority.used)
    rows.append(Row(term="tools", text=tools or "0 calls", basis=Basis.OBSERVED))
    grants = list(dict.fromkeys(f"{grant.kind} `{grant.value}`" for grant in session.authority.granted))
    pointers = places.of(*(grant.evidence[0] for grant in session.authority.granted if grant.evidence))
    if grants:
        text = "Granted: " + some(grants)
        rows.append(Row(term="authority", text=text, pointers=pointers, basis=Basis.OBSERVED))
    unknown = session.authority.unknown
    if unknown or not grants:
        text = "The format does not say: " + ", ".join(unknown or ("what was granted",))
        rows.append(Row(term="" if grants else "authority", mark=Mark.NOT_KNOWN, text=text, basis=Basis.UNKNOWN))
    if session.permissions is not None:
        rows += permission_rows(session.permissions, places)
    return tuple(rows)


def _targets(term: str, found: Sequence[tuple[str, tuple[Evidence, ...], Basis]], places: Places) -> Row:
    if not found:
        return Row(term=term, text="0 seen in the transcript", basis=Basis.OBSERVED)
    pointers = places.of(*(evidence[0] for _, evidence, _ in found if evidence))
    weakest = max((basis for _, _, basis in found), key=list(Basis).index)
    names = some([f"`{target}`" for target, _, _ in found])
    return Row(term=term, text=f"{len(found):,}: {names}", pointers=pointers, basis=weakest)


def _check(check: Check, places: Places) -> Row:
    command = f"`{' '.join(check.argv) or check.tool}`{_counted(check.counts)}"
    exit_code = f", exit {check.exit}" if check.exit is not None else ""
    stale = f"; {plural(check.stale_after, 'edit')} after this run" if check.stale_after else ""
    return Row(
        term=check.ts.strftime("%H:%M:%S") if check.ts else "time not known",
        mark=CHECK_MARKS[check.status],
        text="" if check.said else command + exit_code,
        quote=check.said or "",
        note=check.why + stale,
        pointers=places.of(*check.evidence),
        basis=check.basis,
    )


def _counted(counts: CheckCounts | None) -> str:
    if counts is None:
        return ""
    numbers = (("passed", counts.passed), ("failed", counts.failed), ("skipped", counts.skipped))
    return "".join(f", {count:,} {word}" for word, count in numbers if count)


def _object(tool: str | None, target: str | None) -> str:
    return " ".join(f"`{word}`" for word in (tool, target) if word)
