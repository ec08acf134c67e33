"""What the session reached: by Codex's own records of tools (observed) and off command lines (inferred)."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.access_list import AccessList
from attest.capture.codex.runs import Run
from attest.capture.patches import FilePatch, patch_of_record, patch_of_text
from attest.capture.records import field, text_of
from attest.capture.shell import split_command
from attest.capture.shell_access import Reach, host_of, reaches
from attest.capture.steps import Call, Notice, Result, Step
from attest.model.access import AccessKind
from attest.model.basis import Basis
from attest.model.changes import ChangeOp

_KINDS = {ChangeOp.DELETE: AccessKind.FILE_DELETED, ChangeOp.RENAME: AccessKind.FILE_RENAMED}


@dataclass(slots=True)
class Accesses:
    """Reads accesses off steps and runs."""

    reached: AccessList = member(default_factory=lambda: AccessList("codex"))
    told: set[str] = member(default_factory=set)
    """Call ids whose effect a record of its own tells."""

    def feed(self, step: Step) -> None:
        """Take one step. A call that was refused reached nothing."""
        match step:
            case Notice(kind="patch_apply_end"):
                self.told.add(text_of(step.fields, "call_id"))
                if step.fields.get("success") is True:
                    self.reached.add(_files(patch_of_record(step.fields)), step.place, Basis.OBSERVED)
            case Notice(kind="mcp_tool_call_end"):
                self.told.add(text_of(step.fields, "call_id"))
                made = field(step.fields, "invocation")
                name = f"{text_of(made, 'server')}/{text_of(made, 'tool')}"
                self.reached.add([(AccessKind.MCP, name)] if made else [], step.place, Basis.OBSERVED)
            case Call(tool="web_search"):
                self.reached.add(_web(step), step.place, Basis.OBSERVED)
            case Result(call=Call() as call, rejected=None) if call.call_id not in self.told:
                self.reached.add(_of_call(step, call), call.place, Basis.OBSERVED)
            case _:
                return

    def ended(self, run: Run) -> None:
        """Take a command that ended. One that could not be started reached nothing."""
        for command in run.commands if run.ran else ():
            for simple in split_command(command):
                self.reached.add(reaches(simple), run.call.place, Basis.INFERRED)


def _of_call(step: Result, call: Call) -> list[Reach]:
    if call.tool.startswith("mcp__"):
        return [(AccessKind.MCP, "/".join(call.tool.removeprefix("mcp__").split("__", 1)))]
    if call.tool == "apply_patch" and not step.is_error:
        return _files(patch_of_text(text_of(call.arguments, "patch")))
    if call.tool == "view_image" and not step.is_error:
        return [(AccessKind.FILE_READ, text_of(call.arguments, "path"))]
    return []


def _files(files: tuple[FilePatch, ...]) -> list[Reach]:
    found = [(_KINDS.get(one.op, AccessKind.FILE_WRITTEN), one.path) for one in files]
    return [*found, *((AccessKind.FILE_RENAMED, one.renamed_to) for one in files if one.renamed_to)]


def _web(call: Call) -> list[Reach]:
    url = text_of(call.arguments, "url")
    if url:
        return [(AccessKind.URL, url), (AccessKind.NETWORK, host_of(url) or "(web_search)")]
    return [(AccessKind.NETWORK, "(web_search)")]
