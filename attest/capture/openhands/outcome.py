"""How a command of OpenHands ended: its exit code comes off the shell's own prompt, so it is the program's record."""

from __future__ import annotations

from attest.capture.check_outcome import Ending
from attest.capture.lines import Fields
from attest.capture.records import field
from attest.capture.text import without_ansi

_STILL_RUNS = -1
"""What OpenHands records for a command that it did not wait for any longer."""


def exit_of(told: Fields) -> int | None:
    """Give the exit code of a record of a command, -1 included; None where it holds none."""
    for place in (told, field(told, "metadata")):
        code = place.get("exit_code")
        if isinstance(code, int) and not isinstance(code, bool):
            return code
    return None


def ending_of_command(told: Fields, text: str) -> Ending:
    """Give how the command line ended."""
    code = exit_of(told)
    cut = ""
    if told.get("timeout") is True:
        cut = "timed out"
    elif code == _STILL_RUNS:
        cut = "it still ran when the agent looked"
    known = None if code == _STILL_RUNS else code
    return Ending(known=True, exit=known, cut_off=cut, output=without_ansi(text))


def failed_to_end(text: str) -> Ending:
    """Give the ending of a command that the program answered with an error of its own: whether it ran is not known."""
    return Ending(known=True, exit=None, cut_off="the program reports an error", output=without_ansi(text))
