"""Which form of a thing a request asks for (RFC 9110, section 12.5.1): the best of those that there are, or 406 with the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_RANGES: Final = 32
"""Media ranges read of one header; whoever names more is not understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The form that was chosen."""

    media_type: str
    parameters: frozenset[str]
    """`name=value` of the range that chose it, without its weight."""


def chosen(accept: str, offered: Sequence[str]) -> Wanted:
    """Give the offered media type that the header likes best; the first of them where it likes several alike.

    Raises:
        InvalidInput: `service.not-acceptable`, it likes none; `expected` names all.
    """
    ranges = [_range(part) for part in accept.split(",")][: MAX_RANGES + 1] if accept.strip() else [_ANYTHING]
    if len(ranges) > MAX_RANGES:
        raise _none(offered)
    best: tuple[float, int, Wanted] | None = None
    for place, media_type in enumerate(offered):
        name, weight, parameters = max((r for r in ranges if _fits(r[0], media_type)), key=_closeness, default=_REFUSED)
        if weight > 0 and (best is None or weight > best[0]):
            best = (weight, place, Wanted(media_type=media_type, parameters=parameters if name else frozenset()))
    if best is None:
        raise _none(offered)
    return best[2]


_Range = tuple[str, float, frozenset[str]]
_ANYTHING: Final[_Range] = ("*/*", 1.0, frozenset())
_REFUSED: Final[_Range] = ("", 0.0, frozenset())


def _range(text: str) -> _Range:
    name, *rest = (part.strip().lower() for part in text.split(";"))
    weight, parameters = 1.0, set()
    for one in rest:
        if one.startswith("q="):
            weight = _weight(one[2:])
        else:
            parameters.add(one)
    return name, weight, frozenset(parameters)


def _weight(text: str) -> float:
    # RFC 9110 knows 0 to 1 with three digits; what is no such number is not liked.
    digits = text.replace(".", "", 1)
    return min(float(text), 1.0) if digits.isascii() and digits.isdigit() and len(text) <= 5 else 0.0


def _fits(name: str, media_type: str) -> bool:
    return name in {media_type, "*/*", f"{media_type.partition('/')[0]}/*"}


def _closeness(one: _Range) -> tuple[int, float]:
    return (0 if one[0] == "*/*" else 1 if one[0].endswith("/*") else 2, one[1])


def _none(offered: Sequence[str]) -> InvalidInput:
    return InvalidInput("service.not-acceptable", expected=", ".join(offered), where="Accept")
