"""Records of Cursor's agent transcripts as steps.

The format holds neither results nor times: a call that changes a file is what the agent asked for, so `reported`; a
check has no outcome; who approved or refused what is not known.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.accounts import here_of
from attest.capture.cursor.sniff import FORMAT
from attest.capture.cursor.tools import kind_and_arguments, merged_tasks
from attest.capture.lines import Fields, Record
from attest.capture.normaliser import MAX_OPEN_CALLS, Profile, SessionFacts, Skip, TokenSums
from attest.capture.records import below, field, items_of, text_of
from attest.capture.steps import AgentText, Call, HumanPrompt, Injected, Notice, Place, Reasoning, Step
from attest.capture.tool_kinds import ToolKind
from attest.model.basis import Evidence

PROFILE = Profile(
    format=FORMAT,
    agent="cursor",
    not_told=(
        "permission-mode",
        "approval-per-call",
        "sandbox",
        "network",
        "allow-rules",
        "directory",
        "results-of-calls",
        "rejections",
    ),
    says_whether_edits_happened=False,
    exits="none",
)
MAX_TASKS = 1_000
_QUERY = re.compile(r"<user_query>\s*(.*?)\s*</user_query>", re.DOTALL)
_TAG = re.compile(r"\A\s*<([a-z][a-z_-]{1,40})[\s>]")


@dataclass(slots=True)
class CursorNormaliser:
    """Turns records into steps."""

    facts: SessionFacts = member(default_factory=SessionFacts)
    tokens: TokenSums = member(default_factory=TokenSums)
    open_calls: OrderedDict[str, Call] = member(default_factory=OrderedDict)
    results_without_call: list[Evidence] = member(default_factory=list)
    tasks: dict[str, str] = member(default_factory=dict)

    def steps(self, record: Record, seq: int) -> tuple[Step, ...] | Skip:
        """Give the steps of a record, or why there is none."""
        fields, here = record.fields, here_of(record)
        if fields.get("type") == "turn_ended":
            return (Notice(place=_place(here), kind="turn-ended", text=text_of(fields, "status"), fields={}),)
        role = text_of(fields, "role")
        if role not in ("user", "assistant"):
            return Skip(text_of(fields, "type") or role or "(no type)", known=False)
        found: list[Step] = []
        for number, block in enumerate(items_of(field(fields, "message"), "content")):
            if isinstance(block, dict):
                place = _place(below(here, "message", "content", number))
                found += self._user(block, place) if role == "user" else self._agent(block, place, seq + len(found))
        return tuple(found) or Skip("no-content")

    def _user(self, block: Fields, place: Place) -> list[Step]:
        """Cursor puts the words of a person between tags of its own, and context of its own around them."""
        text = text_of(block, "text")
        words = [found for found in _QUERY.findall(text) if found]
        around = _QUERY.sub("", text).strip()
        tag = _TAG.match(around)
        steps: list[Step] = []
        if around and (words or tag):
            steps.append(Injected(place=place, kind=tag[1] if tag else "context", text=around))
        elif around:
            words = [around]
        return [*steps, *(HumanPrompt(place=place, text=one, carried_plan=None) for one in words)]

    def _agent(self, block: Fields, place: Place, seq: int) -> list[Step]:
        match block.get("type"):
            case "text":
                text = text_of(block, "text")
                return [AgentText(place=place, text=text)] if text.strip() else []
            case "thinking" | "reasoning":
                return [Reasoning(place=place, text=text_of(block, "thinking") or text_of(block, "text"))]
            case "redacted_thinking":
                return [Reasoning(place=place, text="")]
            case "tool_use":
                return self._call(block, place, seq)
            case _:
                return [Notice(place=place, kind=text_of(block, "type")[:64] or "block", text="", fields={})]

    def _call(self, block: Fields, place: Place, seq: int) -> list[Step]:
        tool = text_of(block, "name")
        if not tool:
            return []
        kind, arguments = kind_and_arguments(tool, block.get("input"))
        if kind is ToolKind.TASKS:
            self.tasks = dict(list(merged_tasks(arguments, self.tasks).items())[:MAX_TASKS])
            arguments = arguments | {"tasks": list(self.tasks.values())}
        call_id = text_of(block, "id") or f"{place.evidence.record}{place.evidence.pointer}"
        call = Call(place=place, call_id=call_id, tool=tool, arguments=arguments, seq=seq, kind=kind)
        self.open_calls[call_id] = call
        if len(self.open_calls) > MAX_OPEN_CALLS:
            self.open_calls.popitem(last=False)
        return [call]


def _place(evidence: Evidence) -> Place:
    return Place(evidence=evidence, ts=None, native_id=None, parent=None, sidechain=False)
