"""S3 servers on 127.0.0.1: moto's, and stubs that fail as real ones do: by lying, by errors, by silence."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

BUCKET = "ponds"
KEY, SECRET = "heron", "lagoon-lagoon-lagoon"
STARTS_WITHIN_S = 60


@contextmanager
def moto_server(folder: Path) -> Iterator[str]:
    """Give the address of a fresh moto server that has one bucket."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, folder, port, os.environ) as url:
        make_bucket(url)
        yield url


@contextmanager
def nanio_server(program: str, folder: Path) -> Iterator[str]:
    """Give the address of a fresh nanio server that has one bucket; it takes every write for one without a condition."""
    port = free_port()
    data = folder / "nanio"
    (data / BUCKET).mkdir(parents=True)
    command = [program, "serve", "--data-dir", str(data), "--host", "127.0.0.1", "--port", str(port)]
    with _running(command, folder, port, {"NANIO_ACCESS_KEY": KEY, "NANIO_SECRET_KEY": SECRET}) as url:
        yield url


@contextmanager
def radosgw_server(folder: Path) -> Iterator[str]:
    """Give the address of a fresh Ceph gateway that has one bucket: a monitor, a storage daemon in memory, and the gateway."""
    port = free_port()
    script = Path(__file__).parents[2] / "tools" / "start_radosgw.sh"
    try:
        subprocess.run(["sh", script, folder, str(port), KEY, SECRET], check=True, timeout=STARTS_WITHIN_S * 2)
        url = f"http://127.0.0.1:{port}"
        _make_signed_bucket(url)
        yield url
    finally:
        pids = (folder / "pids").read_text().split() if (folder / "pids").exists() else []
        for pid in reversed(pids):
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def _make_signed_bucket(url: str) -> None:
    import boto3

    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket=BUCKET)


@contextmanager
def _running(command: list[str], folder: Path, port: int, environment: Mapping[str, str]) -> Iterator[str]:
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=dict(environment))
        try:
            wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()


def make_bucket(url: str) -> None:
    """Make the bucket, by a request that is not signed: moto asks for nothing."""
    with urlopen(Request(f"{url}/{BUCKET}", method="PUT"), timeout=30) as answer:
        assert answer.status == 200


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server of this machine takes connections."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


@dataclass
class Stub:
    """A small S3 of our own, in memory. It is no judge of what S3 is: it exists to misbehave on demand."""

    url: str = ""
    held: dict[str, bytes] = field(default_factory=dict)
    lies: bool = False
    """Ignores `If-None-Match` and `If-Match`."""
    fault: Callable[[str, str], int] = lambda _method, _path: 0
    """Gives the status to fail a request with; 0 for none, -1 to answer nothing until the end."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    over: Event = field(default_factory=Event)


@contextmanager
def stub_server() -> Iterator[Stub]:
    """Give a running stub."""
    stub = Stub()

    class Handler(_Handler):
        state = stub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: Stub

    def log_message(self, *_: object) -> None:
        pass

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        key = self._key()
        if self._failed():
            return
        held = self.state.held.get(key)
        stale = self.headers["if-match"] is not None and self.headers["if-match"] != (_tag(held) if held else "")
        taken = self.headers["if-none-match"] == "*" and held is not None
        if not self.state.lies and (stale or taken):
            self._answer(412)
            return
        self.state.held[key] = data
        self._answer(200, tag=_tag(data))

    def do_GET(self) -> None:
        if self._failed():
            return
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            prefix = query.get("prefix", [""])[0]
            names = sorted(name for name in self.state.held if name.startswith(prefix))
            self._answer(200, _listing(names))
            return
        held = self.state.held.get(self._key())
        self._answer(404 if held is None else 200, held or b"", tag=_tag(held) if held is not None else None)

    def do_DELETE(self) -> None:
        self.state.held.pop(self._key(), None)
        self._answer(204)

    def do_POST(self) -> None:
        """Remove many objects: the names stand in `Key` elements."""
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        names = [part.partition("</Key>")[0] for part in body.split("<Key>")[1:]]
        for name in names:
            self.state.held.pop(name, None)
        gone = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
        self._answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())

    def _key(self) -> str:
        return urlsplit(self.path).path.removeprefix(f"/{BUCKET}/")

    def _failed(self) -> bool:
        self.state.asked.append((self.command, self._key()))
        status = self.state.fault(self.command, self._key())
        if status > 0:
            self._answer(status, b"<Error><AWSAccessKeyId>AKIAHERON</AWSAccessKeyId></Error>")
        elif status < 0:
            self.state.over.wait()
            self.close_connection = True
        return status != 0

    def _answer(self, status: int, body: bytes = b"", tag: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
        if tag is not None:
            self.send_header("ETag", tag)
        self.end_headers()
        self.wfile.write(body)


def _tag(data: bytes) -> str:
    return f'"{md5(data, usedforsecurity=False).hexdigest()}"'


def _listing(names: list[str]) -> bytes:
    rows = "".join(
        f"<Contents><Key>{name}</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified><Size>1</Size></Contents>"
        for name in names
    )
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()
