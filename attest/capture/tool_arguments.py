"""What the shared rules read of a call and its result, under the shared names of `tool_kinds`."""

from __future__ import annotations

from attest.capture.check_outcome import Ending
from attest.capture.records import text_of, texts_of
from attest.capture.steps import Call, Result
from attest.capture.text import without_ansi

MAX_COMMANDS = 256
"""Of one call."""


def commands_of(call: Call) -> tuple[str, ...]:
    """Give the command lines of a shell call."""
    several = texts_of(call.arguments, "commands")
    one = text_of(call.arguments, "command")
    return several[:MAX_COMMANDS] or ((one,) if one else ())


def did_run(result: Result) -> bool:
    """Tell whether a call was made at all: neither refused nor, as the program says with `ran`, stopped before it began."""
    return result.rejected is None and result.structured.get("ran") is not False


def ending_of(result: Result) -> Ending:
    """Give how a shell call ended; without an exit where the format's own file says nothing of it."""
    if result.ending is not None:
        return result.ending
    return Ending(known=True, exit=None, cut_off="", output=without_ansi(result.text))
