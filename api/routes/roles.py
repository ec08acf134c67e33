"""Roles given by name, beside those that groups of the provider give: each change is an `admin/v1` entry, or is not made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from api.auth import Administers
from api.caller import Caller
from api.lists import Page, described, page_reply
from api.openapi import READ, WRITE, documented
from api.parameters import InPath
from api.replies import NO_STORE, reply
from api.schemas import Body
from api.service import ServiceHere
from attest.model.may import Grant
from attest.model.rights import Role
from attest.model.times import rfc3339_seconds
from attest.store.given import GivenRole, roles_given
from attest.usecases.administer import MAX_NAME_CHARS, By, give_role, take_role

router = APIRouter(prefix="/v1/roles", tags=["access"])
MAX_REPOSITORIES: Final = 1000
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARS, description="As the access log writes it.")]
Repositories = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=512)]],
    Field(min_length=1, max_length=MAX_REPOSITORIES, description="Repository addresses; null: all of the tenant's."),
]


class RoleAsked(Body):
    """A role to give."""

    name: Name
    role: Role = Field(strict=False)
    repositories: Repositories | None = None


class RoleBody(Body):
    """A role that was given by name."""

    id: str
    name: str
    role: str
    repositories: tuple[str, ...] | None
    by: str
    given_at: str
    taken: bool


class Roles(Body):
    """Roles given by name, newest first, with those taken back."""

    data: tuple[RoleBody, ...]


@router.post(
    "",
    operation_id="give_role",
    status_code=201,
    responses=documented(RoleBody, (*WRITE, "service.kept-apart"), status=201),
)
def give(caller: Administers, asked: RoleAsked, service: ServiceHere) -> Response:
    """Give somebody else a role; one that would join what is kept apart is refused. It counts from the next request on."""
    held = None if asked.repositories is None else tuple(sorted(set(asked.repositories)))
    given = give_role(service.instance, asked.name, Grant(role=asked.role, repositories=held), by_of(caller))
    service.events.info("role-given", id=given.id)
    return reply(_body(given), status=201)


@router.get("", operation_id="roles", responses=documented(Roles, (*READ, "service.not-acceptable")) | described(Roles))
def listing(request: Request, _caller: Administers, service: ServiceHere) -> Response:
    """List the newest 500 roles that were given by name. Roles of groups are in `access.json` and at the provider."""
    found = roles_given(service.instance.engine, service.instance.scope)
    return page_reply(request, Page(body=Roles(data=tuple(_body(one) for one in found))))


@router.delete(
    "/{role}",
    operation_id="take_role",
    status_code=204,
    responses=documented(None, (*WRITE, "service.not-found")),
)
def take(role: InPath, caller: Administers, service: ServiceHere) -> Response:
    """Take a role back, at once."""
    take_role(service.instance, role, by_of(caller))
    service.events.info("role-taken", id=role)
    return Response(status_code=204, headers=NO_STORE)


def by_of(caller: Caller) -> By:
    """Give who asks, as what is logged of it needs them."""
    return By(name=caller.principal.name, owner=caller.principal.owner)


def _body(given: GivenRole) -> RoleBody:
    return RoleBody(
        id=given.id,
        name=given.name,
        role=given.grant.role.value,
        repositories=given.grant.repositories,
        by=given.by,
        given_at=rfc3339_seconds(datetime.fromtimestamp(given.created_at, UTC)),
        taken=given.revoked_at is not None,
    )
