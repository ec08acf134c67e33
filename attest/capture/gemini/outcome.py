"""How a tool call of Gemini CLI ended: refused, interrupted, failed or done, and the exit of a shell command."""

from __future__ import annotations

import re
from dataclasses import dataclass

from attest.capture.check_outcome import Ending
from attest.capture.lines import Fields, LineFault, parse_line
from attest.capture.records import field, flattened, items_of, text_of
from attest.capture.steps import Rejected
from attest.capture.text import without_ansi
from attest.capture.tool_kinds import ToolKind

ENDED = frozenset({"success", "error", "cancelled"})
"""Every other status is that of a call which has not ended yet."""

_DENIED = re.compile(r"\[Operation Cancelled\] Reason: User (?:denied|did not allow)|\AUser (?:denied|did not allow)")
_NOT_LET_THROUGH = re.compile(
    r"denied by policy|not allowed (?:by|in)|blocked by (?:policy|hook)|requires approval", re.IGNORECASE
)
_PLAN_REFUSED = re.compile(r"\APlan rejected\.(?: User feedback: (?P<words>.*?))?(?:\n\n|\Z)", re.DOTALL)
_PLAN_LEFT = "User cancelled the plan approval dialog"
_MODIFIED = re.compile(r"User modified the `(?:new_string|content)`")
_CREATED = ("Successfully created and wrote to new file", "Created new file")

_HEAD_CHARS = 8_192
_TAIL_CHARS = 4_096
_WRAPPED = re.compile(r"\A<(untrusted[a-z_-]{0,40})[^>\n]{0,200}>\n?(.*?)\n?</\1>\s*\Z", re.DOTALL)
_TAIL = re.compile(
    r"(?:\n(?:Error|Exit Code|Signal|Background PIDs|Process Group PGID):[^\n]*)*\Z",
)
_EXIT = re.compile(r"^Exit Code: (-?\d{1,10})$", re.MULTILINE)
_OLD_FORM = re.compile(r"\ACommand: ")
_CANCELLED = "Command was cancelled by user before it could complete."
_TIMED_OUT = "Command was automatically cancelled because it exceeded the timeout"
_BACKGROUND = ("Command moved to background", "Command is running in background")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a call's record says of its end."""

    text: str
    is_error: bool
    rejected: Rejected | None
    interrupted: bool
    structured: Fields
    ending: Ending | None


def outcome_of(kind: ToolKind, told: Fields, arguments: Fields) -> Outcome:
    """Give how the call of a tool record ended; the record's status is one of `ENDED`."""
    status, text = text_of(told, "status"), response_text(told)
    rejected = _rejected(kind, status, text)
    interrupted = status == "cancelled" and rejected is None
    ran = status != "cancelled" and not (status == "error" and _NOT_LET_THROUGH.search(text[:400]))
    structured: Fields = {"ran": ran and rejected is None} | _structured(kind, told, arguments, text)
    ending = shell_ending(text, status) if kind is ToolKind.SHELL else None
    if text.startswith(_CANCELLED):
        interrupted, structured["ran"] = True, True
    failed = status != "success" or rejected is not None or (ending is not None and ending.exit not in (None, 0))
    return Outcome(
        text=text, is_error=failed, rejected=rejected, interrupted=interrupted, structured=structured, ending=ending
    )


def response_text(told: Fields) -> str:
    """Give what the tool answered to the model."""
    texts: list[str] = []
    result = told.get("result")
    for part in result if isinstance(result, list) else [result]:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            response = field(part, "functionResponse", "response")
            texts.append(text_of(response, "output") or text_of(response, "error") or text_of(part, "text"))
    return "\n".join(text for text in texts if text)


def _rejected(kind: ToolKind, status: str, text: str) -> Rejected | None:
    if kind is ToolKind.PLAN:
        refused = _PLAN_REFUSED.match(text)
        if refused:
            return Rejected(stop=False, reason=(refused["words"] or "").strip() or None)
        if text.startswith(_PLAN_LEFT):
            return Rejected(stop=True, reason=None)
    if status == "cancelled" and (not text or _DENIED.search(text[:400])):
        return Rejected(stop=True, reason=None)
    return None


def _structured(kind: ToolKind, told: Fields, arguments: Fields, text: str) -> Fields:
    if kind is ToolKind.ASK:
        return {"questions": _answered(arguments, text)}
    if kind not in (ToolKind.WRITE, ToolKind.EDIT):
        return {}
    display = field(told, "resultDisplay")
    modified = _MODIFIED.search(text[:_HEAD_CHARS]) is not None or arguments.get("modified_by_user") is True
    created = display.get("isNewFile") is True or text.startswith(_CREATED)
    return {"diff": text_of(display, "fileDiff"), "created": created, "userModified": modified}


def _answered(arguments: Fields, text: str) -> list[Fields]:
    """Join the questions with the answers, which are told by the questions' numbers."""
    parsed = parse_line(text.encode("utf-8", "replace"))
    answers = {} if isinstance(parsed, LineFault) else field(parsed, "answers")
    found: list[Fields] = []
    for number, question in enumerate(items_of(arguments, "questions")):
        if isinstance(question, dict) and text_of(answers, str(number)):
            labels = [text_of(one, "label") for one in items_of(question, "options") if isinstance(one, dict)]
            found.append(
                {
                    "question": text_of(question, "question") or text_of(question, "header"),
                    "options": labels,
                    "answer": text_of(answers, str(number)),
                }
            )
    return found


def shell_ending(text: str, status: str) -> Ending:
    """Give how a command ended.

    Older versions write `Exit Code:` always, newer ones only where it is not 0: there an answer that begins with
    `Output:` and has none of the lines that tell of a failure ended with 0. A text of any other form (cut, masked, or a
    summary by a model) tells nothing.
    """
    wrapped = _WRAPPED.match(text)
    text = wrapped[2] if wrapped else text
    cut = ""
    if text.startswith(_TIMED_OUT):
        cut = "timed out"
    elif text.startswith(_CANCELLED) or status == "cancelled":
        cut = "interrupted"
    elif text.startswith(_BACKGROUND):
        cut = "in the background"
    return Ending(known=True, exit=None if cut else _exit(text), cut_off=cut, output=without_ansi(text))


def _exit(text: str) -> int | None:
    old = _OLD_FORM.match(text) is not None
    if not old and not text.startswith("Output:"):
        return None
    found = _TAIL.search(text[-_TAIL_CHARS:])
    tail = found[0] if found else ""
    codes = _EXIT.findall(tail)
    if codes:
        # What the program writes comes last: a line of the same form at the end of the output stands before it.
        return int(codes[-1])
    failed = old or any(f"\n{name}:" in tail for name in ("Error", "Signal"))
    return None if failed else 0


def words_of(content: object) -> str:
    """Give the text of a message's content: a string, a part, or a list of either; calls and answers are left out."""
    if isinstance(content, dict):
        content = [content]
    if isinstance(content, list):
        content = [{"text": part} if isinstance(part, str) else part for part in content]
        content = [part for part in content if not (isinstance(part, dict) and part.get("thought") is True)]
    return flattened(content)
