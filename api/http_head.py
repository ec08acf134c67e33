"""HTTP/1.1 as uvicorn reads it with a parser in C, with the bounds that it leaves out.

| bound | what becomes of more |
|---|---|
| bytes of a head with its trailers, and of anything that is no body | 400, or the end of the connection |
| time to the end of a head | the connection ends |
| requests that wait on one connection for those before them | they are not answered, those before them are |
| time in which nothing of an answer is read | the connection ends |

A trailer is never a header (RFC 9110, 6.5.1): who checked the head before us saw none. No other protocol is spoken here: a
request that asks for one is answered in this one and is the last of its connection, and with a body it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

MAX_HEAD_BYTES: Final = 32 * 1024
"""Request line, headers and trailers."""
HEAD_S: Final = 30.0
"""From the begin of a connection, or the end of an answer, to the end of the next head."""
MAX_WAITING: Final = 16
"""Requests of one connection that wait for an earlier one."""
UNREAD_S: Final = 60.0
"""Between two looks at how much of an answer is left to be read."""
LEAST_READ_BYTES: Final = 64 * 1024
"""Of an answer that waits, in that time."""
_BETWEEN: Final = len(b": \r\n")
_BODY: Final = frozenset({b"content-length", b"transfer-encoding"})


class BoundedHead(HttpToolsProtocol):
    """One connection."""

    _in_head = True
    _asked = False
    """The head of a request ended."""
    _over = False
    """Nothing more is taken from the connection."""
    _moved = False
    """The parser told of something in what came last: it holds no longer piece."""
    _held_bytes = 0
    _head_bytes = 0
    _head_due: TimerHandle | None = None
    _read_due: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._over = True
        self._head_came()
        self._was_read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what the connection brings."""
        if self._over or self.transport.is_closing():
            return
        self._moved = False
        super().data_received(data)
        # A name or value that does not end is told of by nobody: it is counted as it comes in.
        self._held_bytes = 0 if self._moved else self._held_bytes + len(data)
        if self._held_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._in_head, self._moved, self._head_bytes = True, True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a whole header; a trailer is counted and let go."""
        self._count(len(name) + len(value) + _BETWEEN)
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the head: what follows is the body, which has bounds of its own."""
        if len(self.pipeline) >= MAX_WAITING:
            raise ValueError("too many requests wait on this connection")
        other_protocol = self.parser.should_upgrade()
        if other_protocol and any(name in _BODY for name, _ in self.headers):
            # The parser takes such a body for what comes after the change of protocol: for the next request.
            raise ValueError("a body before a change of protocol")
        super().on_headers_complete()
        self._in_head, self._moved, self._asked = False, True, True
        self._head_came()
        if other_protocol:
            self._end_after_answers()

    def on_chunk_header(self) -> None:
        """Begin a chunk."""
        self._moved = True

    def on_chunk_complete(self) -> None:
        """End a chunk; the last one ends with the trailers."""
        self._moved = True

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._moved = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._moved = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """End an answer. What is left of its request is not waited for longer than for another head."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._await_head()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read, unless it would be taken for the answer of another request, or stand within one."""
        if not self._asked or self.cycle.response_complete:
            super().send_400_response(msg)
        elif not self.cycle.more_body:  # those before it are whole
            self._end_after_answers()
        elif self.cycle.response_started:
            self.transport.close()
        else:
            super().send_400_response(msg)

    def pause_writing(self) -> None:
        """Wait until the client has read."""
        super().pause_writing()
        self._await_reader(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        self._was_read()
        super().resume_writing()

    def _count(self, more: int) -> None:
        self._moved = True
        self._head_bytes += more
        if self._head_bytes > MAX_HEAD_BYTES:
            # The parser makes it an error of its own, which is answered with 400.
            raise ValueError("the head of the request is too long")

    def _end_after_answers(self) -> None:
        self._over, self.cycle.keep_alive = True, False

    def _await_head(self) -> None:
        if self._head_due is None and not self.transport.is_closing():
            self._head_due = self.loop.call_later(HEAD_S, self.transport.close)

    def _await_reader(self, left: int) -> None:
        def look() -> None:
            now = self.transport.get_write_buffer_size()
            if now > left - LEAST_READ_BYTES:
                self.transport.abort()
            else:
                self._await_reader(now)

        self._read_due = self.loop.call_later(UNREAD_S, look)

    def _head_came(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _was_read(self) -> None:
        if self._read_due is not None:
            self._read_due.cancel()
            self._read_due = None
