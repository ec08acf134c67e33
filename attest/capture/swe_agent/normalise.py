"""Trajectories of SWE-agent as steps. The format has no exit codes, no times, no ids of calls and no permissions.

A step is numbered in the order of the trajectory. What was asked is the problem statement; the text around it is a
template, so where only the filled template is kept, the statement is taken out of the marks that the templates use.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.check_outcome import Ending
from attest.capture.lines import Fields, LineFault, Record, parse_line
from attest.capture.normaliser import SessionFacts, Skip, Tokens, TokenSums
from attest.capture.records import count_of, field, flattened, items_of, text_of
from attest.capture.spots import inside, place_of
from attest.capture.steps import (
    AgentText,
    Call,
    HumanPrompt,
    Injected,
    Notice,
    Place,
    Reasoning,
    Result,
    Step,
)
from attest.capture.swe_agent.actions import action_of, was_refused
from attest.capture.text import without_ansi
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Evidence

_OID = re.compile(r"\A[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_STATEMENT = (
    re.compile(r"\n?ISSUE:\s*\n(.*?)\n\s*INSTRUCTIONS:", re.DOTALL),
    re.compile(r"<pr_description>\s*(.*?)\s*</pr_description>", re.DOTALL),
    re.compile(r"<issue>\s*(.*?)\s*</issue>", re.DOTALL),
)
"""Marks around the problem statement in the templates that come with the program."""


@dataclass(slots=True)
class SweAgentNormaliser:
    """Turns one record after the other into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    open_calls: OrderedDict[str, Call] = member(default_factory=OrderedDict)
    results_without_call: list[Evidence] = member(default_factory=list)
    count: int = 0
    """Steps so far."""
    open_file: str = ""
    model: str = ""
    asked: bool = False
    """True once the problem statement was seen."""
    template: bool = False
    """True once the filled template was seen."""

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:
        """Give the steps of a record, or why there is none."""
        fields, place = record.fields, place_of(record, None)
        match fields.get("type"):
            case "whereof-unrolled":
                return self._run(field(fields, "document"), inside(place, "document"))
            case "swe-agent-history":
                return self._history(field(fields, "item"), inside(place, "item"))
            case "swe-agent-step":
                self.count += 1
                return self._step(field(fields, "step"), inside(place, "step"), seq)
            case "swe-agent-info":
                return self._info(field(fields, "info"), inside(place, "info"))
            case "swe-agent-attempt":
                return self._attempt(field(fields, "attempt"), inside(place, "attempt"))
            case _:
                return Skip(text_of(fields, "type")[:64] or "no-step", known=False)

    def _run(self, document: Fields, place: Place) -> tuple[Step, ...]:
        """The configuration that the run can be repeated with, in some versions as a text of JSON."""
        config, spot = field(document, "replay_config"), inside(place, "replay_config")
        if isinstance(document.get("replay_config"), str):
            told = parse_line(text_of(document, "replay_config").encode("utf-8", "replace"))
            config, spot = ({}, spot) if isinstance(told, LineFault) else (told, spot)
            below = spot
        else:
            below = inside(spot, "problem_statement", "text")
        self.model = text_of(field(config, "agent", "model"), "name")
        if self.model:
            self.facts.models.setdefault(self.model)
        base = text_of(field(config, "env", "repo"), "base_commit")
        if _OID.match(base):
            self.facts.base_commit, self.facts.base_evidence = base, spot.evidence
        statement = field(config, "problem_statement")
        words = text_of(statement, "text") or text_of(statement, "problem_statement")
        found: list[Step] = [Notice(place=place, kind="run", text=text_of(document, "environment"), fields={})]
        if words.strip():
            self.asked = True
            found.append(HumanPrompt(place=below, text=words, carried_plan=None))
        return tuple(found)

    def _attempt(self, attempt: Fields, place: Place) -> tuple[Step, ...]:
        """One of several runs at the task; the document's own steps are those of the run that was chosen."""
        status = text_of(field(attempt, "info"), "exit_status")
        return (Notice(place=place, kind="attempt", text=status, fields={}),)

    def _history(self, item: Fields, place: Place) -> tuple[Step, ...] | Skip:
        role, text, spot = text_of(item, "role"), flattened(item.get("content")), inside(place, "content")
        if item.get("is_demo") is True:
            return (Injected(place=spot, kind="demonstration", text=text),)
        if role == "system":
            return (Injected(place=spot, kind="system", text=text),)
        if role != "user" or self.template:
            return Skip("repeated-in-steps")
        self.template = True
        found: list[Step] = [Injected(place=spot, kind="task", text=text)]
        statement = next((match[1] for mark in _STATEMENT if (match := mark.search(text))), "")
        if statement.strip() and not self.asked:
            self.asked = True
            found.insert(0, HumanPrompt(place=spot, text=statement.strip(), carried_plan=None))
        return tuple(found)

    def _step(self, step: Fields, place: Place, seq: int) -> tuple[Step, ...] | Skip:
        found = _thoughts(step, place)
        text, observation = text_of(step, "action"), text_of(step, "observation")
        state = _state(step)
        if text.strip():
            action = action_of(text.strip(), self.open_file)
            name = f"step-{self.count}"
            call = Call(
                place=inside(place, "action"),
                call_id=name,
                tool=action.tool,
                arguments=action.arguments,
                seq=seq + len(found),
                kind=action.kind,
            )
            found.append(call)
            found.append(
                Result(
                    place=inside(place, "observation"),
                    call=call,
                    call_id=name,
                    text=observation,
                    is_error=was_refused(action, observation),
                    rejected=None,
                    structured={"created": True} if action.kind is ToolKind.WRITE else {},
                    seq=seq + len(found),
                    ending=_ending(observation) if action.kind is ToolKind.SHELL else None,
                )
            )
        elif observation.strip():
            found.append(Injected(place=inside(place, "observation"), kind="observation", text=observation))
        opened = text_of(state, "open_file")
        self.open_file = "" if opened in ("", "n/a") else opened
        self.facts.cwd = self.facts.cwd or text_of(state, "working_dir") or None
        return tuple(found) or Skip("empty-step")

    def _info(self, info: Fields, place: Place) -> tuple[Step, ...]:
        self.facts.version = text_of(info, "swe_agent_version") or None
        stats = field(info, "model_stats")
        sent, got = (_whole(stats, name) for name in ("tokens_sent", "tokens_received"))
        calls = _whole(stats, "api_calls")
        if sent or got:
            self.tokens.add(self.model or "unknown", Tokens(input=sent, output=got), messages=max(1, calls))
        found: list[Step] = [Notice(place=place, kind="exit", text=text_of(info, "exit_status"), fields={})]
        patch = text_of(info, "submission")
        if patch.strip():
            spot = inside(place, "submission")
            found.append(Notice(place=spot, kind="final-patch", text="", fields={"patch": patch}))
        return tuple(found)


