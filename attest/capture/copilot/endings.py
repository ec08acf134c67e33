"""How a command ended, as Copilot's program records it: in a block of its own, or in its last line of the output."""

from __future__ import annotations

import re
from typing import Final

from attest.capture.check_outcome import Ending
from attest.capture.lines import Fields
from attest.capture.records import items_of, text_of
from attest.capture.text import without_ansi

_TAIL_CHARS: Final = 512
_EXIT_LINE: Final = re.compile(
    r"(?:^|\n)<(?:shellId: [^\s<>]{1,64} completed|exited|command with (?:shellI|i)d: [^\s<>]{1,64} (?:exited|completed))"
    r" with (?:exit )?code (?P<exit>-?\d{1,10})>\s*$"
)
"""The program puts it behind all output, so that only the very end of the text counts."""
_GOES_ON: Final = re.compile(
    r"(?:^|\n)<(?:command with (?:shellI|i)d|shellId)\b[^\n<>]{0,200}\b(?:still running|started|running in)\b[^\n]*>?\s*$"
)
_STOPPED: Final = re.compile(r"(?:^|\n)<command with (?:shellI|i)d: [^\n<>]{1,64} stopped>\s*$")
_EXIT_BLOCKS: Final = frozenset({"shell_exit", "terminal"})


def ending_of_result(result: Fields, text: str, *, background: bool) -> Ending:
    """Give how a shell call ended.

    `result` is the outcome as recorded, `text` its whole text. No exit: the program recorded none, which is not 0.
    """
    output = without_ansi(text)
    code = _exit_of_blocks(result)
    tail = output[-_TAIL_CHARS:]
    if code is None:
        match = _EXIT_LINE.search(tail)
        code = int(match["exit"]) if match else None
    cut_off = ""
    if code is None:
        cut_off = (
            "stopped" if _STOPPED.search(tail) else "in the background" if background or _GOES_ON.search(tail) else ""
        )
    return Ending(known=True, exit=code, cut_off=cut_off, output=output)


def _exit_of_blocks(result: Fields) -> int | None:
    for block in items_of(result, "contents")[:64]:
        if isinstance(block, dict) and text_of(block, "type") in _EXIT_BLOCKS:
            code = block.get("exitCode")
            if isinstance(code, int) and not isinstance(code, bool):
                return code
    return None
