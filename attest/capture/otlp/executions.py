"""Tools that were executed, as spans and messages tell of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from attest.capture.call_book import CallBook
from attest.capture.check_outcome import Ending
from attest.capture.copilot.endings import ending_of_result
from attest.capture.copilot.vscode_values import text_of_tool_result
from attest.capture.lines import Fields
from attest.capture.otlp.tools import tool_of_span
from attest.capture.otlp.values import structured
from attest.capture.records import text_of
from attest.capture.steps import Call, Place, Result
from attest.capture.text import without_ansi
from attest.capture.tool_kinds import ToolKind

_EXIT_NAMES: Final = ("process.exit.code", "gen_ai.tool.command.exit_code")
_COPILOT: Final = "copilot_chat."


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution of a tool."""

    call_id: str
    tool: str
    arguments: object
    text: str
    exit: int | None
    by_copilot: bool
    """True where Copilot's program wrote the span: then the end of the text tells how a command ended."""

    def as_part(self) -> Fields:
        """Give the call as a message would tell of it."""
        return {"id": self.call_id, "name": self.tool, "arguments": self.arguments}


def execution_of(span: Fields, attributes: Fields) -> Execution:
    """Give what a span tells of an execution. One without an id of its call has the span's."""
    name = text_of(span, "name")
    exits = (attributes.get(one) for one in _EXIT_NAMES)
    code = next((one for one in exits if isinstance(one, int) and not isinstance(one, bool)), None)
    return Execution(
        call_id=text_of(attributes, "gen_ai.tool.call.id") or f"span-{text_of(span, 'spanId')}",
        tool=text_of(attributes, "gen_ai.tool.name") or name.removeprefix("execute_tool ").strip(),
        arguments=attributes.get("gen_ai.tool.call.arguments"),
        text=words_of_result(attributes.get("gen_ai.tool.call.result")),
        exit=code,
        by_copilot=any(one.startswith(_COPILOT) for one in attributes),
    )


def call_of(part: Fields, book: CallBook, place: Place, seq: int, *, attributes: Fields | None = None) -> Call:
    """Give the step of a call, and enter it. `attributes` are those of its span, where there is one."""
    told = structured(part.get("arguments"))
    arguments: Fields = told if isinstance(told, dict) else {"input": told} if isinstance(told, str) and told else {}
    tool = text_of(part, "name")
    kind, named = tool_of_span(tool, arguments, attributes or {})
    call = Call(place=place, call_id=text_of(part, "id"), tool=tool, arguments=named, seq=seq, kind=kind)
    book.enter(call)
    return call


def result_of_span(execution: Execution, book: CallBook, place: Place, seq: int, *, failed: bool) -> Result:
    """Give the step of an execution's end."""
    call = book.close(execution.call_id, place.evidence)
    ending = None
    if call is not None and call.kind is ToolKind.SHELL:
        background = call.arguments.get("background") is True
        ending = _ending(execution, background=background)
    return _result(call, execution.call_id, execution.text, place, seq=seq, failed=failed, ending=ending)


def result_of_message(part: Fields, book: CallBook, place: Place, seq: int) -> Result:
    """Give the step of an outcome that only a later message tells of."""
    call_id = text_of(part, "id")
    text = words_of_result(part.get("response", part.get("result")))
    return _result(book.close(call_id, place.evidence), call_id, text, place, seq=seq, failed=False, ending=None)


def _result(  # the members of a result
    call: Call | None, call_id: str, text: str, place: Place, *, seq: int, failed: bool, ending: Ending | None
) -> Result:
    return Result(
        place=place,
        call=call,
        call_id=call_id,
        text=text,
        is_error=failed,
        rejected=None,
        structured={},
        seq=seq,
        ending=ending,
    )


def _ending(execution: Execution, *, background: bool) -> Ending:
    if execution.by_copilot and execution.exit is None:
        return ending_of_result({}, execution.text, background=background)
    cut_off = "in the background" if background and execution.exit is None else ""
    return Ending(known=True, exit=execution.exit, cut_off=cut_off, output=without_ansi(execution.text))


def words_of_result(value: object) -> str:
    """Give the text of an outcome: a text, a tree of prompt elements, or the JSON of what is neither."""
    told = structured(value)
    if isinstance(told, str):
        return told
    if isinstance(told, dict) and isinstance(told.get("node"), dict):
        return text_of_tool_result({"content": [{"value": told}]})
    if isinstance(told, dict) and isinstance(told.get("content"), list):
        return text_of_tool_result(told) or json.dumps(told, ensure_ascii=False)
    return "" if told is None else json.dumps(told, ensure_ascii=False, default=str)
