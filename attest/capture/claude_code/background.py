"""Commands of Claude Code that run on in the background, and the records that tell how they ended.

The id that the start of a command gives is named again by the tools that read its output or stop it, and by the
notification that the agent's program puts into the conversation.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from dataclasses import field as member

from attest.capture.check_outcome import Ending
from attest.capture.lines import Fields
from attest.capture.records import field, maybe_text, text_of
from attest.capture.steps import Injected, Result
from attest.capture.text import without_ansi

MAX_GOING = 256
MAX_OUTPUT_CHARS = 128 * 1024
"""Of one command: tools print their summary at the end."""
READERS = frozenset({"BashOutput", "TaskOutput", "AgentOutputTool", "BashOutputTool"})
STOPPERS = frozenset({"KillShell", "KillBash", "TaskStop"})
_STARTED = re.compile(r"\ACommand (?:running in background|was manually backgrounded by user) with ID: (\w{1,64})")
_TAGS = ("task-id", "task_id", "status", "exit_code", "stdout", "stderr", "output")
_SUMMARY_EXIT = re.compile(r"\(exit code (-?\d{1,4})\)|failed with exit code (-?\d{1,4})\b")
_OVER = frozenset({"completed", "failed", "killed", "stopped", "error"})


@dataclass(slots=True)
class Background:
    """Joins what is told of a command that runs on with the call that started it."""

    calls: OrderedDict[str, str] = member(default_factory=OrderedDict)
    """Call id by the id of the running command."""
    outputs: dict[str, str] = member(default_factory=dict)

    def started(self, result: Result) -> bool:
        """Take the result of a shell call; True where the command runs on."""
        found = _STARTED.match(result.text)
        name = maybe_text(result.structured, "backgroundTaskId") or (found[1] if found else None)
        if name is None:
            return False
        self.calls[name] = result.call_id
        self.outputs[name] = ""
        if len(self.calls) > MAX_GOING:
            self.outputs.pop(self.calls.popitem(last=False)[0], None)
        return True

    def read(self, result: Result) -> tuple[str, Ending] | None:
        """Take the result of a call that reads or stops; give the call that started the command, once it is over."""
        call = result.call
        if call is None or result.is_error or call.tool not in READERS | STOPPERS:
            return None
        name = next((text_of(call.arguments, key) for key in _ID_NAMES if call.arguments.get(key)), "")
        if call.tool in STOPPERS:
            return self._over(name, None, "killed")
        told = field(result.structured, "task") or result.structured
        tags = _tags(result.text)
        words = _text(told, "output") or "\n".join(filter(None, (_text(told, "stdout"), _text(told, "stderr"))))
        words = words or tags.get("output", "") or "\n".join(filter(None, (tags.get("stdout"), tags.get("stderr"))))
        self._more(name, words)
        status = text_of(told, "status") or tags.get("status", "")
        code = told.get("exitCode")
        if not isinstance(code, int) or isinstance(code, bool):
            code = _number(tags.get("exit_code"))
        return self._over(name, code, status)

    def told(self, step: Injected) -> tuple[str, Ending] | None:
        """Take a notification of the agent's program; give the call that started the command that is over."""
        if "<task-notification>" not in step.text[:2_000]:
            return None
        tags = _tags(step.text[:20_000])
        name = tags.get("task-id") or tags.get("task_id") or ""
        found = _SUMMARY_EXIT.search(step.text[:20_000])
        code = _number(found[1] or found[2]) if found else None
        return self._over(name, code, tags.get("status", "").strip())

    def _more(self, name: str, words: str) -> None:
        if name in self.outputs and words not in self.outputs[name]:
            self.outputs[name] = f"{self.outputs[name]}\n{words}"[-MAX_OUTPUT_CHARS:]

    def _over(self, name: str, code: int | None, status: str) -> tuple[str, Ending] | None:
        if name not in self.calls or status not in _OVER:
            return None
        cut = status if status in ("killed", "stopped") else ""
        output = without_ansi(self.outputs.pop(name, ""))
        return self.calls.pop(name), Ending(known=True, exit=code, cut_off=cut, output=output)


_ID_NAMES = ("bash_id", "task_id", "shell_id", "shellId", "taskId", "agentId")


def _tags(text: str) -> dict[str, str]:
    """Give what stands in the first element of each name; the output itself stands last and may hold anything."""
    found: dict[str, str] = {}
    for name in _TAGS:
        start = text.find(f"<{name}>")
        end = text.find(f"</{name}>", start) if start >= 0 else -1
        if end >= 0:
            found[name] = text[start + len(name) + 2 : end].strip("\n")
    return found


def _text(fields: Fields, name: str) -> str:
    return maybe_text(fields, name) or ""


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"-?\d{1,4}", text.strip()) else None
