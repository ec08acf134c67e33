"""A three-valued answer with its reasons: what rules about people come to. Not known is never yes and never no."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Known(StrEnum):
    """Yes, no, or not known; a rule that needs one that is not known is `indeterminate`."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An answer and why it is so."""

    known: Known
    why: tuple[str, ...]
    """Plain sentences without names of people, never empty."""


def all_of(findings: Iterable[Finding]) -> Finding:
    """Give yes only where every finding is yes; one no makes it no, else one that is not known makes it not known.

    The reasons are those of the findings that decided. Nothing to hold is yes.
    """
    given = tuple(findings)
    for word in (Known.NO, Known.NOT_KNOWN):
        found = tuple(why for one in given if one.known is word for why in one.why)
        if found:
            return Finding(known=word, why=found)
    return Finding(known=Known.YES, why=tuple(why for one in given for why in one.why) or ("nothing was asked for",))
