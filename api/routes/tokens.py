"""Tokens: a pipeline's for its CI's identity token, and one's own, limited and for a time; each is shown once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from api.auth import Myself, Open
from api.bodies import chunks_of
from api.devices import carried
from api.lists import Page, described, page_reply
from api.named import Made, Named
from api.openapi import READ, WRITE, documented, take_request_body
from api.parameters import InPath
from api.replies import NO_STORE
from api.schemas import Body
from api.service import Service, ServiceHere
from attest.errors import Absent, InvalidInput, Refused
from attest.model.rights import Right, rights_of
from attest.model.times import rfc3339_seconds
from attest.store.credentials import Credential, credentials_of, revoke_credential

router = APIRouter(prefix="/v1/tokens", tags=["access"])
EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105  # the name of a kind
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  # the name of a kind
MAX_BYTES: Final = 64 * 1024
MAX_DAYS: Final = 90


class IssuedToken(Body):
    """A token, shown this once (RFC 8693)."""

    access_token: str
    issued_token_type: str = ACCESS_TOKEN
    token_type: str = "Bearer"  # noqa: S105  # a kind
    expires_in: int
    scope: str
    id: str


class TokenRow(Body):
    """One of one's own tokens or sign-ins, without its secret."""

    id: str
    kind: str
    scope: str | None
    created_at: str
    expires_at: str
    revoked: bool


class Tokens(Body):
    """One's own tokens and sign-ins."""

    data: tuple[TokenRow, ...]


async def token_form(request: Request, service: ServiceHere) -> dict[str, str]:
    """Give the fields of a form, each once.

    Raises:
        InvalidInput: `input.malformed` or `input.too-large`.
    """
    raw = b"".join([chunk async for chunk in chunks_of(request, service, MAX_BYTES)])
    try:
        fields = parse_qs(raw.decode("ascii"), max_num_fields=16, strict_parsing=True)
    except ValueError as err:
        raise InvalidInput("input.malformed", expected="a form", where="body") from err
    if any(len(values) != 1 for values in fields.values()):
        raise InvalidInput("input.malformed", "a field stands there twice", where="body")
    return {name: values[0] for name, values in fields.items()}


Form = Annotated[dict[str, str], Depends(token_form)]
FORM_BODY: Final = take_request_body("application/x-www-form-urlencoded", "The fields of RFC 8693.")


@router.post(
    ":exchange",
    operation_id="exchange_token",
    dependencies=[Depends(Open("takes an identity token of a configured issuer"))],
    responses=documented(IssuedToken, (*WRITE, "identity.token", "identity.keys", "service.not-found")),
    openapi_extra=FORM_BODY,
)
def exchange(form: Form, service: ServiceHere) -> Response:
    """Exchange a pipeline's OIDC identity token for a token of at most an hour: nothing secret is stored in the pipeline."""
    if form.get("grant_type") != EXCHANGE or form.get("subject_token_type") != ID_TOKEN:
        raise InvalidInput("input.malformed", expected=f"{EXCHANGE}, {ID_TOKEN}", where="body")
    return issued(_named(service).exchange(form.get("subject_token", "")), service)


@router.post(
    "", operation_id="make_token", responses=documented(IssuedToken, (*WRITE, "service.not-found"), status=201)
)
def make(
    caller: Myself,
    service: ServiceHere,
    scope: Annotated[str, Query(min_length=1, max_length=400, description="Scopes, separated by spaces.")],
    days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 30,
) -> Response:
    """Make a token for oneself: with fewer scopes than one has, for a time, taken back by its id."""
    wanted = scope.split()
    if not set(wanted) <= {right.value for right in Right}:
        raise InvalidInput("input.malformed", expected=", ".join(Right), where="query.scope")
    rights = frozenset(Right(one) for one in wanted)
    if not rights <= caller.principal.rights():
        raise Refused("service.no-right")
    made = _named(service).make(
        "token", caller.principal.name, carried(service.instance, caller), seconds=days * 86400, only=rights
    )
    service.events.info("token-made", id=made.credential.id)
    return issued(made, service, status=201)


@router.get(
    "", operation_id="tokens", responses=documented(Tokens, (*READ, "service.not-acceptable")) | described(Tokens)
)
def listing(request: Request, caller: Myself, service: ServiceHere) -> Response:
    """List one's own tokens and sign-ins, the newest 500."""
    held = credentials_of(service.instance.engine, service.instance.scope, caller.principal.name)
    return page_reply(request, Page(body=Tokens(data=tuple(_row(one) for one in held))))


@router.delete(
    "/{token}", operation_id="revoke_token", status_code=204, responses=documented(None, (*READ, "service.not-found"))
)
def revoke(token: InPath, caller: Myself, service: ServiceHere) -> Response:
    """Take back one of one's own tokens, at once; who administers takes back anybody's."""
    name = None if Right.ADMIN in caller.principal.rights() else caller.principal.name
    instance = service.instance
    at = int(instance.clock.now().timestamp())
    if not revoke_credential(instance.engine, instance.scope, token, at, name=name):
        raise Absent("service.not-found")
    return Response(status_code=204, headers=NO_STORE)


def issued(made: Made, service: Service, *, status: int = 200) -> Response:
    """Give the answer that shows a new token, this once."""
    held = made.credential
    granted = rights_of(grant.role for grant in held.grants) if held.only is None else held.only
    body = IssuedToken(
        access_token=made.secret,
        expires_in=held.expires_at - held.created_at,
        scope=" ".join(sorted(granted)),
        id=held.id,
    )
    service.events.info("token-issued", id=held.id, kind=held.kind)
    return JSONResponse(body.model_dump(mode="json"), status_code=status, headers=NO_STORE)


def _row(held: Credential) -> TokenRow:
    created, expires = (rfc3339_seconds(datetime.fromtimestamp(at, UTC)) for at in (held.created_at, held.expires_at))
    scope = None if held.only is None else " ".join(sorted(held.only))
    revoked = held.revoked_at is not None
    return TokenRow(id=held.id, kind=held.kind, scope=scope, created_at=created, expires_at=expires, revoked=revoked)


def _named(service: Service) -> Named:
    if service.named is None:
        raise Absent("service.not-found")
    return service.named
