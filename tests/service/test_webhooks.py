"""Webhooks: what is logged arrives signed, in order, again after a failure, and nowhere it may not go."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.outbound import Outbound
from attest.errors import CannotVerify, InvalidInput
from tests.service.conftest import SECRET_WORD, Running, Start, transcript

pytestmark = pytest.mark.loopback


class Receiver:
    """A server that takes what comes, and answers with the statuses it was given, then with 204."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                if status == 204:
                    receiver.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in list(self.taken)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def telling(start: Start) -> Running:
    return start(webhook_networks=("127.0.0.0/8",), webhook_look_s=0.02)


def test_what_is_logged_arrives_once_signed_and_without_words(telling: Running, receiver: Receiver) -> None:
    client = telling.signed_in
    made = client.post("/v1/webhooks", json={"url": receiver.url, "types": ["session.logged"]})
    assert made.status_code == 201, made.text
    logged = [client.post("/v1/sessions", content=transcript(f"tell {n}")).json() for n in range(3)]
    _until(lambda: len(receiver.taken) >= 3)
    assert [one["id"] for one in receiver.events()] == [one["attestation"] for one in logged]
    secret = base64.b64decode(made.json()["secret"].removeprefix("whsec_"))
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(made.json()["public_key"].removeprefix("whpk_")))
    for headers, body in receiver.taken:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        first, second = (one.partition(",")[2] for one in headers["webhook-signature"].split())
        assert base64.b64decode(first) == hmac.digest(secret, signed, hashlib.sha256)
        public.verify(base64.b64decode(second), signed)
        assert SECRET_WORD.encode() not in body
    assert "secret" not in client.get(f"/v1/webhooks/{made.json()['id']}").json()
    assert client.delete(f"/v1/webhooks/{made.json()['id']}").status_code == 204
    assert client.get(f"/v1/webhooks/{made.json()['id']}").status_code == 404


def test_what_was_not_taken_is_sent_again_and_a_redirect_is_no_taking(
    telling: Running, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attest.usecases.deliver_events.FIRST_WAIT_S", 0)
    receiver.statuses = [500, 302, 404]
    client = telling.signed_in
    name = client.post("/v1/webhooks", json={"url": receiver.url}).json()["id"]
    logged = client.post("/v1/sessions", content=transcript("try again")).json()
    _until(lambda: bool(receiver.taken))
    assert [one["id"] for one in receiver.events()] == [logged["attestation"]]
    _until(lambda: client.get(f"/v1/webhooks/{name}").json()["last"] == "204")
    client.delete(f"/v1/webhooks/{name}")


def test_replay_sends_the_same_events_under_the_same_ids(telling: Running, receiver: Receiver) -> None:
    client = telling.signed_in
    logged = client.post("/v1/sessions", content=transcript("replay me")).json()
    name = client.post("/v1/webhooks", json={"url": receiver.url, "after": logged["index"] - 1}).json()["id"]
    _until(lambda: len(receiver.taken) == 1)
    assert client.post(f"/v1/webhooks/{name}/replay", params={"after": logged["index"] - 1}).status_code == 200
    _until(lambda: len(receiver.taken) == 2)
    (first, again) = receiver.events()
    assert first == again
    client.delete(f"/v1/webhooks/{name}")


def test_a_key_makes_one_webhook_of_two_requests(telling: Running, receiver: Receiver) -> None:
    client = telling.signed_in
    headers = {"Idempotency-Key": "pond-1"}
    first, again = (client.post("/v1/webhooks", json={"url": receiver.url}, headers=headers) for _ in range(2))
    assert first.content == again.content
    assert [one["id"] for one in client.get("/v1/webhooks").json()["data"]].count(first.json()["id"]) == 1
    other = client.post("/v1/webhooks", json={"url": receiver.url, "types": ["capture.gap"]}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "service.key-reused")
    assert (
        client.post("/v1/webhooks", json={"url": "https://[::1]/"}, headers={"Idempotency-Key": "b"}).status_code == 422
    )
    client.delete(f"/v1/webhooks/{first.json()['id']}")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "http://93.184.215.14/",
        "http://example.test/",
        "ftp://example.test/",
        "https://ada@example.test/",
        "https://example.test/#part",
        "https://example.test:0/",
        "https:///path",
        "https://exa mple.test/",
        "https://example.test/\r\nHost: other",
        "https://" + "a" * 2048,
    ],
)
def test_no_address_is_asked_that_may_not_be(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"service\.target"):
        Outbound().require(url)


@pytest.mark.parametrize("name", ["localhost", "localhost.", "127.1", "2130706433", "0x7f000001"])
def test_a_name_that_leads_inside_is_found_when_it_is_asked(name: str) -> None:
    with pytest.raises((InvalidInput, CannotVerify)):
        Outbound()(f"https://{name}/", b"", {})


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to pass")
