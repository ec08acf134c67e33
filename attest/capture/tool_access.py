"""What tools reached, by `Call.kind`: by the tools' own records (observed), and off command lines (inferred)."""

from __future__ import annotations

from dataclasses import dataclass

from attest.capture.access_list import MAX_ACCESSES, AccessList
from attest.capture.patches import FilePatch
from attest.capture.records import text_of, texts_of
from attest.capture.shell import split_command
from attest.capture.shell_access import Reach, host_of, is_secret_path, reaches
from attest.capture.steps import Attachment, Call, Result, Step
from attest.capture.tool_arguments import commands_of, did_run
from attest.capture.tool_changes import files_of
from attest.capture.tool_kinds import EDITS, ToolKind
from attest.model.access import AccessKind
from attest.model.basis import Basis
from attest.model.changes import ChangeOp

_KINDS = {ChangeOp.DELETE: AccessKind.FILE_DELETED, ChangeOp.RENAME: AccessKind.FILE_RENAMED}


@dataclass(slots=True)
class ToolAccess:
    """Reads accesses off calls."""

    reached: AccessList
    results: bool
    """False where the format holds no results: then the call counts, as `reported`."""

    @property
    def full(self) -> bool:
        """True once the limit of accesses was reached."""
        return len(self.reached.kept) >= MAX_ACCESSES

    def feed(self, step: Step) -> None:
        """Take one step. A call that failed, was refused or could not be made reached nothing; a server it may have."""
        match step:
            case Attachment(kind="file"):
                path = text_of(step.fields, "path")
                secret = [(AccessKind.SECRET, path)] if is_secret_path(path) else []
                self.reached.add([(AccessKind.FILE_READ, path), *secret], step.place, Basis.OBSERVED)
            case Call() if not self.results:
                self._call(step, Basis.REPORTED)
            case Result(call=Call() as call) if self.results and did_run(step):
                if not step.is_error or call.kind in (ToolKind.SHELL, ToolKind.MCP):
                    self._call(call, Basis.OBSERVED)
            case _:
                return

    def _call(self, call: Call, basis: Basis) -> None:
        self.reached.add(reached_by(call), call.place, basis)
        if call.kind is ToolKind.SHELL:
            for command in commands_of(call):
                for simple in split_command(command):
                    self.reached.add(reaches(simple), call.place, Basis.INFERRED)


def reached_by(call: Call) -> list[Reach]:
    """Give what a tool other than the shell reaches."""
    arguments = call.arguments
    if call.kind in EDITS:
        return [reach for one in files_of(call) for reach in _file(one)]
    match call.kind:
        case ToolKind.READ:
            path = text_of(arguments, "file_path")
            return [(AccessKind.FILE_READ, path), *([(AccessKind.SECRET, path)] if is_secret_path(path) else [])]
        case ToolKind.SEARCH:
            return [(AccessKind.SEARCH, text_of(arguments, "path") or text_of(arguments, "pattern"))]
        case ToolKind.FETCH:
            urls = texts_of(arguments, "urls") or (text_of(arguments, "url"),)
            host = f"({call.tool[:64]})"
            return [one for url in urls for one in ((AccessKind.URL, url), (AccessKind.NETWORK, host_of(url) or host))]
        case ToolKind.WEB_SEARCH:
            return [(AccessKind.NETWORK, f"({call.tool[:64]})")]
        case ToolKind.MCP:
            server, tool = text_of(arguments, "server"), text_of(arguments, "tool_name") or call.tool
            return [(AccessKind.MCP, f"{server}/{tool}" if server else tool)]
        case _:
            return []


def _file(one: FilePatch) -> list[Reach]:
    found = [(_KINDS.get(one.op, AccessKind.FILE_WRITTEN), one.path)]
    return [*found, *([(AccessKind.FILE_RENAMED, one.renamed_to)] if one.renamed_to else [])]
