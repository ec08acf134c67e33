"""Parts of a response that are no tool call, and what a request carries beside its words."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from attest.capture.call_book import CallBook
from attest.capture.copilot.vscode_values import words_of
from attest.capture.file_uris import path_of
from attest.capture.lines import Fields
from attest.capture.records import field, items_of, text_of
from attest.capture.spots import inside
from attest.capture.steps import (
    AgentText,
    Attachment,
    Call,
    Granted,
    Mode,
    Notice,
    Place,
    Reasoning,
    Result,
    Step,
)
from attest.capture.tool_kinds import ToolKind

MAX_ITEMS: Final = 1_000
"""Attachments, edited files and text edits read of one record."""
QUIET_PARTS: Final = frozenset(
    {
        *("inlineReference", "codeblockUri", "undoStop", "prepareToolInvocation", "progressMessage"),
        *("progressTask", "progressTaskSerialized", "mcpServersStarting", "treeData", "multiDiffData", "command"),
        *("extensions", "autoModeResolution", "voiceProgress", "move", "codeCitation", "reference", "usedContext"),
        *("clearToPreviousToolInvocation", "disabledClaudeHooks"),
    }
)
TOLD_IN_ROUNDS: Final = frozenset(
    {"", "markdownContent", "markdownVuln", "thinking", "textEditGroup", "notebookEditGroup", "externalEdit"}
)
"""Where a request has rounds, these show again what a round holds."""
_NOTICES: Final = frozenset(
    {
        *("confirmation", "elicitation", "elicitationSerialized", "hook", "warning", "info", "pullRequest"),
        *("workspaceEdit", "planReview"),
    }
)
_EXTERNAL: Final = MappingProxyType({"delete": ToolKind.DELETE, "create": ToolKind.WRITE})
_EDITED: Final = MappingProxyType({1: "edit-kept", 2: "edit-undone", 3: "edited-by-person"})
_PROMPT_FILE: Final = "promptFile"


def part_steps(value: Fields, place: Place, seq: int, book: CallBook) -> list[Step] | None:
    """Give the steps of a part; None for a kind that is not known."""
    kind = text_of(value, "kind")
    match kind:
        case "" | "markdownContent" | "markdownVuln":
            text = words_of(value.get("content")) or words_of(value)
            return [AgentText(place=place, text=text)] if text.strip() else []
        case "thinking":
            text = words_of(value.get("value"))
            return [Reasoning(place=place, text=text)] if text.strip() else []
        case "textEditGroup" | "notebookEditGroup":
            return _done(place, seq, book, kind=ToolKind.EDIT, tool=kind, arguments=_edit_arguments(value))
        case "externalEdit":
            of = _EXTERNAL.get(text_of(value, "editKind"), ToolKind.EDIT)
            arguments = {"file_path": path_of(value.get("uri")), "replace_all": True}
            return _done(place, seq, book, kind=of, tool=kind, arguments=arguments)
        case "questionCarousel":
            return _asked(value, place, seq, book)
        case _ if kind in _NOTICES:
            text = words_of(value.get("title")) or words_of(value.get("message")) or words_of(value.get("content"))
            return [Notice(place=place, kind=kind, text=text or text_of(value, "stopReason"), fields=value)]
        case _:
            return None


def _done(  # the members of a call
    place: Place, seq: int, book: CallBook, *, kind: ToolKind, tool: str, arguments: Fields, told: Fields | None = None
) -> list[Step]:
    """A call and its result, where one record tells of both."""
    call_id = f"{tool}-{place.evidence.record}"
    call = Call(place=place, call_id=call_id, tool=tool, arguments=arguments, seq=seq, kind=kind)
    book.enter(call)
    joined = book.close(call_id, place.evidence)
    result = Result(
        place=place,
        call=joined,
        call_id=call_id,
        text="",
        is_error=False,
        rejected=None,
        structured=told or {},
        seq=seq + 1,
    )
    return [call, result]


def _edit_arguments(value: Fields) -> Fields:
    """The group tells what was put in, not what was there: so the change is not known whole."""
    texts = [
        text_of(edit, "text")
        for group in items_of(value, "edits")[:MAX_ITEMS]
        for edit in (group if isinstance(group, list) else [])[:MAX_ITEMS]
        if isinstance(edit, dict)
    ]
    return {"file_path": path_of(value.get("uri")), "new_string": "\n".join(texts), "replace_all": True}


def _asked(value: Fields, place: Place, seq: int, book: CallBook) -> list[Step]:
    """Questions to a person. An answer that the program gave by itself is none of a person."""
    answers = field(value, "data") if value.get("autoReply") is not True else {}
    questions: list[Fields] = []
    for one in items_of(value, "questions")[:MAX_ITEMS]:
        if isinstance(one, dict):
            options = [text_of(option, "label") for option in items_of(one, "options") if isinstance(option, dict)]
            answer = _answer(answers.get(text_of(one, "id")))
            questions.append({"question": text_of(one, "title"), "options": options, "answer": answer})
    arguments: Fields = {"questions": [{**one, "answer": ""} for one in questions]}
    told: Fields = {"questions": questions}
    return _done(place, seq, book, kind=ToolKind.ASK, tool="questionCarousel", arguments=arguments, told=told)


def _answer(told: object) -> str:
    if isinstance(told, str):
        return told
    if not isinstance(told, dict):
        return ""
    chosen = [one for one in items_of(told, "selectedValues") if isinstance(one, str)]
    words = [text_of(told, "selectedValue"), *chosen, text_of(told, "freeformValue")]
    return ", ".join(word for word in words if word)


def mode_steps(value: Fields, place: Place) -> list[Step]:
    """Give the mode in which a request was made, where it says so."""
    mode = field(value, "modeInfo")
    name = text_of(mode, "modeId") or text_of(mode, "kind")
    level = text_of(mode, "permissionLevel") or text_of(value, "permissionLevel")
    spot = inside(place, "modeInfo")
    found: list[Step] = []
    if name:
        found.append(Granted(place=spot, kind="session-mode", value=name, several=False))
    if level:
        found.append(Mode(place=spot, mode=level))
    return found


def attachments_of(value: Fields, place: Place) -> list[Step]:
    """Give what was attached to a request: files, selections, instruction files."""
    found: list[Step] = []
    for number, one in enumerate(items_of(field(value, "variableData"), "variables")[:MAX_ITEMS]):
        if not isinstance(one, dict):
            continue
        kind = text_of(one, "kind")[:32] or "attachment"
        path = path_of(one.get("value")) or text_of(one, "name")
        spot = inside(place, "variableData", "variables", number)
        fields: Fields = {"path": path, "file_path": path, "content": path}
        found.append(Attachment(place=spot, kind="instructions" if kind == _PROMPT_FILE else kind, fields=fields))
    return found


def edited_files(value: Fields, place: Place) -> list[Step]:
    """Give what a person did, before this request, to the agent's edits."""
    found: list[Step] = []
    for number, one in enumerate(items_of(value, "editedFileEvents")[:MAX_ITEMS]):
        kind = one.get("eventKind") if isinstance(one, dict) else None
        if isinstance(kind, int) and kind in _EDITED:
            spot = inside(place, "editedFileEvents", number)
            found.append(Notice(place=spot, kind=_EDITED[kind], text=path_of(one.get("uri")), fields=one))
    return found
