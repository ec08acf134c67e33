"""What words around a name say: titles, greetings, telling a name, what persons do, signatures."""

from __future__ import annotations

import re
from typing import Final

from redaction import name_words

_TITLE: Final = "|".join(name_words.TITLES)
_RELATION: Final = "|".join(name_words.RELATIONS)
_NAMING: Final = "|".join(re.escape(words) for words in name_words.NAMING)
_TELLING: Final = "|".join(name_words.TELLING)
_ACTS: Final = "|".join(name_words.ACTS)
_WINDOW_CHARS: Final = 80

_CERTAIN_BEFORE: Final = re.compile(
    rf"(?:\b(?:{_TITLE})\.?|\b(?:{_NAMING})|(?:^|\W)(?:full\s|first\s|last\s)?name\s?:)\s*[\"“]?$", re.IGNORECASE
)
_BEFORE: Final = re.compile(
    rf"(?:(?:^|[.,!?(\"“]\s*)(?:{'|'.join(name_words.CALLS)}),?(?:\s+you,?)?|\b(?:{_TELLING})"
    rf"|\b(?:my|our|your|his|her|their|a|the)\s(?:\w+\s)?(?:{_RELATION}),?|\b(?:{_RELATION})\s(?:is|was))\s*[\"“]?$",
    re.IGNORECASE,
)
_WEAK_BEFORE: Final = re.compile(r"\b(?:by|from|with|to|for|and|or|under|is|add|of|but|heard)\s$", re.IGNORECASE)
_AFTER: Final = re.compile(
    rf"(?:,?\s(?:who\s)?(?:{_ACTS})\b|\s(?:is|was)\s(?:from\b|born\b|(?:an?|the)\s(?:very\s)?\w+\s(?:man|woman|person|guy|boy|girl|kid"
    r"|colleague|engineer|developer)\b)|['’]s\s(?:idea|comments?|suggestion|question|e-?mail|phone|birthday|house|laptop"
    r"|wife|husband|mother|father|son|daughter|killers?)\b|,\s(?:Ph\.?D|Jr|Sr|MD|Esq)\b)"
)
_CALLED_OUT: Final = re.compile(r",\s(?:can|could|would|will|did|do|are|have|please|thanks|what|why|when|how)\b")
_SPEAKER: Final = re.compile(r"\s*:\s+\S")
_CLOSING: Final = re.compile(
    r"\W*(?:thanks|thank you|many thanks|best|best regards|kind regards|regards|cheers|sincerely|yours|warmly|love|br)\W*",
    re.IGNORECASE,
)
TOLD_SMALL: Final = re.compile(
    r"\b(?:my|his|her|their|maiden)\s(?:\w+\s)?name(?:\sis|'s|’s)\s+((?:[^\W\d_]{2,}|[^\W\d_]\.?)(?:\s(?:[^\W\d_]{3,}|[^\W\d_]\.?)){0,2})",
    re.IGNORECASE,
)
"""A name told in small letters too."""
SMALL_PAIR: Final = re.compile(
    r"(?<![\w@/.'’-])([^\W\d_]{3,})(?=\s(?:[^\W\d_]\.?\s)?([^\W\d_]{4,})(?![\w@/(.:=-]\w|\())"
)
"""Two words in small letters, with an initial between them or not."""


def certain_before(head: str) -> bool:
    """Say whether what stands before a name can only stand before a name: a title, or the telling of a name."""
    return bool(_CERTAIN_BEFORE.search(head[-_WINDOW_CHARS:]))


def before(head: str) -> bool:
    """Say whether what stands before calls, asks or introduces a person."""
    return bool(_BEFORE.search(head[-_WINDOW_CHARS:]))


def weakly_before(head: str) -> bool:
    """Say whether a word stands before that may stand before a person."""
    return bool(_WEAK_BEFORE.search(head[-20:]))


def after(head: str, tail: str) -> bool:
    """Say whether what follows is what persons do or have; at the start of a sentence also being called out."""
    tail = tail[:_WINDOW_CHARS]
    return bool(_AFTER.match(tail)) or (not head.strip() and bool(_CALLED_OUT.match(tail)))


def speaker(head: str, tail: str) -> bool:
    """Say whether it begins a line of dialogue."""
    return not head.strip() and bool(_SPEAKER.match(tail))


def signature(head: str, tail: str, line_before: str) -> bool:
    """Say whether it stands alone under a closing."""
    return not head.strip() and not tail.strip(" .,!-") and bool(_CLOSING.fullmatch(line_before[-_WINDOW_CHARS:]))
