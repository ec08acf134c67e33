"""Webhooks: whom to tell what is logged. What is sent is signed, and sent again until it is taken."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from api.auth import Exports
from api.idempotent import KEYED, OnceHere
from api.lists import Page, described, page_reply
from api.openapi import READ, WRITE, documented
from api.parameters import InPath
from api.replies import NO_STORE, reply
from api.schemas import Body
from api.service import Service, ServiceHere
from attest.clock import ulid
from attest.errors import Absent, InvalidInput
from attest.model.log_events import TYPES
from attest.model.times import rfc3339_seconds
from attest.store.webhooks import Webhook, add_webhook, end_webhook, replay, webhooks_of
from attest.usecases.deliver_events import Signer

router = APIRouter(prefix="/v1/webhooks", tags=["events"])
_FOUND: Final = (*READ, "service.not-found")


class WebhookAsked(Body):
    """A new webhook."""

    url: str = Field(max_length=2048, description="An https address, public unless the operator allows its network.")
    types: Annotated[list[str], Field(max_length=len(TYPES))] = Field(
        default_factory=list, json_schema_extra={"items": {"enum": list(TYPES)}}, description="Empty: all."
    )
    after: int | None = Field(default=None, ge=-1, le=2**53, description="Null: what is logged from now on.")


class WebhookBody(Body):
    """A webhook, and how far it has come."""

    id: str
    url: str
    types: tuple[str, ...]
    created_at: str
    delivered: int = Field(description="Index of the last entry that was taken, or passed over.")
    attempts: int = Field(description="Attempts in a row that failed.")
    last: str = Field(description="Status of the last attempt, or the code of what hindered it.")
    public_key: str = Field(description="Ed25519 key that `v1a` signatures are checked with.")


class NewWebhook(WebhookBody):
    """A webhook with its secret, which is shown this once."""

    secret: str = Field(description="Key that `v1` signatures (HMAC-SHA-256) are checked with.")


class Webhooks(Body):
    """The webhooks that one may see, newest first."""

    data: tuple[WebhookBody, ...]
    next: None = None


@router.post(
    "",
    operation_id="add_webhook",
    status_code=201,
    responses=documented(NewWebhook, (*WRITE, *KEYED, "service.target", "service.too-many"), status=201),
)
def add(caller: Exports, asked: WebhookAsked, service: ServiceHere, once: OnceHere) -> Response:
    """Tell an address of what is logged and may be seen by the one who asks, at least once and in the log's order."""
    unknown = sorted(set(asked.types) - set(TYPES))
    if unknown:
        raise InvalidInput("input.malformed", expected=", ".join(TYPES), where="body.types")
    service.outbound.require(asked.url)

    def make() -> NewWebhook:
        instance = service.instance
        head = service.log.head()
        webhook = Webhook(
            id=ulid("whk", instance.clock, instance.entropy),
            url=asked.url,
            types=tuple(sorted(set(asked.types))),
            repositories=instance.scope.repositories,
            by=caller.principal.name,
            created_at=int(instance.clock.now().timestamp()),
            delivered=(head.tree_size if head else 0) - 1 if asked.after is None else asked.after,
        )
        add_webhook(instance.engine, instance.scope, webhook)
        service.events.info("webhook-added", id=webhook.id)
        signer = Signer(instance.tenant_secret_of(webhook.id))
        return NewWebhook(**_body(service, webhook).model_dump(), secret=signer.shared_text(webhook.id))

    return once.reply(caller, ("webhook", asked.model_dump_json()), make)


@router.get(
    "",
    operation_id="webhooks",
    responses=documented(Webhooks, (*READ, "service.not-acceptable")) | described(Webhooks),
)
def listing(request: Request, _caller: Exports, service: ServiceHere) -> Response:
    """List webhooks, and how far each has come."""
    found = webhooks_of(service.instance.engine, service.instance.scope)
    return page_reply(request, Page(body=Webhooks(data=tuple(_body(service, one) for one in found))))


@router.get("/{webhook}", operation_id="webhook", responses=documented(WebhookBody, _FOUND))
def show(webhook: InPath, _caller: Exports, service: ServiceHere) -> Response:
    """Give one webhook."""
    return reply(_body(service, _one(service, webhook)))


@router.post("/{webhook}/replay", operation_id="replay_webhook", responses=documented(WebhookBody, (*WRITE, *_FOUND)))
def again(
    webhook: InPath, _caller: Exports, service: ServiceHere, after: Annotated[int, Query(ge=-1, le=2**53)] = -1
) -> Response:
    """Deliver again all that was logged after an index; ids are the same, so that a receiver sees what it had."""
    if not replay(service.instance.engine, service.instance.scope, webhook, after):
        raise Absent("service.not-found")
    return reply(_body(service, _one(service, webhook)))


@router.delete("/{webhook}", operation_id="end_webhook", status_code=204, responses=documented(None, (*WRITE, *_FOUND)))
def end(webhook: InPath, _caller: Exports, service: ServiceHere) -> Response:
    """End a webhook; what is under way may still arrive."""
    instance = service.instance
    if not end_webhook(instance.engine, instance.scope, webhook, int(instance.clock.now().timestamp())):
        raise Absent("service.not-found")
    service.events.info("webhook-ended", id=webhook)
    return Response(status_code=204, headers=NO_STORE)


def _one(service: Service, name: str) -> Webhook:
    found = webhooks_of(service.instance.engine, service.instance.scope)
    one = next((one for one in found if one.id == name), None)
    if one is None:
        raise Absent("service.not-found")
    return one


def _body(service: Service, webhook: Webhook) -> WebhookBody:
    return WebhookBody(
        id=webhook.id,
        url=webhook.url,
        types=webhook.types,
        created_at=rfc3339_seconds(datetime.fromtimestamp(webhook.created_at, UTC)),
        delivered=webhook.delivered,
        attempts=webhook.attempts,
        last=webhook.last,
        public_key=Signer(service.instance.tenant_secret_of(webhook.id)).public_text(),
    )
