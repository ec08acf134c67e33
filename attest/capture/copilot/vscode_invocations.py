"""What VS Code shows of a tool call: whether a person let it through, and how its command ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from attest.capture.check_outcome import Ending
from attest.capture.copilot.vscode_values import words_of
from attest.capture.file_uris import path_of
from attest.capture.lines import Fields
from attest.capture.records import field, items_of, text_of
from attest.capture.steps import Place, Rejected
from attest.capture.text import without_ansi

_DENIED: Final = 0
_SKIPPED: Final = 5
_DECIDED: Final = {1: "config", 2: "config", 3: "config", 4: "user"}
"""No confirmation needed, a setting, an earlier choice that was remembered, a person now."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One tool call as the interface shows it."""

    fields: Fields
    place: Place | None = None
    """Where it stands."""

    @property
    def call_id(self) -> str:
        """The id under which the model made the call, where the version keeps that one."""
        return text_of(self.fields, "toolCallId")

    @property
    def tool(self) -> str:
        """The interface's name of the tool."""
        return text_of(self.fields, "toolId")

    @property
    def sidechain(self) -> bool:
        """True for a call that a sub-agent made."""
        return bool(text_of(self.fields, "subAgentInvocationId"))

    @property
    def data(self) -> Fields:
        """What the interface knows of the call beside its id."""
        return field(self.fields, "toolSpecificData")

    def rejected(self) -> Rejected | None:
        """Give that a person denied or skipped the call; None where it was let through, or the record does not say."""
        told = self.fields.get("isConfirmed")
        if told is False:
            return Rejected(reason=None, stop=False)
        kind = told.get("type") if isinstance(told, dict) else None
        if isinstance(kind, int) and not isinstance(kind, bool) and kind in (_DENIED, _SKIPPED):
            return Rejected(reason=None, stop=False)
        return None

    def decided(self) -> str | None:
        """Give what let the call through; None where the record does not say."""
        told = self.fields.get("isConfirmed")
        if told is True:
            return _DECIDED[4]
        kind = told.get("type") if isinstance(told, dict) else None
        return _DECIDED.get(kind) if isinstance(kind, int) else None

    def arguments(self) -> Fields:
        """Give what of the call's arguments the interface kept, under the tools' own names."""
        data = self.data
        match text_of(data, "kind"):
            case "terminal":
                return {"command": self.command(), "isBackground": data.get("isBackground") is True}
            case "input":
                raw = data.get("rawInput")
                return raw if isinstance(raw, dict) else {"input": words_of(raw)}
            case "todoList":
                return {"todoList": items_of(data, "todoList")}
            case "subagent":
                return {"prompt": text_of(data, "prompt"), "agentName": text_of(data, "agentName")}
            case _:
                found = [path_of(one) for one in items_of(self.fields, "resultDetails")[:1]]
                return {"path": found[0]} if found and found[0] else {}

    def command(self) -> str:
        """Give the command that ran: as a person changed it, else as the tool did, else as the model wrote it."""
        line = field(self.data, "commandLine")
        names = ("userEdited", "toolEdited", "original")
        return next((text_of(line, name) for name in names if text_of(line, name)), text_of(self.data, "command"))

    def was_edited(self) -> bool:
        """Tell whether a person changed the command before it ran."""
        line = field(self.data, "commandLine")
        return bool(text_of(line, "userEdited")) and line.get("userEdited") != line.get("original")

    def ending(self, text: str) -> Ending | None:
        """Give how a command ended; None for what is no command. `text` is the outcome as the model saw it."""
        data = self.data
        if text_of(data, "kind") != "terminal":
            return None
        code = field(data, "terminalCommandState").get("exitCode")
        known = isinstance(code, int) and not isinstance(code, bool)
        background = data.get("isBackground") is True or data.get("didContinueInBackground") is True
        return Ending(
            known=True,
            exit=code if known else None,
            cut_off="in the background" if background and not known else "",
            output=without_ansi(text_of(field(data, "terminalCommandOutput"), "text") or text),
        )