def _thoughts(step: Fields, place: Place) -> list[Step]:
    """Give what the model said. `response` is all of it; the thought is that without the action."""
    found: list[Step] = []
    for number, block in enumerate(items_of(field(step, "extra_info"), "thinking_blocks")):
        words = text_of(block, "thinking") if isinstance(block, dict) else ""
        if words.strip():
            found.append(Reasoning(place=inside(place, "extra_info", "thinking_blocks", number), text=words))
    name = "thought" if text_of(step, "thought").strip() else "response"
    if text_of(step, name).strip():
        found.append(AgentText(place=inside(place, name), text=text_of(step, name)))
    return found


def _state(step: Fields) -> Fields:
    """Give the state after the step; the first versions kept it as a text of JSON."""
    told = step.get("state")
    if isinstance(told, str):
        parsed = parse_line(told.encode("utf-8", "replace"))
        return {} if isinstance(parsed, LineFault) else parsed
    return field(step, "state")


def _ending(observation: str) -> Ending:
    """Nothing but the output tells how a command ended."""
    cut = (
        "timed out"
        if "EXECUTION TIMED OUT" in observation or "was cancelled because it took more than" in observation
        else ""
    )
    return Ending(known=True, exit=None, cut_off=cut, output=without_ansi(observation))


def _whole(fields: Fields, name: str) -> int:
    value = fields.get(name)
    if isinstance(value, float) and value.is_integer() and 0 <= value < 2**53:
        return int(value)
    return count_of(fields, name) or 0
