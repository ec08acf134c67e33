"""What a first-pass rule is, and what a match of it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Accept = Callable[[str, str], bool]
"""Decides on (value, text around it from the start of the match to its end): True keeps the match."""

Finder = Callable[[str], Iterator[tuple[int, int]]]
"""Gives the spans of values that no bounded pattern can describe; called only where the rule's pattern occurs."""

ENTITY_RANK: dict[str, int] = {
    name: rank
    for rank, name in enumerate(
        (
            "PRIVATE_KEY",
            "SECRET",
            "URL_CREDENTIAL",
            "AUTH_HEADER",
            "PASSWORD",
            "CREDIT_CARD",
            "IBAN_CODE",
            "US_SSN",
            "EMAIL_ADDRESS",
            "PHONE_NUMBER",
            "IP_ADDRESS",
            "MAC_ADDRESS",
            "CRYPTO",
            "PERSON",
            "USER",
            "HOST",
        )
    )
}
"""Every entity, most telling first: where findings overlap, or one value has two names, the first one counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One pattern of the first pass (RE2 syntax over UTF-8 bytes), with what its match means."""

    name: str
    group: str
    """Recogniser it belongs to; `Config.disabled` may name either."""
    entity: str
    pattern: str
    capture: int = -1
    """Group that holds the value; 0 is the whole match, -1 the span of all groups that took part."""
    accept: Accept | None = field(default=None, repr=False)
    finder: Finder | None = field(default=None, repr=False)
    nominate: str = ""
    """A cheaper pattern that matches in every text in which `pattern` gives an accepted match; empty where `pattern` is cheap itself.

    Many patterns run at once over every byte; `pattern` itself runs only over texts in which this one matched. A
    pattern that begins with a long repetition of a wide class (the local part of an address) costs more than all
    provider rules together, so such a rule names what its match cannot be without.
    """


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A found value: character offsets of where it stands, encoded or not, and what it is."""

    start: int
    end: int
    entity: str
    rule: str
    value: str = field(repr=False)
    """The value itself, decoded; equal to the text between the offsets when `layer` is empty."""
    layer: str = ""
    """How the value was encoded where it stood: empty, or names such as `base64` or `escape+base64`."""
