"""Shell runs from call to end: through `write_stdin`, with the exit code that Codex itself recorded, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.check_outcome import Ending
from attest.capture.codex.calls import CODE_TOOL, STDIN_TOOL, command_of
from attest.capture.lines import Fields
from attest.capture.records import maybe_text, texts_of
from attest.capture.steps import Call, Notice, Result, Step
from attest.capture.text import without_ansi
from attest.model.basis import Evidence

MAX_RUNS = 4_096
MAX_INSIDE = 64
MAX_OUTPUT_CHARS = 1024 * 1024

_ABORTED = re.compile(r"(?:Wall time: [\d.]+ seconds\n)?aborted by user\b")


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
    each: tuple[Ending, ...] = ()
    """How each command of a script of code mode ended, where it has records of its own; empty for other calls."""

    def ending_of(self, number: int) -> Ending:
        """Give how one of the commands ended."""
        return self.each[number] if number < len(self.each) else self.ending


@dataclass(slots=True)
class _Told:
    """A record of a command that ran inside a script."""

    line: str
    exit: int
    output: str | None
    evidence: Evidence


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
    inside: list[_Told] = member(default_factory=list)
    """Commands told of since the last script ended: they may be the script's."""

    def feed(self, step: Step) -> Run | None:
        """Take one step; give the run that it ends."""
        match step:
            case Call(tool=tool) if tool == CODE_TOOL:
                self.inside.clear()
            case Notice(kind="exec_command_end"):
                self._note(step, step.fields, maybe_text(step.fields, "call_id"))
            case Result(call=Call(tool=tool)) if tool == STDIN_TOOL:
                return self._continued(step)
            case Result(call=Call() as call) if texts_of(call.arguments, "commands"):
                return self._result(step, _Open(call))
        return None

    def _note(self, step: Notice, fields: Fields, call_id: str | None) -> None:
        code = fields.get("exit_code")
        if call_id and isinstance(code, int) and not isinstance(code, bool) and len(self.native) < MAX_RUNS:
            self.native[call_id] = (code, step.place.evidence)
            output = maybe_text(fields, "aggregated_output")
            self.inside.append(_Told(command_of(fields), code, output, step.place.evidence))
            del self.inside[:-MAX_INSIDE]

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
        if _ABORTED.match(output):
            cut = "interrupted"
        ending = Ending(known=True, exit=code, cut_off=cut, output=output)
        each, more = self._each(run.call, ending) if run.call.tool == CODE_TOOL else ((), ())
        return Run(
            call=run.call,
            result=step,
            commands=texts_of(run.call.arguments, "commands"),
            ran=len(run.evidence) > 1 or (step.rejected is None and step.structured.get("ran") is not False),
            ending=ending,
            evidence=(*run.evidence, *places, *more),
            each=each,
        )

    def _each(self, call: Call, whole: Ending) -> tuple[tuple[Ending, ...], tuple[Evidence, ...]]:
        """Join the commands of a script, in their order, with the records of commands that ran inside it, by their words.

        A command that the script ran more than once, or a record that two of its commands fit, tells nothing.
        """
        found: list[Ending] = []
        places: list[Evidence] = []
        lines = texts_of(call.arguments, "commands")
        for line in lines:
            told = [one for one in self.inside if one.line.strip() == line.strip()]
            if len(told) != 1 or lines.count(line) != 1:
                found.append(whole)
                continue
            output = without_ansi(told[0].output) if told[0].output is not None else whole.output
            found.append(Ending(known=True, exit=told[0].exit, cut_off="", output=output))
            places.append(told[0].evidence)
        self.inside.clear()
        return tuple(found), tuple(places)

    def _exit(self, step: Result, call: Call) -> tuple[int | None, tuple[Evidence, ...]]:
        """Two records that disagree give no exit code; a script of code mode has none for its commands."""
        told = step.structured.get("exit")
        own, native = (told if isinstance(told, int) else None), self.native.pop(call.call_id, None)
        if call.tool == CODE_TOOL:
            return None, ()
        if native is None:
            return own, ()
        self.inside = [one for one in self.inside if one.evidence != native[1]]
        return (native[0] if own in (None, native[0]) else None), (native[1],)
