"""Outcomes of Copilot's tool calls: their text, who refused a call, and what a person answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.copilot.endings import ending_of_result
from attest.capture.lines import Fields
from attest.capture.records import field, flattened, items_of, maybe_text, text_of
from attest.capture.steps import Call, Place, Rejected, Result
from attest.capture.tool_kinds import ToolKind

MAX_DECISIONS = 4_096
_BY_PERSON = "denied-interactively-by-user"
_BY_RULES = frozenset({"denied-by-rules", "denied-by-content-exclusion-policy"})
_REMEMBERED = ("approved-for-session", "approved-for-location")
_ANSWERS_ITSELF = frozenset({"assisted", "allow-all"})
_REFUSED_CODES = frozenset({"rejected", "denied"})
_CREATES = frozenset({"create", "create_file"})
"""Tools that refuse a path where a file is."""
_FAILED_TYPES = frozenset({"failure", "rejected", "denied", "timeout"})


@dataclass(slots=True)
class Decisions:
    """Remembers how requests for permission were decided, by tool call. The newest decision of a call counts."""

    calls: dict[str, str] = member(default_factory=dict)
    """Tool call by request."""
    asked: dict[str, Fields] = member(default_factory=dict)
    """Request by tool call."""
    results: dict[str, Fields] = member(default_factory=dict)
    """Decision by tool call."""

    def requested(self, data: Fields) -> None:
        """Take a request."""
        call_id = text_of(field(data, "permissionRequest"), "toolCallId")
        if call_id and len(self.calls) < MAX_DECISIONS:
            self.calls[text_of(data, "requestId")] = call_id
            self.asked[call_id] = data

    def completed(self, data: Fields, mode: str) -> Fields:
        """Take a decision under a permission mode, and give it as a `tool_decision`; empty where no call is named."""
        call_id = text_of(data, "toolCallId") or self.calls.pop(text_of(data, "requestId"), "")
        if not call_id:
            return {}
        result = field(data, "result")
        if len(self.results) < MAX_DECISIONS:
            self.results[call_id] = result
        source = _source(result, self.asked.pop(call_id, {}), mode)
        decision = "accept" if text_of(result, "kind").startswith("approved") else "reject"
        return {"call_id": call_id, "decision": decision, "source": source}

    def of(self, call_id: str) -> Fields:
        """Give the decision on a call, and forget it; empty where the log holds none."""
        return self.results.pop(call_id, {})


def _source(result: Fields, asked: Fields, mode: str) -> str:
    """Who decided: `user`, `hook`, `config`, or empty where the log does not say.

    A plain approval is a person's only where the program put a prompt before one, and no mode answers prompts by itself.
    """
    kind = text_of(result, "kind")
    if asked.get("resolvedByHook") is True or kind == "denied-by-permission-request-hook":
        return "hook"
    if result.get("managedApprovalHandled") is True or kind in _BY_RULES:
        return "config"
    if kind in (_BY_PERSON, *_REMEMBERED):
        return "user"
    asks = isinstance(asked.get("promptRequest"), dict) and mode not in _ANSWERS_ITSELF
    return "user" if kind == "approved" and asks else ""


def text_of_result(data: Fields) -> str:
    """Give the text of an outcome in any of the forms in which versions record it."""
    told = data.get("result")
    if isinstance(told, str):
        return told
    result = field(data, "result")
    text = text_of(result, "content") or text_of(result, "text_result_for_llm") or text_of(result, "textResultForLlm")
    text = text or flattened(result.get("contents"))
    return text or text_of(field(data, "error"), "message") or text_of(data, "error")


def result_of(data: Fields, call: Call | None, place: Place, *, decision: Fields, told: Fields, seq: int) -> Result:
    """Give the step of an outcome.

    `decision` is how the request for permission was decided, `told` what other events said of the outcome; both are
    empty where there are none.
    """
    text = text_of_result(data)
    kind = text_of(field(data, "result"), "result_type") or text_of(field(data, "result"), "resultType")
    failed = data.get("success") is False or kind in _FAILED_TYPES or bool(data.get("error"))
    rejected = _rejected(data, kind, decision)
    refused = rejected is not None or text_of(decision, "kind").startswith("denied") or _code(data) in _REFUSED_CODES
    ending = None
    if call is not None and call.kind is ToolKind.SHELL and not refused:
        background = call.arguments.get("background") is True
        ending = ending_of_result(field(data, "result"), text, background=background)
    return Result(
        place=place,
        call=call,
        call_id=text_of(data, "toolCallId"),
        text=text,
        is_error=failed,
        rejected=rejected,
        structured={**_structured(data, call, text, refused=refused), **told},
        seq=seq,
        ending=ending,
    )


def _code(data: Fields) -> str:
    return text_of(field(data, "error"), "code")


def _rejected(data: Fields, kind: str, decision: Fields) -> Rejected | None:
    """A person refused: the decision says so, or, where the log holds no decision, the code `rejected`.

    `denied` alone is the program: no rule allowed the call and nobody could be asked.
    """
    decided = text_of(decision, "kind")
    if decided == _BY_PERSON:
        return Rejected(reason=maybe_text(decision, "feedback"), stop=decision.get("forceReject") is True)
    if not decided and (_code(data) == "rejected" or kind == "rejected"):
        return Rejected(reason=None, stop=False)
    return None


def _structured(data: Fields, call: Call | None, text: str, *, refused: bool) -> Fields:
    found: Fields = {"ran": not refused}
    detail = text_of(field(data, "result"), "detailedContent")
    if call is not None and detail.startswith(("diff --git ", "--- ", "@@ ")):
        found["diff"] = detail
    if call is not None and call.tool in _CREATES and data.get("success") is not False:
        found["created"] = True
    if call is not None and call.kind is ToolKind.ASK and text:
        found["questions"] = _answered(call, text)
    return found


def _answered(call: Call, text: str) -> list[Fields]:
    """One question has the text as its answer; several have theirs by name, where the text is such an object."""
    questions = [one for one in items_of(call.arguments, "questions") if isinstance(one, dict)]
    if len(questions) == 1:
        return [{**questions[0], "answer": text}]
    try:
        answers = json.loads(text)
    except (ValueError, RecursionError):
        return questions
    if not isinstance(answers, dict):
        return questions
    return [{**one, "answer": str(answers.get(text_of(one, "question")) or "")} for one in questions]
