"""Shell runs from call to end: through `write_stdin`, with the exit code that Codex itself recorded, or none."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.check_outcome import Ending
from attest.capture.codex.calls import CODE_TOOL, STDIN_TOOL
from attest.capture.lines import Fields
from attest.capture.records import field, maybe_text, texts_of
from attest.capture.steps import Call, Notice, Result, Step
from attest.capture.text import without_ansi
from attest.model.basis import Evidence

MAX_RUNS = 4_096
MAX_OUTPUT_CHARS = 1024 * 1024
_COMMAND_ITEMS = frozenset({"CommandExecution", "command_execution", "commandExecution"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One shell call that ended."""

    call: Call
    result: Result
    commands: tuple[str, ...]
    ran: bool
    """False where the call was refused or could not be started."""
    ending: Ending
    evidence: tuple[Evidence, ...]
    """The results, and the record that gives the exit code."""


@dataclass(slots=True)
class _Open:
    call: Call
    output: str = ""
    evidence: list[Evidence] = member(default_factory=list)


@dataclass(slots=True)
class Runs:
    """Joins calls, results of later polls, and native exit codes."""

    going: dict[str, _Open] = member(default_factory=dict)
    """By the id of a process that runs on."""
    native: dict[str, tuple[int, Evidence]] = member(default_factory=dict)

    def feed(self, step: Step) -> Run | None:
        """Take one step; give the run that it ends."""
        match step:
            case Notice(kind="exec_command_end"):
                self._note(step, step.fields, maybe_text(step.fields, "call_id"))
            case Notice(kind="item_completed"):
                item = field(step.fields, "item")
                if item.get("type") in _COMMAND_ITEMS:
                    self._note(step, item, maybe_text(item, "call_id") or maybe_text(item, "id"))
            case Result(call=Call(tool=tool)) if tool == STDIN_TOOL:
                return self._continued(step)
            case Result(call=Call() as call) if texts_of(call.arguments, "commands"):
                return self._result(step, _Open(call))
        return None

    def _note(self, step: Notice, fields: Fields, call_id: str | None) -> None:
        code = fields.get("exit_code")
        if call_id and isinstance(code, int) and not isinstance(code, bool) and len(self.native) < MAX_RUNS:
            self.native[call_id] = (code, step.place.evidence)

    def _continued(self, step: Result) -> Run | None:
        earlier = self.going.pop(str(step.structured.get("continues")), None)
        return self._result(step, earlier) if earlier is not None else None

    def _result(self, step: Result, run: _Open) -> Run | None:
        run.output = (run.output + step.text)[-MAX_OUTPUT_CHARS:]
        run.evidence.append(step.place.evidence)
        running = step.structured.get("running")
        if isinstance(running, str) and len(self.going) < MAX_RUNS:
            self.going[running] = run
            return None
        code, places = self._exit(step, run.call)
        output = without_ansi(run.output)
        cut = "timed out" if output.startswith("command timed out") else ""
        return Run(
            call=run.call,
            result=step,
            commands=texts_of(run.call.arguments, "commands"),
            ran=len(run.evidence) > 1 or (step.rejected is None and step.structured.get("ran") is not False),
            ending=Ending(known=True, exit=code, cut_off=cut, output=output),
            evidence=(*run.evidence, *places),
        )

    def _exit(self, step: Result, call: Call) -> tuple[int | None, tuple[Evidence, ...]]:
        """Two records that disagree give no exit code; a script of code mode has none for its commands."""
        told = step.structured.get("exit")
        own, native = (told if isinstance(told, int) else None), self.native.pop(call.call_id, None)
        if call.tool == CODE_TOOL:
            return None, ()
        if native is None:
            return own, ()
        return (native[0] if own in (None, native[0]) else None), (native[1],)
