"""HTTP/1.1 as uvicorn reads it with a parser in C, with the one bound that it leaves out: how large a request's head is."""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES: Final = 32 * 1024
"""Request line and headers."""
_BETWEEN: Final = len(b": \r\n")


class BoundedHead(HttpToolsProtocol):
    """Answers 400 to a head of more than `MAX_HEAD_BYTES` and closes the connection.

    A name or value that does not end is counted as it comes in; one that came in one piece, by its own length.
    """

    _in_head = True
    _arrived = 0
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Take what the connection brings."""
        began_in_head = self._in_head
        super().data_received(data)
        if not (began_in_head and self._in_head) or self.transport.is_closing():
            return
        self._arrived += len(data)
        if self._arrived > MAX_HEAD_BYTES:
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._in_head, self._arrived, self._head_bytes = True, 0, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a whole header."""
        self._count(len(name) + len(value) + _BETWEEN)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the head: what follows is the body, which has bounds of its own."""
        self._in_head = False
        super().on_headers_complete()

    def _count(self, more: int) -> None:
        self._head_bytes += more
        if self._head_bytes > MAX_HEAD_BYTES:
            # The parser makes it an error of its own, which is answered with 400.
            raise ValueError("the head of the request is too long")
