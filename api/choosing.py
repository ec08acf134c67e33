"""Which recordings a list is of, as a request says it: the same names in the addresses of pages and below `/v1`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from attest.errors import InvalidInput
from attest.ledger.index import normal_repository
from attest.model.recording_facets import FACETS, MAX_VALUE, UNKNOWN, Chosen
from attest.model.times import read_moment, rfc3339_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

_Value = Annotated[str, Query(max_length=MAX_VALUE, pattern=r"^[!-~]*$")]
_When = Annotated[
    str, Query(max_length=40, pattern=r"^[0-9T:.Z+-]*$", description="When it was logged: a day, or RFC 3339.")
]


def _chosen(  # noqa: PLR0913, PLR0917  # one parameter for each facet
    agent: _Value = "",
    model: _Value = "",
    mode: _Value = "",
    source: _Value = "",
    check: _Value = "",
    reached: _Value = "",
    repository: _Value = "",
    since: _When = "",
    until: _When = "",
) -> Chosen:
    """Read which recordings are asked for; a facet that is not named, or empty, leaves nothing out."""
    spelled = repository if "+" in repository or repository in {"", UNKNOWN} else f"git+https://{repository}"
    named = normal_repository(spelled)
    given = zip(FACETS, (agent, model, mode, source, check, reached, named), strict=True)
    return Chosen(
        values=tuple((name, value) for name, value in given if value), since=seconds_of(since), until=seconds_of(until)
    )


Choosing = Annotated[Chosen, Depends(_chosen)]


def chosen_query(chosen: Chosen, more: Iterable[tuple[str, str]] = ()) -> str:
    """Give what follows `?` where these recordings are asked for; empty where all are."""
    spans = (("since", chosen.since), ("until", chosen.until))
    times = [(name, address_moment(at)) for name, at in spans if at is not None]
    return urlencode([*chosen.values, *times, *more])


def address_moment(seconds: int) -> str:
    """Give a moment as an address says it."""
    return rfc3339_seconds(datetime.fromtimestamp(seconds, UTC))


def seconds_of(text: str) -> int | None:
    """Read a day or a moment; None where none is named.

    Raises:
        InvalidInput: `input.usage`, it is neither.
    """
    if not text:
        return None
    try:
        return int(read_moment(text).timestamp())
    except ValueError as err:
        raise InvalidInput("input.usage", "this is not a moment", expected="a day, or RFC 3339", got=text) from err
