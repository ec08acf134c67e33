"""Promise: the head of a request is bounded however it comes, each request by itself, and nothing else is cut by it."""

from __future__ import annotations

import http.client
import socket

import pytest

from api.http_head import MAX_HEAD_BYTES
from tests.service.conftest import Running

pytestmark = pytest.mark.loopback

PIECE = 4096


def answers(running: Running, pieces: list[bytes]) -> bytes:
    """Give what comes back on one connection until it is closed."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as raw:
        try:
            for piece in pieces:
                raw.sendall(piece)
            raw.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed while more was sent: what was answered before is still there
        got = b""
        try:
            while more := raw.recv(65_536):
                got += more
        except ConnectionResetError:
            pass
        return got


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
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    for _ in range(4):
        connection.request("GET", "/healthz", headers={"x": "y" * (MAX_HEAD_BYTES // 2)})
        reply = connection.getresponse()
        assert (reply.status, bool(reply.read())) == (200, True)
    assert connection.sock is not None, "all on one connection"
    connection.close()
