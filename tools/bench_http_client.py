"""Requests over many connections, timed, in a process of its own: python -m tools.bench_http_client, a job as JSON on stdin.

Plain sockets and just enough of HTTP/1.1: a client library would take more of the machine than the service does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to send."""

    port: int
    token: str
    path: str
    bodies: str
    """A file with one body a line."""
    connections: int
    lines: int = 1
    """Lines of one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came back."""

    seconds: float
    milliseconds: list[float]
    """Of each request, from its first byte sent to its last byte received, sorted."""
    statuses: dict[str, int]
    """Of requests; of lines, where several went in one request."""

    def percentile(self, share: float) -> float:
        """Give the time that this share of the requests kept within."""
        return self.milliseconds[min(len(self.milliseconds) - 1, int(share * len(self.milliseconds)))]


async def run(job: Job, lines: list[bytes]) -> Told:
    """Send the lines, each connection one request after the other."""
    bodies = [b"\n".join(lines[at : at + job.lines]) for at in range(0, len(lines), job.lines)]
    bodies.reverse()
    times: list[float] = []
    statuses: Counter[str] = Counter()

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", job.port)
        while bodies:
            body = bodies.pop()
            begun = time.perf_counter()
            writer.write(_head(job, len(body)) + body)
            status, content = await answer(reader)
            times.append((time.perf_counter() - begun) * 1000)
            if job.lines == 1:
                statuses[status] += 1
            else:
                statuses.update(str(json.loads(line)["status"]) for line in content.splitlines())
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(job.connections)))
    return Told(seconds=time.perf_counter() - start, milliseconds=sorted(times), statuses=dict(statuses))


def _head(job: Job, size: int) -> bytes:
    return (
        f"POST {job.path} HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\nAuthorization: Bearer {job.token}\r\n"
        f"Content-Length: {size}\r\n\r\n"
    ).encode()


async def answer(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """Read one answer: its status and its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = head.split(" ", 2)[1]
    if "transfer-encoding: chunked" not in head:
        size = int(head.partition("content-length:")[2].partition("\r\n")[0])
        return status, await reader.readexactly(size)
    content = bytearray()
    while size := int(await reader.readline(), 16):
        content += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return status, bytes(content)


if __name__ == "__main__":
    asked = Job(**json.load(sys.stdin))
    sys.stdout.write(json.dumps(asdict(asyncio.run(run(asked, Path(asked.bodies).read_bytes().splitlines())))))
