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
    method: str = "POST"
    """GET: each line is what is asked for, behind `path`."""
    offered: float = 0
    """Requests a second that all connections together begin, each when it is due; 0: each as soon as the last is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came back."""

    seconds: float
    milliseconds: list[float]
    """Of each request, from its first byte sent, or from when that was due, to its last byte received, sorted."""
    statuses: dict[str, int]
    """Of requests; of lines, where several went in one request."""
    cpu_s: float
    """CPU time that asking took."""
    largest: int
    """Bytes of the largest answer."""

    def percentile(self, share: float) -> float:
        """Give the time that this share of the requests kept within."""
        return self.milliseconds[min(len(self.milliseconds) - 1, int(share * len(self.milliseconds)))]


async def run(job: Job, lines: list[bytes]) -> Told:
    """Send the lines, each connection one request after the other; all are connected before the first is sent."""
    requests = list(enumerate(_requests(job, lines)))[::-1]
    times: list[float] = []
    statuses: Counter[str] = Counter()
    sizes = {0}
    connected = [await asyncio.open_connection("127.0.0.1", job.port) for _ in range(job.connections)]

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while requests:
            number, request = requests.pop()
            begun = time.perf_counter()
            if job.offered:
                due = start + number / job.offered
                await asyncio.sleep(due - begun)
                begun = due  # one that found no free connection waited from then on
            writer.write(request)
            status, content = await answer(reader)
            times.append((time.perf_counter() - begun) * 1000)
            sizes.add(len(content))
            if job.lines == 1:
                statuses[status] += 1
            else:
                statuses.update(str(json.loads(line)["status"]) for line in content.splitlines())
        writer.close()

    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work(*one) for one in connected))
    return Told(
        seconds=time.perf_counter() - start,
        milliseconds=sorted(times),
        statuses=dict(statuses),
        cpu_s=time.process_time() - cpu,
        largest=max(sizes),
    )


def _requests(job: Job, lines: list[bytes]) -> list[bytes]:
    """Give every request as it is sent: nothing is put together while anything is timed."""
    common = f"Host: 127.0.0.1:{job.port}\r\nAuthorization: Bearer {job.token}\r\n"
    if job.method == "GET":
        return [f"GET {job.path}{line.decode()} HTTP/1.1\r\n{common}\r\n".encode() for line in lines]
    bodies = [b"\n".join(lines[at : at + job.lines]) for at in range(0, len(lines), job.lines)]
    head = f"POST {job.path} HTTP/1.1\r\n{common}Content-Length: "
    return [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]


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
