"""The witness over HTTP: two of them asked by a client, and hostile ends on both sides."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from attest.errors import CannotVerify, InvalidInput, NotVerified
from attest.ledger.cosigned import open_cosigned, with_lines
from attest.ledger.witness_policy import Witness, parse_policy
from attest.witness.bounded_http import parse_address, request
from attest.witness.client import WitnessAhead, ask
from attest.witness.request import MAX_REQUEST_BYTES
from attest.witness.server import WitnessServer
from tests.support.small_log import SmallLog, SmallWitness, policy_text, running

pytestmark = pytest.mark.loopback


def named(witness: SmallWitness, url: str) -> Witness:
    return Witness(name="w", key=witness.key, url=url)


def test_two_witnesses_cosign_and_make_the_quorum(tmp_path: Path, log: SmallLog) -> None:
    one = SmallWitness(tmp_path / "1", name="one.example.test", logs=(log.key,))
    two = SmallWitness(tmp_path / "2", name="two.example.test", logs=(log.key,))
    with ExitStack() as stack:
        urls = [stack.enter_context(each.served()) for each in (one, two)]
        text = policy_text({"a": (one.key, urls[0]), "b": (two.key, urls[1])}, "group both all a b\nquorum both")
        policy = parse_policy(text)
        lines = [ask(each, log.note(), 5, log.proof).line for each in policy.witnesses]

    alone = open_cosigned(with_lines(log.note(), lines[:1]), log.key, policy.keys)
    both = open_cosigned(with_lines(log.note(), lines), log.key, policy.keys)

    assert not policy.standing([c.key for c in alone.cosignatures], log=log.key).met
    assert policy.standing([c.key for c in both.cosignatures], log=log.key).met


def test_the_client_learns_the_size_that_the_witness_has(witness: SmallWitness, log: SmallLog) -> None:
    with witness.served() as url:
        ask(named(witness, url), log.note(), 5, log.proof)
        log.add(7)

        assert ask(named(witness, url), log.note(), 12, log.proof).key == witness.key


def test_an_older_head_is_told_apart_from_a_fork(witness: SmallWitness, log: SmallLog) -> None:
    with witness.served() as url:
        ask(named(witness, url), log.note(), 5, log.proof)
        with pytest.raises(WitnessAhead) as ahead:
            ask(named(witness, url), log.note(3), 3, lambda old: log.proof(old, 3))
        fork = log.fork(4).add(1, "another")
        with pytest.raises(NotVerified) as forked:
            ask(named(witness, url), fork.note(), 5, fork.proof)

    assert ahead.value.size == 5
    assert forked.value.code == "witness.refused"


def test_a_cosignature_under_another_key_is_refused(witness: SmallWitness, log: SmallLog, tmp_path: Path) -> None:
    other = SmallWitness(tmp_path / "other", logs=(log.key,))
    with witness.served() as url, pytest.raises(CannotVerify):
        ask(named(other, url), log.note(), 5, log.proof)


@contextmanager
def raw_server(answer: bytes, *, then: Callable[[socket.socket], None] = lambda _: None) -> Iterator[str]:
    """Accept one connection after another, send these bytes, do `then`, close."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65_536)
                    connection.sendall(answer)
                    then(connection)
                except OSError:
                    continue

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def drip(connection: socket.socket) -> None:
    """Send a byte again and again until the other end is gone; never silent for long."""
    import time

    for _ in range(1000):
        connection.sendall(b"x")
        time.sleep(0.02)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
HOSTILE = {
    "garbage": b"\x00\xff garbage",
    "no lines": OK + b"Content-Length: 5\r\n\r\nhello",
    "cut": OK + b"Content-Length: 500\r\n\r\nhello",
    "huge": OK + b"Content-Length: 99999999999\r\n\r\n" + b"x" * 100_000,
    "endless header": OK + b"A: " + b"x" * 100_000,
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "size of no kind": b"HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\nContent-Length: 3\r\n\r\n-1\n",
    "size in words": b"HTTP/1.1 409 Conflict\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n3\n",
}


@pytest.mark.parametrize("answer", list(HOSTILE.values()), ids=list(HOSTILE))
def test_a_hostile_witness_gives_no_cosignature(witness: SmallWitness, log: SmallLog, answer: bytes) -> None:
    with raw_server(answer) as url, pytest.raises((CannotVerify, NotVerified)):
        ask(named(witness, url), log.note(), 5, log.proof)


def test_a_witness_that_drips_is_cut_off(witness: SmallWitness, log: SmallLog) -> None:
    with raw_server(OK + b"\r\n", then=drip) as url, pytest.raises(CannotVerify) as caught:
        ask(named(witness, url), log.note(), 5, log.proof, total_s=0.2)

    assert caught.value.code == "service.away"


def test_an_answer_without_a_length_that_was_cut_is_not_taken_for_whole() -> None:
    with raw_server(OK + b"\r\n", then=drip) as url, pytest.raises(CannotVerify):
        request(parse_address(url), "/", most=1_000_000, total_s=0.2)


def post(url: str, path: str, body: bytes, **headers: str) -> int:
    address = parse_address(url)
    connection = http.client.HTTPConnection(address.host, address.port, timeout=10)
    connection.putrequest("POST", path)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    connection.send(body)
    status = connection.getresponse().status
    connection.close()
    return status


def test_requests_are_bounded(witness: SmallWitness) -> None:
    with witness.served() as url:
        assert post(url, "/add-checkpoint", b"", Content_Length=str(MAX_REQUEST_BYTES + 1)) == 413
        assert post(url, "/add-checkpoint", b"", Content_Length="-1") == 411
        assert post(url, "/add-checkpoint", b"", Transfer_Encoding="chunked", Content_Length="3") == 411
        assert post(url, "/elsewhere", b"", Content_Length="0") == 404


def test_a_client_that_says_nothing_is_hung_up_on(witness: SmallWitness) -> None:
    with (
        running(WitnessServer("127.0.0.1", 0, witness.witness, life_s=0.2)) as url,
        socket.create_connection(("127.0.0.1", parse_address(url).port), timeout=10) as connection,
    ):
        connection.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 100\r\n\r\nold")

        assert connection.recv(100) == b""


@pytest.mark.parametrize(
    "url", ["ftp://a.test", "http://u:p@a.test", "https://a.test?x", "https://a.test#x", "https://a.test:x", "a.test"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        parse_address(url)


def test_a_token_goes_over_tls_only() -> None:
    with pytest.raises(InvalidInput):
        parse_address("http://a.test", "secret")

    assert parse_address("http://127.0.0.1:8", "secret").token == "secret"
