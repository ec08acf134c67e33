"""Which shell calls of Claude Code are runs, and how each ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.check_outcome import Ending
from attest.capture.check_runs import CheckRuns
from attest.capture.claude_code.background import Background
from attest.capture.records import maybe_text, text_of
from attest.capture.steps import AgentText, Call, Injected, Result, Step
from attest.capture.text import without_ansi

_EXIT = re.compile(r"\AExit code (-?\d{1,4})\b")


@dataclass(slots=True)
class Checks:
    """Feeds the runs from calls of the shell tool."""

    runs: CheckRuns
    started: set[str] = member(default_factory=set)
    background: Background = member(default_factory=Background)

    def feed(self, step: Step) -> None:
        """Take one step."""
        match step:
            case Call(tool="Bash") if step.call_id not in self.started:
                self.started.add(step.call_id)
                background = step.arguments.get("run_in_background") is True
                self.runs.started(step, text_of(step.arguments, "command"), background=background)
            case Result():
                self._result(step)
            case Injected():
                self._over(self.background.told(step), step)
            case AgentText(place=place) if not place.sidechain:
                self.runs.claim(step)
            case _:
                return

    def _result(self, step: Result) -> None:
        if step.rejected is not None or step.text.startswith("<tool_use_error>"):
            self.runs.did_not_run(step.call_id)
        elif step.call_id in self.runs.waiting:
            runs_on = self.background.started(step)
            self.runs.ended(step.call_id, ending_of(step), (step.place.evidence,), runs_on=runs_on)
        else:
            self._over(self.background.read(step), step)

    def _over(self, found: tuple[str, Ending] | None, step: Result | Injected) -> None:
        if found is not None:
            self.runs.ended(*found, (step.place.evidence,))


def ending_of(result: Result) -> Ending:
    """Give how a shell call ended. Claude Code gives no exit code with success, and `Exit code N` with failure."""
    told = result.structured
    cut = ""
    if told.get("interrupted") is True:
        cut = "interrupted"
    elif told.get("timedOutAfterMs") or (result.is_error and "timed out after" in result.text[:400]):
        cut = "timed out"
    elif told.get("backgroundTaskId") or result.text.startswith("Command running in background"):
        cut = "in the background"
    text = without_ansi(result.text)
    found = _EXIT.match(text)
    code: int | None = None
    if result.is_error:
        code = int(found[1]) if found else None
    elif maybe_text(told, "returnCodeInterpretation") is None:
        code = 0
    return Ending(known=True, exit=code, cut_off=cut, output=text)
