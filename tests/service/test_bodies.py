"""JSON bodies are bounded in bytes, depth and time, and what is no JSON is a problem like any other."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from api.bounded import MAX_BYTES
from tests.service.conftest import Running

pytestmark = pytest.mark.loopback
ASKED = "/v1/commits:lookup"
KIND = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe{", b'{"commits": ["\xc3\x28"]}', b"[" * 100_000, b'{"commits": ' * 50_000, b"", b"null", b"NaN", b"{"],
    ids=["no text", "half a letter", "deep list", "deep object", "empty", "null", "NaN", "half"],
)
def test_what_cannot_be_read_is_refused_as_malformed(running: Running, body: bytes) -> None:
    reply = running.signed_in.post(ASKED, content=body, headers=KIND)
    assert (reply.status_code, reply.json()["code"]) == (400, "input.malformed")


def test_a_large_body_is_refused_whether_its_length_is_told_or_not(running: Running) -> None:
    def blocks() -> Iterator[bytes]:
        for _ in range(MAX_BYTES // 65536 + 1):
            yield b" " * 65536

    for body in (b" " * (MAX_BYTES + 1), blocks()):
        reply = running.signed_in.post(ASKED, content=body, headers=KIND)
        assert (reply.status_code, reply.json()["code"]) == (413, "input.too-large")


def test_a_body_that_stalls_is_refused(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.bounded.STALL_S", 0.2)
    head = (
        f"POST {ASKED} HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nAuthorization: Bearer {running.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    with socket.create_connection(("127.0.0.1", running.port), timeout=30) as connection:
        connection.sendall(head.encode())
        assert connection.recv(64).startswith(b"HTTP/1.1 408 ")
