"""Outcomes of OpenCode's tool calls: the exit of a command, a person's refusal, what was changed, what was answered."""

from __future__ import annotations

import re
from typing import Final

from attest.capture.check_outcome import Ending
from attest.capture.lines import Fields
from attest.capture.records import field, flattened, items_of, text_of
from attest.capture.steps import Call, Place, Rejected, Result
from attest.capture.text import without_ansi
from attest.capture.tool_kinds import ToolKind

_HEAD_CHARS: Final = 4_096
_REFUSED: Final = re.compile(
    r"\A(?:Error: )?The user rejected permission to use this specific tool call"
    r"(?:\.| with the following feedback: (?P<words>.*))",
    re.DOTALL,
)
"""The program's own words for a person's refusal, with what the person said to it."""
_DISMISSED: Final = re.compile(r"\A(?:Error: )?The user dismissed this question")
_BY_RULE: Final = re.compile(r"\A(?:Error: )?The user has specified a rule which prevents you")
_CUT_OFF: Final = (
    ("timed out", re.compile(r"terminated command after exceeding timeout|Command timed out after")),
    ("interrupted", re.compile(r"Tool execution (?:was )?(?:aborted|interrupted)|User aborted the command")),
)


def result_of(state: Fields, call: Call, place: Place, *, seq: int, sessions: frozenset[str]) -> Result:
    """Give the step of a call that ended. `sessions` are those whose records stand in the same transcript."""
    failed = text_of(state, "status") == "error"
    text = text_of(state, "output") or flattened(state.get("content"))
    told = text_of(state, "error") or text_of(field(state, "error"), "message")
    metadata = field(state, "metadata") or field(state, "structured")
    rejected = _rejected(told) if failed else None
    ran = rejected is None and not (failed and _BY_RULE.match(told))
    return Result(
        place=place,
        call=call,
        call_id=call.call_id,
        text=text or told,
        is_error=failed,
        rejected=rejected,
        structured={"ran": ran, **_structured(call, metadata, sessions)},
        seq=seq,
        ending=_ending(state, metadata, text, told) if call.kind is ToolKind.SHELL and ran else None,
    )


def _rejected(told: str) -> Rejected | None:
    match = _REFUSED.match(told[:_HEAD_CHARS])
    if match:
        return Rejected(reason=(match["words"] or "").strip() or None, stop=False)
    return Rejected(reason=None, stop=False) if _DISMISSED.match(told) else None


def _ending(state: Fields, metadata: Fields, text: str, told: str) -> Ending:
    code = next((metadata.get(name) for name in ("exit", "exitCode") if metadata.get(name) is not None), None)
    known = isinstance(code, int) and not isinstance(code, bool)
    output = without_ansi(text or text_of(metadata, "output"))
    words = f"{told}\n{output[-_HEAD_CHARS:]}"
    cut_off = next((why for why, pattern in _CUT_OFF if pattern.search(words)), "") if not known else ""
    if not cut_off and metadata.get("interrupted") is True:
        cut_off = "interrupted"
    if not cut_off and field(state, "input").get("run_in_background") is True:
        cut_off = "in the background"
    return Ending(known=True, exit=code if known and isinstance(code, int) else None, cut_off=cut_off, output=output)


def _structured(call: Call, metadata: Fields, sessions: frozenset[str]) -> Fields:
    found: Fields = {}
    if call.kind in (ToolKind.EDIT, ToolKind.WRITE) and text_of(metadata, "diff"):
        found["diff"] = text_of(metadata, "diff")
    if call.kind is ToolKind.WRITE and metadata.get("exists") is False:
        found["created"] = True
    if call.kind is ToolKind.SUBAGENT:
        session = text_of(metadata, "sessionId") or text_of(metadata, "sessionID")
        found |= {"agent_id": session, "transcript_present": session in sessions}
    if call.kind is ToolKind.ASK:
        found["questions"] = _answered(call, metadata)
    return found


def _answered(call: Call, metadata: Fields) -> list[Fields]:
    questions = [one for one in items_of(call.arguments, "questions") if isinstance(one, dict)]
    answers = items_of(metadata, "answers")
    return [
        {**one, "answer": ", ".join(word for word in answer if isinstance(word, str))}
        for one, answer in zip(questions, answers, strict=False)
        if isinstance(answer, list)
    ]
