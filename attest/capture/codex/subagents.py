"""Sub-agents that the agent started (`spawn_agent`). Their own records are rollouts of their own."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import maybe_text, text_of
from attest.capture.steps import Call, Result, Step
from attest.capture.text import preview
from attest.model.basis import Basis
from attest.model.usage import SubAgent

RULE = "codex/subagent.spawn@1"
MAX_SUBAGENTS = 2_000


@dataclass(slots=True)
class SubAgents:
    """Collects work handed to other agents, in order of the calls."""

    kept: dict[str, SubAgent] = member(default_factory=dict)

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Call(tool="spawn_agent") if len(self.kept) < MAX_SUBAGENTS:
                self.kept[step.call_id] = _agent(step, None)
            case Result(call=Call(tool="spawn_agent") as call) if step.call_id in self.kept:
                self.kept[step.call_id] = _agent(call, step)
            case _:
                return

    def finish(self) -> tuple[SubAgent, ...]:
        """Give the sub-agents."""
        return tuple(self.kept.values())


def _agent(call: Call, result: Result | None) -> SubAgent:
    parsed = parse_line(result.text.encode("utf-8", "replace")) if result else LineFault.NOT_JSON
    told: Fields = {} if isinstance(parsed, LineFault) else parsed
    status = None
    if result is not None:
        status = "rejected" if result.rejected is not None else "error" if result.is_error else "started"
    native = maybe_text(told, "agent_id") or maybe_text(told, "task_name") or maybe_text(told, "id")
    return SubAgent(
        native_id=preview(native) if native else None,
        kind=maybe_text(call.arguments, "agent_type"),
        task=preview(text_of(call.arguments, "task_name") or text_of(call.arguments, "message")),
        status=status,
        tokens=None,
        tool_uses=None,
        transcript_present=False,
        ts=call.place.ts,
        evidence=(call.place.evidence, *((result.place.evidence,) if result else ())),
        rule=RULE,
        basis=Basis.OBSERVED,
    )
