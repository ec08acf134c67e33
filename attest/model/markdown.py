"""Others' words inside Markdown that we write: shown as they are, and taken as nothing but words.

For GitHub's and GitLab's Markdown: tables, links and pictures, HTML, bare addresses that become links, `@mentions`,
`#references`. A sentence of ours with others' words in it goes through `cell`; others' words alone go through `code`,
because inside a code span neither server looks for anything.
"""

from __future__ import annotations

import re
from typing import Final

from attest.model.plain_text import printable

MAX_CELL_CHARACTERS: Final = 2000
_MARKUP: Final = re.compile(r"[\\|`*_\[\]<>#!&~$]")
_MENTION: Final = re.compile(r"(?<![A-Za-z0-9])@")
_ADDRESS: Final = re.compile(r"(?i)\b(www)\.|:(?=//)")
_UNSEEN: Final = "&#8203;"
"""A space without width: it ends a mention before it begins, and is written as an entity so that it can be seen here."""


def cell(text: str) -> str:
    """Give a sentence that stays in one cell of a table and is no markup, whoever's words are in it."""
    escaped = _MARKUP.sub(r"\\\g<0>", _cut(printable(text)))
    escaped = _ADDRESS.sub(lambda found: found[1] + "\\." if found[1] else "\\:", escaped)
    return _MENTION.sub("@" + _UNSEEN, escaped)


def code(text: str) -> str:
    """Give others' words alone, as a code span that stays in one cell of a table."""
    shown = _cut(printable(text)).strip().replace("|", "\\|")
    if not shown:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence, pad = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CELL_CHARACTERS else text[:MAX_CELL_CHARACTERS] + " (cut)"
