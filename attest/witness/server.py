"""The witness on a socket: `POST /add-checkpoint` and nothing else, each connection bounded in bytes and time."""

from __future__ import annotations

import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Timer
from typing import TYPE_CHECKING, Final

from attest.errors import Refused
from attest.witness.request import MAX_REQUEST_BYTES
from attest.witness.rules import TEXT_TYPE, Answer

if TYPE_CHECKING:
    from attest.witness.cosigner import Witness

CONNECTIONS: Final = 32
"""Connections at once; those beyond are closed unread."""
LIFE_S: Final = 15
"""Longest life of a connection, whatever it sends and however slowly."""
_DIGITS: Final = 7


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness; `serve_forever` runs it, `server_port` is where."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, port: int, witness: Witness, *, life_s: float = LIFE_S) -> None:
        """Listen; port 0 takes any that is free.

        Raises:
            Refused: `service.port`, somebody else has it.
        """
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.witness = witness
        self.life_s = life_s
        self._free = BoundedSemaphore(CONNECTIONS)
        try:
            super().__init__((host, port), _Handler)
        except OSError as err:
            raise Refused("service.port", got=f"{host} port {port}") from err

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Give the connection a thread, or close it when all are taken."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Serve one connection, for `life_s` at most."""
        end = Timer(self.life_s, _hang_up, (request,))
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that end in the middle: whoever opens them could fill the disk."""


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "witness", ""

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            self._answer(Answer(status=HTTPStatus.NOT_FOUND, body=b"there is nothing here\n"))
        elif (
            not (length.isascii() and length.isdigit() and len(length) <= _DIGITS)
            or "Transfer-Encoding" in self.headers
        ):
            self._answer(Answer(status=HTTPStatus.LENGTH_REQUIRED, body=b"say how long the request is\n"))
        elif int(length) > MAX_REQUEST_BYTES:
            self._answer(Answer(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, body=b"the request is too large\n"))
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                self._answer(self.server.witness.add_checkpoint(body), keep=True)

    def _answer(self, answer: Answer, *, keep: bool = False) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type or TEXT_TYPE)
        self.send_header("Content-Length", str(len(answer.body)))
        if not keep:
            # What was not read of the request must not be taken for the next one.
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that http.server gives it
        """Write nothing: requests hold names that others choose."""
