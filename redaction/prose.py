"""Prose taken out of text: without fenced and inline code, cut into sentences that may hold a name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from redaction.name_words import GIVEN_NAMES, NOT_NAMES
from redaction.tokens import TOKEN

CHUNK_CHARS = 64 * 1024
"""A longer line is cut here: no model is given more at once."""
SENTENCE_CHARS = 1200
"""A longer sentence is cut at white space."""

_KNOWN_WORDS = 16_384
"""Words judged once: prose repeats them."""

_FENCE = re.compile(r"^[ \t]{0,8}(?:```|~~~)")
_INLINE = re.compile(r"`[^`\n]{1,400}`")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9_-]{0,40}(?:\s[^<>]{0,200})?/?>")
_MARK = re.compile(r"^[\s>#*•·+|-]+(?:\d{1,3}[.)]\s+)?|\*\*|__|\|")
_URL = re.compile(r"\w{1,20}://\S{1,2000}|\S{0,200}@\S{1,200}|(?:~|\.{0,2})/[\w./-]{2,300}")
_SENTENCE_END = re.compile(
    r"(?<!\b(?:[DdMmSs]r|[Mm]s|vs|St)\.)(?<!\b(?:[Mm]rs|Sra|Mme|etc)\.)(?<!\b[Pp]rof\.)(?<=[a-zà-ÿ)\"'’\d]{2}[.!?;])\s+(?=[\"'(]?[^\W\d_])|\s[-–—]{1,2}\s|\n"
)
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CODE_LIKE = re.compile(
    r"[{};=]\s*$|^\s*(?:[$>%]|\d+[→:|]|(?:import|from|def|func|class|return|const|let|var|if|for)\s.*[:;({]\s*$)|=>|::|\(\)"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of prose a model may look at."""

    text: str = field(repr=False)
    before: str = field(default="", repr=False)
    """The last line before it, when it begins a line."""
    whole_line: bool = False


def prose_lines(text: str) -> Iterator[str]:
    """Give the lines of a text that are human language, with code inside them blanked.

    A line that holds a replacement token has been through a redaction, and is not given.
    """
    fenced = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and line.strip() and not TOKEN.search(line) and not _CODE_LIKE.search(line):
            for at in range(0, len(line), CHUNK_CHARS):
                yield line[at : at + CHUNK_CHARS]


def plain(line: str) -> str:
    """Give a line without marks of layout, inline code, tags, addresses and paths."""
    if "`" in line:
        line = _INLINE.sub(" § ", line)
    if "<" in line:
        line = _TAG.sub(" ", line)
    line = _MARK.sub(" ", line)
    if "/" in line or "@" in line:
        line = _URL.sub(" § ", line)
    return line.strip()


def sentences(line: str) -> Iterator[str]:
    """Cut a plain line into sentences of bounded length."""
    for piece in _SENTENCE_END.split(line):
        rest = piece.strip()
        while len(rest) > SENTENCE_CHARS:
            at = rest.rfind(" ", 1, SENTENCE_CHARS)
            at = at if at > 0 else SENTENCE_CHARS
            yield rest[:at]
            rest = rest[at:].lstrip()
        if rest:
            yield rest


@lru_cache(maxsize=_KNOWN_WORDS)
def name_shaped(word: str) -> bool:
    """Say whether a word is written as a name: a capital, then small letters (`McDowell` and `O'Neil` too)."""
    if len(word) < 2 or not word[0].isupper() or not word[-1].islower():
        return False
    return all(part.istitle() or part.islower() or _inner_capital(part) for part in re.split(r"['’-]", word) if part)


@lru_cache(maxsize=_KNOWN_WORDS)
def folded(word: str) -> str:
    """Give a word in lower case without accents, as the lists of names hold it."""
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))


def _inner_capital(part: str) -> bool:
    return part.startswith(("Mc", "Mac", "De", "Di", "La", "Le", "Van", "Fitz")) and part[2:].lstrip("c").istitle()


def candidate(sentence: str, ordinary: Container[str], *, eager: bool = False) -> bool:
    """Say whether a sentence holds a word that may be a name, so that a model should look at it."""
    first = True
    for match in WORD.finditer(sentence):
        word = match.group()
        if name_shaped(word):
            low = word.lower()
            if low not in NOT_NAMES and (folded(low) in GIVEN_NAMES or low not in ordinary or (eager and not first)):
                return True
        first = False
    return False
