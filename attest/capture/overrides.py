"""Overrides: rejections, interrupts, and proposals that a person changed before letting them through.

One act of a person is one override. The interrupt marker that the interface writes right after a rejection without a
reason belongs to the rejection. A rejection of a plan that the very next prompt carries word for word, because the
person accepted it with a fresh context, is an approval and no override.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.records import below, text_of
from attest.capture.steps import AgentText, Call, HumanPrompt, Interrupt, Rejected, Result, Step
from attest.capture.text import TextBudget, target
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Basis, Evidence
from attest.model.decisions import Override, OverrideKind

MAX_OVERRIDES = 10_000
MAX_CORRECTION_CHARS = 2_000

_MODIFIED = ("userModified", "planWasEdited")
_TARGETS = ("file_path", "notebook_path", "path", "command", "url", "pattern", "query")


@dataclass(slots=True)
class _Act:
    """An act whose correction has not come yet."""

    kind: OverrideKind
    call: Call | None
    reason: str | None
    evidence: list[Evidence]
    step: Result | Interrupt
    plan_words: str | None
    correction: str | None = None
    settled: bool = False
    """True once a later interrupt marker can no longer belong to this act."""
    went_on: bool = False
    """True once the agent went on by itself: a later prompt is not the correction."""
    same_act: bool = False
    """True where the refusal before it, of a call made at the same time, was the act that stopped this call too."""


@dataclass(slots=True)
class Overrides:
    """Collects acts; each waits for the next prompt of a person, which is its correction."""

    agent: str
    """The beginning of the rules' names."""
    budget: TextBudget
    reason_at: tuple[str, ...] = ()
    """Where, below the place of a result, the note of a rejection stands."""
    modified_at: str | None = None
    """The pointer of the object that says that a person changed a proposal; None: the place of the result."""
    acts: list[_Act] = member(default_factory=list)
    open_from: int = 0
    approved_plans: dict[str, Evidence] = member(default_factory=dict)
    """Call id of a plan, and the prompt that carried it."""

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Result(rejected=None):
                self._modified(step)
            case Result(rejected=Rejected() as note):
                # in a sub-agent's records, that all is stopped is told once more: the main conversation tells the act
                if not (step.place.sidechain and note.stop and note.reason is None):
                    self._rejection(step, note)
            case Interrupt():
                if not step.place.sidechain:
                    self._interrupt(step)
            case HumanPrompt():
                self._settle(step)
            case AgentText() | Call():
                self._agent_went_on()
            case _:
                return

    def finish(self) -> tuple[Override, ...]:
        """Give the overrides in order: one for each act of a person."""
        return tuple(one for one, act in zip(self.each(), self.acts, strict=True) if not act.same_act)

    def each(self) -> tuple[Override, ...]:
        """Give them with one for each refused call, also where one act refused several."""
        return tuple(_override(act, f"{self.agent}/override.{act.kind.value}@1") for act in self.acts)

    def _rejection(self, step: Result, note: Rejected) -> None:
        call = step.call
        words = text_of(call.arguments, "plan") if call is not None and call.kind is ToolKind.PLAN else ""
        reason = self.budget.take(note.reason)[0] if note.reason else None
        last = self.acts[-1] if len(self.acts) > self.open_from else None
        together = last is not None and last.kind is OverrideKind.REJECTION and not (last.settled or last.went_on)
        evidence = [below(step.place.evidence, *self.reason_at)]
        if call is not None:
            evidence.append(call.place.evidence)
        self._add(
            _Act(
                kind=OverrideKind.REJECTION,
                call=call,
                reason=reason,
                evidence=evidence,
                step=step,
                plan_words=_words(words) if words else None,
                same_act=together and reason is None and last is not None and last.reason is None,
            )
        )

    def _interrupt(self, step: Interrupt) -> None:
        last = self.acts[-1] if len(self.acts) > self.open_from else None
        if last is not None and last.kind is OverrideKind.REJECTION and not last.settled and last.reason is None:
            last.evidence.append(step.place.evidence)
            last.settled = True
            return
        if last is not None and last.kind is OverrideKind.INTERRUPT and not last.went_on:
            last.evidence.append(step.place.evidence)
            return
        self._add(
            _Act(
                kind=OverrideKind.INTERRUPT,
                call=None,
                reason=None,
                evidence=[step.place.evidence],
                step=step,
                plan_words=None,
            )
        )

    def _modified(self, step: Result) -> None:
        """A person changed the proposal (an edit, a plan) before letting it through."""
        name = next((name for name in _MODIFIED if step.structured.get(name) is True), None)
        if name is None or step.call is None:
            return
        base = step.place.evidence.pointer if self.modified_at is None else f"{self.modified_at}/{name}"
        here = step.place.evidence
        pointer = Evidence(record=here.record, byte_start=here.byte_start, byte_end=here.byte_end, pointer=base)
        self._add(
            _Act(
                kind=OverrideKind.USER_MODIFIED,
                call=step.call,
                reason=None,
                evidence=[pointer, step.call.place.evidence],
                step=step,
                plan_words=None,
            )
        )

    def _settle(self, prompt: HumanPrompt) -> None:
        carried = _words(prompt.carried_plan) if prompt.carried_plan else None
        if carried is not None:
            self._take_back(carried, prompt)
        correction = self.budget.take(prompt.text)[0][:MAX_CORRECTION_CHARS] if len(self.acts) > self.open_from else ""
        for act in self.acts[self.open_from :]:
            if not act.went_on:
                act.correction = correction
                act.evidence.append(prompt.place.evidence)
        self.open_from = len(self.acts)

    def _take_back(self, carried: str, prompt: HumanPrompt) -> None:
        for place in range(len(self.acts) - 1, self.open_from - 1, -1):
            act = self.acts[place]
            if act.plan_words == carried and act.reason is None and act.call is not None:
                self.approved_plans[act.call.call_id] = prompt.place.evidence
                del self.acts[place]
                return

    def _agent_went_on(self) -> None:
        """After the agent went on, a later interrupt is an act of its own."""
        for act in self.acts[self.open_from :]:
            act.settled = act.went_on = True

    def _add(self, act: _Act) -> None:
        if len(self.acts) < MAX_OVERRIDES:
            self.acts.append(act)


def target_of(call: Call | None) -> str | None:
    """Give the path, command or address a call is about, shortened; None where it has none."""
    if call is None:
        return None
    for name in _TARGETS:
        text = text_of(call.arguments, name)
        if text:
            return target(text)
    return None


def _words(text: str) -> str:
    return " ".join(text.split())


def _override(act: _Act, rule: str) -> Override:
    return Override(
        kind=act.kind,
        tool=act.call.tool[:128] if act.call else None,
        target=target_of(act.call),
        reason=act.reason,
        correction=act.correction,
        ts=act.step.place.ts,
        evidence=tuple(act.evidence),
        rule=rule,
        basis=Basis.OBSERVED,
    )
