"""The sentences of a person's words, without what was only pasted: code, quotes, logs, markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_WORDS_CHARS = 16_384
"""As much of one text is looked at."""
MAX_SENTENCES = 400
MAX_SENTENCE_CHARS = 400
"""A longer sentence is passed over: people seldom write one, pasted material often is."""

_BULLET = re.compile(r"^\s{0,16}(?:[-*+•]\s+(?:\[[ xX]\]\s+)?|\d{1,3}[.)]\s+|#{1,6}\s+)")
_PASTED = re.compile(
    r"^\s*(?:>|\||<[/!?a-zA-Z]|@@ |\+\+\+ |--- |diff --git|\$ |#!|\d{4}-\d\d-\d\d[T ]\d\d:|\[\d\d:\d\d|at .{1,200}:\d+|"
    r"Traceback |(?:INFO|WARN|WARNING|ERROR|DEBUG)\b[: ]|⏺|⎿|❯|\.\.\. )"
)
_END = re.compile(r"(?<=[.!?;])[\"')\]]*\s+|\s+(?:—|–)\s+|\s+-{1,2}\s+")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")


def sentences_of(text: str) -> Iterator[str]:
    """Give the sentences, each on one line and without emphasis marks; questions keep their question mark."""
    fenced = False
    count = 0
    for line in text[:MAX_WORDS_CHARS].splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            continue
        if fenced or _PASTED.match(line):
            continue
        for sentence in _END.split(_EMPHASIS.sub("", _BULLET.sub("", line))):
            words = " ".join(sentence.split())
            if 3 < len(words) <= MAX_SENTENCE_CHARS:
                yield words
                count += 1
                if count == MAX_SENTENCES:
                    return
