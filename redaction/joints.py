"""Tokens that stand over two lines or two quotations: where the halves may meet, and the readings that join them.

Joining every line of a text at once makes one word of a token and its neighbours, whose end no pattern then sees; so
there is a second reading in which each joint is closed alone, with what stands on its two lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import re2

_MARK: Final = r"[A-Za-z0-9_+/=.~-]"
_NUMBER: Final = "(?:\\d{1,6}(?:\u2192|[:|\\t]))?"
_BREAK: Final = (
    r"(?:[\"'`]?[ \t]{0,8}[+.&\\]?[ \t]{0,4}\r?\n[ \t]{0,40}" + _NUMBER + r"[ \t]{0,40}(?:[+.&>-][ \t]{0,4})?[\"'`]?"
    r"|[\"'`][ \t]{0,4}[+.&][ \t]{0,4}[\"'`]|=\r?\n)"
)
_ODD: Final = r"(?:[0-9][A-Za-z]|[A-Za-z][0-9])"
_KNOWN: Final = r"(?:hf_|api_org_|api_live\.|gl[a-z]{2,4}-|[sS][kK][_-]|[pr]k_|sm_[a-z]{3}_|[a-z]{2,8}_(?:api|key|pat|live|test|prod)_|dvc_|xox[a-z]-|xapp-|SharedAccess)"
"""Beginnings of tokens whose next characters may all be letters."""
_HALF: Final = r"[^\s\"'`\\]"
_CONTEXT: Final = r"(?:(?:[Bb]earer|[Bb]asic|[Kk]ey:)[ \t]{1,6}|://[^\s/\"'`@:\\]{0,60}(?:@|:[A-Za-z~_+.=-]))"
"""What stands before a credential in a header or a URL."""
SPLIT_PROBE: Final = (
    f"(?:{_ODD}{_MARK}{{0,40}}{_BREAK}{_MARK}{{4}}|{_MARK}{{6}}{_BREAK}{_MARK}{{0,40}}{_ODD}"
    f"|(?:{_KNOWN}|{_CONTEXT}){_HALF}{{0,60}}{_BREAK}{_HALF}{{2}}|[0-9]{{4}}{_BREAK}[0-9]{{4}})"
)
"""Something like half a token at the end of a line or quotation, and something that may be its other half."""
JOINT: Final = re.compile(f"(?<={_MARK}{{4}})(?:{_BREAK})(?={_MARK}{{4}})")
_ALONE: Final = re2.compile(f"{_HALF}{{2}}({_BREAK}){_HALF}{{2}}")
_ENDS: Final = (" ", "\t", '"', "'", "`", "\n")
_ON: Final = re.compile(r"[^\s\"'`]*")
_TELLING: Final = re.compile(rf"{_ODD}|{_KNOWN}|://|[0-9]{{12}}")
_HEADER: Final = re.compile(r"(?:[Bb]earer|[Bb]asic|[Kk]ey:)[ \t]{1,6}\Z")
LEAST_CHARS: Final = 12
"""Both halves together."""
LEAST_HEADER_CHARS: Final = 6
REACH_CHARS: Final = 512
"""How much of its two lines is read around a joint."""
MOST_JOINTS: Final = 20_000
"""Joints of one text that are closed alone; the others are only closed together."""
BETWEEN: Final = "\n\n"


def single_joints(text: str, begin: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """Give (line start, joint start, joint end, line end) of each place where the halves of a token may meet."""
    count = 0
    # RE2 copies the text it is given: the stretch alone, or many stretches of one text would take time by the square.
    for match in _ALONE.finditer(text[begin:stop]):
        start, end = begin + match.start(1), begin + match.end(1)
        back = text[max(0, start - REACH_CHARS) : start]
        on = text[end : end + REACH_CHARS]
        back, on = back[back.rfind("\n") + 1 :], on.partition("\n")[0]
        at = max(map(back.rfind, _ENDS)) + 1
        tail = _ON.match(on)
        if not _may_be_one(back[at:] + (tail.group() if tail else ""), back[:at]):
            continue
        count += 1
        if count > MOST_JOINTS:
            return
        yield start - len(back), start, end, end + len(on)


def _may_be_one(word: str, before: str) -> bool:
    if _HEADER.search(before, max(0, len(before) - 16)):
        return len(word) >= LEAST_HEADER_CHARS
    return len(word) >= LEAST_CHARS and _TELLING.search(word) is not None
