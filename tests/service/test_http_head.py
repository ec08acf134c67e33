"""Promise: a connection is bounded however its bytes come, each request is read as its head says, and nothing else is cut by it."""

from __future__ import annotations

import http.client
import socket
import time

import pytest

from api import http_head
from api.http_head import MAX_HEAD_BYTES, MAX_WAITING
from tests.service.conftest import Running

pytestmark = pytest.mark.loopback

PIECE = 4096
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
LOOKUP = b"POST /v1/commits:lookup HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"


def connected(running: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", running.port), timeout=60)


def send(raw: socket.socket, pieces: list[bytes]) -> int:
    """Send as much as the other side takes; gives how much that was."""
    sent = 0
    try:
        for piece in pieces:
            raw.sendall(piece)
            sent += len(piece)
    except OSError:
        pass  # closed while more was sent: what was answered before is still there
    return sent


def heard(raw: socket.socket) -> bytes:
    """Give what comes back until the connection is closed."""
    got = b""
    try:
        while more := raw.recv(65_536):
            got += more
    except ConnectionResetError:
        pass
    return got


def answers(running: Running, pieces: list[bytes]) -> bytes:
    """Give what comes back on one connection until it is closed."""
    with connected(running) as raw:
        send(raw, pieces)
        return heard(raw)


def cut(data: bytes) -> list[bytes]:
    return [data[at : at + PIECE] for at in range(0, len(data), PIECE)]


LONG = b"a" * (2 * MAX_HEAD_BYTES)
HEADS = {
    "a path": b"GET /healthz?" + LONG,
    "a name": b"GET /healthz HTTP/1.1\r\n" + LONG,
    "a value": b"GET /healthz HTTP/1.1\r\nx: " + LONG,
    "many": b"GET /healthz HTTP/1.1\r\n" + b"x: y\r\n" * (2 * MAX_HEAD_BYTES // 6),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_head_that_does_not_end_is_refused_in_pieces_and_at_once(running: Running, head: bytes) -> None:
    for pieces in (cut(head), [head + b"\r\n\r\n"]):
        got = answers(running, pieces)
        assert got == b"" or got.startswith(b"HTTP/1.1 400"), got[:200]
        assert b"HTTP/1.1 200" not in got
    assert running.client().get("/healthz").status_code == 200


def test_long_heads_one_after_the_other_are_each_counted_by_itself(running: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    for _ in range(4):
        connection.request("GET", "/healthz", headers={"x": "y" * (MAX_HEAD_BYTES // 2)})
        reply = connection.getresponse()
        assert (reply.status, bool(reply.read())) == (200, True)
    assert connection.sock is not None, "all on one connection"
    connection.close()


ENDLESS = {
    "trailer": b"Transfer-Encoding: chunked\r\n\r\n0\r\nx: ",
    "trailers": b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
    "chunk extension": b"Transfer-Encoding: chunked\r\n\r\n1;",
    "blank lines": b"Content-Length: 0\r\n\r\n",
}
REPEATED = {"trailers": b"x: y\r\n", "blank lines": b"\r\n"}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_is_no_body_and_does_not_end_is_not_taken_for_ever(running: Running, name: str) -> None:
    more = (REPEATED.get(name, b"a") * 65_536)[:65_536]
    with connected(running) as raw:
        sent = send(raw, [b"POST /nowhere HTTP/1.1\r\nHost: x\r\n" + ENDLESS[name], *([more] * 512)])
    assert sent < 32 * 1024 * 1024, "all of it was taken"


def test_a_trailer_is_no_header(running: Running) -> None:
    head = LOOKUP % running.port + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    body = b'{"commits": []}'
    token = b"Authorization: Bearer " + running.token.encode() + b"\r\n"
    chunked = b"%x\r\n%b\r\n0\r\n" % (len(body), body)
    assert answers(running, [head + chunked + token + b"\r\n"]).startswith(b"HTTP/1.1 401 ")
    signed_in = head.replace(b"\r\n\r\n", b"\r\n" + token + b"\r\n")
    assert b" 401 " not in answers(running, [signed_in + chunked + b"x-checksum: 1\r\n\r\n"])[:20]


@pytest.mark.parametrize("length", [b"Content-Length: %d", b"Transfer-Encoding: chunked"], ids=["length", "chunked"])
def test_a_body_before_a_change_of_protocol_is_never_the_next_request(running: Running, length: bytes) -> None:
    length = length % len(GET) if b"%" in length else length
    head = LOOKUP % running.port + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + length + b"\r\n\r\n"
    with connected(running) as raw:
        send(raw, [head])
        time.sleep(0.05)
        send(raw, [GET])
        got = heard(raw)
    assert got.startswith(b"HTTP/1.1 400 ")
    assert got.count(b"HTTP/1.1 ") == 1


def test_a_change_of_protocol_is_passed_over_and_ends_the_connection(running: Running) -> None:
    asked = GET.replace(b"\r\n\r\n", b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    with connected(running) as raw:
        send(raw, [asked, GET])
        got = heard(raw)
    assert got.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in got
    assert got.count(b"HTTP/1.1 ") == 1


CONTRADICTING = {
    "two lengths": b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "length and chunks": b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and more": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunks, spelled": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "space before the colon": b"Content-Length : 2\r\n\r\n{}",
    "folded": b"X: y\r\n Content-Length: 2\r\n\r\n{}",
    "signed length": b"Content-Length: +2\r\n\r\n{}",
    "huge length": b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "bare return": b"X: y\rContent-Length: 2\r\n\r\n{}",
    "NUL": b"X: y\0z\r\nContent-Length: 2\r\n\r\n{}",
    "huge chunk": b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",
    "signed chunk": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}",
    "chunk without its end": b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n",
}


@pytest.mark.parametrize("rest", CONTRADICTING.values(), ids=CONTRADICTING)
def test_a_request_that_two_readers_could_cut_differently_is_the_last_of_its_connection(
    running: Running, rest: bytes
) -> None:
    got = answers(running, [LOOKUP % running.port + rest, LAST])
    assert got == b"" or got.startswith(b"HTTP/1.1 4"), got[:100]
    assert b"HTTP/1.1 200" not in got


def test_what_cannot_be_read_is_not_the_answer_of_the_request_before_it(running: Running) -> None:
    got = answers(running, [GET + b"\0\0\0\r\n\r\n"])
    assert got.startswith(b"HTTP/1.1 200 ")
    assert got.count(b"HTTP/1.1 ") == 1


def test_requests_that_wait_on_one_connection_are_few_and_those_are_answered(running: Running) -> None:
    with connected(running) as raw:
        send(raw, [GET * MAX_WAITING])
        got = b""
        while got.count(b"HTTP/1.1 200 ") < MAX_WAITING:
            got += raw.recv(65_536)
    with connected(running) as raw:
        send(raw, [GET * 1000])
        # As many as the first read brings, so that there may be some more.
        assert MAX_WAITING < heard(raw).count(b"HTTP/1.1 200 ") < 500


SLOW = {
    "nothing": b"",
    "half a head": b"GET /healthz HTTP/1.1\r\nHost:",
    "a second head": GET + b"GET /",
    "a body that nobody waits for": b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1",
}


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
def test_a_client_that_does_not_go_on_loses_its_connection(
    running: Running, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(http_head, "HEAD_S", 0.5)
    with connected(running) as raw:
        send(raw, [sent])
        assert heard(raw).count(b"HTTP/1.1 ") == (sent.count(b"\r\n\r\n"))


def test_a_client_that_sends_a_byte_now_and_then_loses_its_connection_too(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_head, "HEAD_S", 0.2)
    with connected(running) as raw:
        send(raw, [b"GET /healthz HTTP/1.1\r\nx: "])
        for _ in range(200):
            if not send(raw, [b"y"]):
                return
            time.sleep(0.02)
    pytest.fail("it went on for twenty times as long")


def test_an_answer_that_nobody_reads_is_not_kept_for_ever(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_head, "UNREAD_S", 0.2)
    ask = GET.replace(b"/healthz", b"/openapi.json").replace(b"Host: x", b"Host: 127.0.0.1:%d" % running.port)
    whole = len(answers(running, [ask.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")]))
    asked = MAX_WAITING
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
        raw.settimeout(60)
        raw.connect(("127.0.0.1", running.port))
        send(raw, [ask * asked])
        time.sleep(1.0)
        assert len(heard(raw)) < asked * whole * 3 // 4
    assert running.client().get("/healthz").status_code == 200
