"""A line to PostgreSQL that breaks at a COMMIT: before the server hears of it, or before the client hears the answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Literal

Break = Literal["unheard", "unanswered"]
_NAME = ".s.PGSQL.5432"
WAIT_S = 10


@dataclass
class Line:
    """What goes through it; `armed` breaks the next COMMIT of the connection on which a head of the log was stored."""

    server: Path
    how: Break
    armed: bool = False
    broken: int = 0
    _ends: list[socket.socket] = field(default_factory=list)
    _threads: list[Thread] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is shut."""
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self.server / _NAME))
                self._ends += (client, server)
                for work in (self._forth, self._back):
                    self._threads.append(Thread(target=work, args=(client, server), daemon=True))
                    self._threads[-1].start()

    def close(self) -> None:
        """End every connection."""
        for end in self._ends:
            _shut(end)
        for thread in self._threads:
            thread.join(WAIT_S)
        for end in self._ends:
            end.close()

    def _forth(self, client: socket.socket, server: socket.socket) -> None:
        grown = False
        with suppress(OSError):
            while data := client.recv(65536):
                grown = self.armed and (grown or b"INSERT INTO tree_head" in data)
                if grown and b"COMMIT" in data:
                    self.armed = False
                    self.broken += 1
                    self._break(client, server, data)
                    return
                server.sendall(data)
        _shut(server)

    def _break(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        _shut(client)
        if self.how == "unanswered":
            server.sendall(data)
            # The server ends a session only after it has done what it was told before.
            server.shutdown(socket.SHUT_WR)
        else:
            _shut(server)

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                with suppress(OSError):
                    client.sendall(data)
        _shut(client)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def breaking_line(server: Path, folder: Path, how: Break) -> Iterator[Line]:
    """Give a line whose socket is in `folder`."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / _NAME))
    listener.listen()
    line = Line(server, how)
    thread = Thread(target=line.serve, args=(listener,), daemon=True)
    thread.start()
    try:
        yield line
    finally:
        _shut(listener)
        thread.join(WAIT_S)
        listener.close()
        line.close()
