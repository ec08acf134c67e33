"""Many clients at once for a time, in a process of its own: python -m tools.bench_load_client, a load as JSON on stdin.

Some ask again as soon as they are answered, some at a fixed rate whatever the service does: of these the time runs from when a
request was due, so that a service which stalls is not asked less and does not look faster for it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tools.bench_http_client import answer

BROKEN: Final = "no answer"
TURNED_AWAY: Final = "429"
MOST_WAIT_S: Final = 1.0
"""Longest wait of a client that was told to come again, whatever it was told."""
ANSWER_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Clients that do the same."""

    name: str
    clients: int
    paths: tuple[str, ...]
    """Asked one after the other, each client from a place of its own."""
    bodies: str = ""
    """A file with one body a line, each sent once; none: nothing is sent, and paths are read."""
    rate: float = 0.0
    """Requests a second of all clients together; 0: each client as fast as it is answered."""
    pause_s: float = 0.0
    """Of each client between an answer and its next request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is asked of one service."""

    port: int
    token: str
    seconds: float
    streams: tuple[Stream, ...]


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the clients of one stream saw."""

    statuses: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    """Of the requests that were answered with success."""
    received: int = 0
    """Bytes of answers."""
    last: str = ""
    """The beginning of the last answer that was neither success nor 429."""

    def percentile(self, share: float) -> float:
        """Give the time that this share of the answers kept within; 0 without any."""
        times = self.milliseconds
        return times[min(len(times) - 1, int(share * len(times)))] if times else 0.0

    def told(self) -> dict[str, object]:
        """Give it as JSON has it."""
        # Not `asdict`: it makes a Counter of pairs of a Counter.
        own = {"milliseconds": self.milliseconds, "received": self.received, "last": self.last}
        return {"statuses": dict(self.statuses), **own}

    @property
    def errors(self) -> int:
        """How many requests were answered neither with success nor with 429."""
        return sum(count for status, count in self.statuses.items() if status[0] not in "23" and status != TURNED_AWAY)


class _Clients:
    """The connections of one stream. Making it reads all that is to be sent, which can take seconds."""

    def __init__(self, load: Load, stream: Stream) -> None:
        self._load, self._stream = load, stream
        self._bodies = iter(Path(stream.bodies).read_bytes().splitlines()) if stream.bodies else None
        self._due = itertools.count()
        self._begun = self._until = 0.0
        self.seen = Seen()

    async def run(self, begun: float) -> Seen:
        """Ask until the time is over, counted from `begun`, or there is nothing more to send."""
        self._begun, self._until = begun, begun + self._load.seconds
        await asyncio.gather(*(self._client(number) for number in range(self._stream.clients)))
        self.seen.milliseconds.sort()
        return self.seen

    async def _client(self, number: int) -> None:
        paths = itertools.cycle(self._stream.paths)
        for _ in range(number % len(self._stream.paths)):
            next(paths)
        connection = None
        await asyncio.sleep(random.random() * min(1.0, self._stream.pause_s))  # noqa: S311 - no secret
        while (begun := await self._next()) is not None:
            body = next(self._bodies, None) if self._bodies else b""
            if body is None:
                break
            try:
                connection = connection or await asyncio.open_connection("127.0.0.1", self._load.port)
                status, content = await asyncio.wait_for(self._ask(connection, next(paths), body), ANSWER_S)
            except (TimeoutError, OSError, EOFError) as err:
                status, content = BROKEN, repr(err).encode()
                if connection:
                    connection[1].close()
                connection = None
            await self._note(status, content, begun)
        if connection:
            connection[1].close()

    async def _next(self) -> float | None:
        """Wait until the next request is due, and give when that was; None when the time is over."""
        if not self._stream.rate:
            now = time.perf_counter()
            return now if now < self._until else None
        due = self._begun + next(self._due) / self._stream.rate
        if due >= self._until:
            return None
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        return due

    async def _ask(
        self, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], path: str, body: bytes
    ) -> tuple[str, bytes]:
        reader, writer = connection
        method, length = ("POST", f"Content-Length: {len(body)}\r\n") if self._bodies else ("GET", "")
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._load.port}\r\n{length}"
        writer.write(f"{head}Authorization: Bearer {self._load.token}\r\n\r\n".encode() + body)
        return await answer(reader)

    async def _note(self, status: str, content: bytes, begun: float) -> None:
        self.seen.statuses[status] += 1
        self.seen.received += len(content)
        if status[0] in "23":
            self.seen.milliseconds.append((time.perf_counter() - begun) * 1000)
        elif status != TURNED_AWAY:
            self.seen.last = content[:300].decode("utf-8", "replace")
        await asyncio.sleep(MOST_WAIT_S if status in {TURNED_AWAY, BROKEN} else self._stream.pause_s)


async def run(load: Load) -> dict[str, Seen]:
    """Let all streams ask at once; gives what each saw."""
    clients = [_Clients(load, stream) for stream in load.streams]
    begun = time.perf_counter()
    found = await asyncio.gather(*(one.run(begun) for one in clients))
    return {stream.name: seen for stream, seen in zip(load.streams, found, strict=True)}


if __name__ == "__main__":
    told = json.load(sys.stdin)
    asked = Load(**told | {"streams": tuple(Stream(**one) for one in told["streams"])})
    sys.stdout.write(json.dumps({name: seen.told() for name, seen in asyncio.run(run(asked)).items()}))
