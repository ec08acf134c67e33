"""How much was recorded: by tenant, repository and cost centre. Never by person, and of five people at least."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from api.auth import Administers
from api.cost_centres import load_cost_centres
from api.lists import Page, described, head_of, page_reply
from api.openapi import documented
from api.schemas import AsOf, Body
from api.service import ServiceHere
from api.shapes import as_of_body
from api.turning import LISTED, AsOfSize
from attest.errors import InvalidInput
from attest.model.times import read_moment
from attest.model.usage_rows import UsageRow, usage_rows
from attest.store.usage_find import used_between

router = APIRouter(prefix="/v1", tags=["usage"])
_FOREVER: Final = 2**53
_CODES: Final = (*LISTED, "input.malformed", "search.too-broad")
When = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", description="RFC 3339, UTC."),
]


class UsageBody(Body):
    """What was recorded under one name."""

    by: Literal["tenant", "repository", "cost-centre"]
    name: str = Field(description="`(others)`: rows of too few people, together; `(none)`: without one.")
    attestations: int
    sessions: int = Field(description="One that touched two repositories counts in both.")


class Usage(Body):
    """What was recorded. Whatever fewer than five people signed is not added up by itself, or at all."""

    data: tuple[UsageBody, ...]
    next: None = None
    as_of: AsOf


@router.get("/usage", operation_id="usage", responses=documented(Usage, _CODES) | described(Usage))
def usage(  # noqa: PLR0917  # of what time, and of which state
    request: Request,
    _caller: Administers,
    service: ServiceHere,
    since: When = None,
    until: When = None,
    as_of: AsOfSize = None,
) -> Response:
    """Add up what was recorded from `since` on and before `until`; cost centres are those of `cost-centres.json`."""
    instance = service.instance
    state, used = used_between(
        instance.engine,
        instance.scope,
        since=_seconds(since, 0, "since"),
        until=_seconds(until, _FOREVER, "until"),
        as_of=head_of(service, as_of),
    )
    centres = load_cost_centres(instance.settings.home)
    everything = dict.fromkeys({one.repository for one in used}, instance.scope.tenant)
    rows = [_body("tenant", row) for row in usage_rows(used, everything)]
    rows += [_body("repository", row) for row in usage_rows(used)]
    rows += [_body("cost-centre", row) for row in usage_rows(used, centres)] if centres else []
    return page_reply(request, Page(body=Usage(data=tuple(rows), as_of=as_of_body(state)), fixed=as_of is not None))


def _body(by: Literal["tenant", "repository", "cost-centre"], row: UsageRow) -> UsageBody:
    return UsageBody(by=by, name=row.name, attestations=row.attestations, sessions=row.sessions)


def _seconds(text: str | None, otherwise: int, where: str) -> int:
    if text is None:
        return otherwise
    try:
        return int(read_moment(text).timestamp())
    except ValueError as err:
        raise InvalidInput("input.malformed", expected="RFC 3339", where=f"query.{where}") from err
