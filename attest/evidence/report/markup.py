"""Elements of HTML and SVG, built so that text cannot become markup: what is not an element is escaped when it goes in."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.model.plain_text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9:-]{0,40}")
_VOID: Final = frozenset(("meta", "br", "hr", "col"))


@dataclass(frozen=True, slots=True)
class Markup:
    """Markup that only this module makes."""

    text: str


def element(name: str, attributes: Mapping[str, str], *content: Markup | str) -> Markup:
    """Give one element. Texts are escaped, their unseen characters named; names are ours alone.

    Raises:
        ValueError: a name that is none.
    """
    if not all(_NAME.fullmatch(word) for word in (name, *attributes)):
        raise ValueError("not a name of an element or attribute")
    pairs = "".join(f' {key}="{html.escape(printable(value))}"' for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{pairs}>")
    return Markup(f"<{name}{pairs}>{join(*content).text}</{name}>")


def join(*content: Markup | str) -> Markup:
    """Give contents one after the other, texts escaped."""
    return Markup(
        "".join(one.text if isinstance(one, Markup) else html.escape(printable(one), quote=False) for one in content)
    )
