"""Deliver what is logged to webhooks, at least once and in order, signed so that a receiver knows from whom it is.

1. take     a webhook that is due, for a lease
2. read     what comes after its place, of its types, in what its maker could see
3. sign     `<id>.<seconds>.<body>` by HMAC-SHA-256 and by Ed25519 (Standard Webhooks)
4. post     each event by itself; the first that is not answered with 2xx ends the turn
5. let go   with the place it has come to; after a failure it waits, longer each time, and is never given up

The id of an event is that of its entry's attestation: a receiver that was told twice sees that it was.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from attest.errors import AttestError
from attest.model.log_events import cloud_event, event_type
from attest.model.scope import Scope
from attest.store.log_events import happened_after
from attest.store.log_reader import LogReader
from attest.store.webhooks import come_to, take_due

if TYPE_CHECKING:
    from attest.model.log_events import Happened
    from attest.store.webhooks import Webhook
    from attest.usecases.instance import Instance

LEASE_S: Final = 300
AT_ONCE: Final = 10
"""Events of one turn: more than their posts take within a lease would be let go in between."""
FIRST_WAIT_S: Final = 5
LONGEST_WAIT_S: Final = 3600
MEDIA_TYPE: Final = "application/cloudevents+json"


class Post(Protocol):
    """Posts bytes somewhere, and gives the status of the answer.

    Raises:
        AttestError: there was no answer, or the address is not one that may be asked.
    """

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int: ...


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs deliveries of one tenant; its keys are derived from the tenant's secret."""

    secret: bytes

    def shared(self, webhook: str) -> bytes:
        """Give the secret that a webhook's receiver checks with."""
        return hmac.digest(self.secret, b"whereof webhook v1\0" + webhook.encode(), "sha256")

    def shared_text(self, webhook: str) -> str:
        """Give it as receivers are given it."""
        return "whsec_" + base64.b64encode(self.shared(webhook)).decode()

    def public_text(self) -> str:
        """Give the public key that any receiver checks with, without a secret."""
        return "whpk_" + base64.b64encode(self._key().public_key().public_bytes_raw()).decode()

    def headers(self, webhook: str, event: str, body: bytes, now: int) -> dict[str, str]:
        """Give the headers of one delivery."""
        signed = f"{event}.{now}.".encode() + body
        first = base64.b64encode(hmac.digest(self.shared(webhook), signed, "sha256")).decode()
        second = base64.b64encode(self._key().sign(signed)).decode()
        return {
            "Content-Type": MEDIA_TYPE,
            "webhook-id": event,
            "webhook-timestamp": str(now),
            "webhook-signature": f"v1,{first} v1a,{second}",
        }

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(hmac.digest(self.secret, b"whereof webhooks ed25519 v1", "sha256"))


def deliver_due(instance: Instance, post: Post) -> bool:
    """Deliver to one webhook that is due; False where none is."""
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    now = int(instance.clock.now().timestamp())
    size = head.tree_size if head else 0
    whole = Scope(instance.scope.tenant)
    taken = take_due(instance.engine, whole, size=size, now=now, lease_s=LEASE_S)  # 1
    if taken is None:
        return False
    scope = Scope(instance.scope.tenant, taken.repositories)
    found = happened_after(instance.engine, scope, instance.log.name, taken.delivered, limit=AT_ONCE)  # 2
    come = _told(instance, taken, [one for one in found if one.index < size], post)
    if come.attempts == 0 and len(found) < AT_ONCE:
        # What stands behind the last is not for this webhook: it need not be looked at again.
        come = replace(come, delivered=max(come.delivered, size - 1))
    come_to(instance.engine, whole, come)  # 5
    return True


def _told(instance: Instance, webhook: Webhook, found: list[Happened], post: Post) -> Webhook:
    signer, come = Signer(instance.tenant_secret_of(webhook.id)), replace(webhook, attempts=0, next_at=0)
    for one in found:
        if not webhook.types or event_type(one.predicate_type) in webhook.types:
            body = json.dumps(cloud_event(one), separators=(",", ":")).encode()
            now = int(instance.clock.now().timestamp())
            try:
                status = post(webhook.url, body, signer.headers(webhook.id, one.attestation, body, now))  # 3, 4
                last = str(status)
            except AttestError as err:
                status, last = 0, err.code
            if not 200 <= status < 300:
                attempts = webhook.attempts + 1
                wait = min(FIRST_WAIT_S * 2 ** min(attempts - 1, 16), LONGEST_WAIT_S)
                return replace(come, attempts=attempts, next_at=now + wait, last=last)
            come = replace(come, last=last)
        come = replace(come, delivered=one.index)
    return come
