"""What holds for every request: whose Host, whose Origin, which headers, what is written down."""

from __future__ import annotations

import json
import socket
import time

import pytest

from api.__main__ import main
from api.border import SECURITY_HEADERS
from api.config import require_loopback
from api.hosts import is_own_host, is_own_origin
from api.pages.render import CONTENT_SECURITY_POLICY
from api.serving import listen
from attest.errors import Refused
from tests.service.conftest import SECRET_WORD, Recorded, Running

pytestmark = pytest.mark.loopback

PLACES = (
    "/",
    "/search?q=nothing",
    "/commits/{oid}",
    "/commits/" + "ab" * 20,
    "/sessions",
    "/sessions/{session}",
    "/log",
    "/limitations",
    "/sign-in",
    "/sign-in/never-a-code",
    "/nowhere",
    "/static/proof.js",
    "/healthz",
    "/openapi.json",
    "/v1/commits/{oid}",
    "/v1/attestations/{attestation}/bundle",
    "/v1/entries/999999",
    "/logs/default/checkpoint",
    "/logs/other/checkpoint",
)


@pytest.mark.parametrize("template", PLACES)
def test_every_response_carries_policy_and_request_id(running: Running, recorded: Recorded, template: str) -> None:
    for client in (running.signed_in, running.client()):
        reply = client.get(template.format(oid=recorded.oid, **recorded.receipt))
        for name, value in SECURITY_HEADERS.items():
            assert reply.headers[name] == value
        assert reply.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert reply.headers["x-request-id"].startswith("req_")
        assert "server" not in reply.headers


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost.evil.example:{port}",
        "127.0.0.1:{port}.",
        "[::2]:{port}",
    ],
)
def test_foreign_host_is_turned_away_before_anything_is_looked_at(running: Running, host: str) -> None:
    reply = running.signed_in.get("/v1/sessions", headers={"Host": host.format(port=running.port)})
    assert reply.status_code == 403
    assert reply.json()["code"] == "service.forbidden"


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST:{port}"])
def test_own_hosts_are_served(running: Running, host: str) -> None:
    assert running.client().get("/healthz", headers={"Host": host.format(port=running.port)}).status_code == 200


def test_two_hosts_or_none_are_turned_away(running: Running) -> None:
    own = f"127.0.0.1:{running.port}"
    for headers in (f"Host: {own}\r\nHost: evil.example\r\n", ""):
        with socket.create_connection(("127.0.0.1", running.port), timeout=10) as raw:
            raw.sendall(f"GET /healthz HTTP/1.1\r\n{headers}Connection: close\r\n\r\n".encode())
            assert raw.recv(64).split(b" ")[1] in {b"400", b"403"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:{port}"},
    ],
)
def test_writes_from_elsewhere_are_turned_away_whatever_the_credentials(running: Running, headers: dict) -> None:
    sent = {name: value.format(port=running.port) for name, value in headers.items()}
    for path in ("/v1/sessions", "/v1/attestations", "/sign-in"):
        reply = running.signed_in.post(path, content=b"{}", headers=sent)
        assert reply.status_code == 403
        assert reply.json()["code"] == "service.forbidden"


def test_host_and_origin_rules_without_a_socket() -> None:
    assert is_own_host(["127.0.0.1:8417"], 8417)
    assert is_own_host(["localhost"], 80)
    assert not is_own_host([], 80)
    assert not is_own_host(["127.0.0.1:8417", "127.0.0.1:8417"], 8417)
    assert is_own_origin("localhost:1", [], [])
    assert is_own_origin("localhost:1", ["http://localhost:1"], ["same-origin"])
    assert not is_own_origin("localhost:1", ["https://localhost:1"], [])


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.test", "", "127.0.0.1.example.test"])
def test_binding_beyond_loopback_is_refused_and_nothing_is_made(
    host: str, home: object, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Refused, match=r"service\.refused-bind"):
        require_loopback(host)
    assert main(["serve", "--host", host, "--port", "1"]) == 5
    assert "service.refused-bind" in capsys.readouterr().err
    assert not list(home.rglob("*.db"))  # type: ignore[attr-defined]


def test_log_lines_name_routes_and_ids_and_no_words(running: Running, recorded: Recorded) -> None:
    running.signed_in.get(f"/sessions/{recorded.receipt['session']}")
    code = running.app.state.service.sign_ins.new_code()
    running.client().get(f"/sign-in/{code}")
    # The line is written after the answer is on its way.
    while '"/sign-in/{code}"' not in running.log.getvalue():
        time.sleep(0.01)
    text = running.log.getvalue()
    assert SECRET_WORD not in text
    assert code not in text
    assert running.token not in text
    lines = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
    assert any(line["event"] == "transcript-read" for line in lines)
    assert {line["request"] for line in lines if line["event"] == "request"}


def test_unknown_places_and_methods_are_problems_and_pages(running: Running) -> None:
    assert running.signed_in.get("/v1/nothing").json()["code"] == "service.not-found"
    page = running.signed_in.get("/nothing")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    wrong = running.signed_in.delete("/v1/sessions")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "service.method")


def test_nothing_but_what_never_changes_may_be_kept(running: Running, recorded: Recorded) -> None:
    client = running.signed_in
    for template in (
        "/",
        "/commits/{oid}",
        "/sessions/{session}",
        "/v1/commits/{oid}",
        "/v1/sessions/{session}/events",
    ):
        path = template.format(oid=recorded.oid, **recorded.receipt)
        assert client.get(path).headers["cache-control"] == "no-store"
    for template in ("/v1/attestations/{attestation}/bundle", "/v1/entries/{index}"):
        path = template.format(**recorded.receipt)
        first = client.get(path)
        assert first.headers["cache-control"] == "private, max-age=31536000, immutable"
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_answers_do_not_wait_for_delayed_acknowledgements() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()) as client:
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert client.fileno() > 0
