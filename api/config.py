"""What the service alone must know: where it listens, which clones it may read, and how much it lets in at once."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from attest.errors import Refused

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8417


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceConfig:
    """Limits and permissions of one running service."""

    repositories: tuple[Path, ...] = ()
    """Clones, by absolute path, that a recording over HTTP may name; no other path of this machine is ever opened."""
    threads: int = 12
    """Threads that answer requests; fewer than the connections the database gives."""
    readers: int = 64
    """Requests that only read and may wait for one of them before the next is turned away."""
    writers: int = 4
    """Recordings at work at once; others wait without holding a thread."""
    waiting: int = 256
    """Writes that may wait before the next is turned away."""
    connections: int = 512
    """Open connections before the next is turned away."""
    transcript_bytes: int = 2 * 1024 * 1024 * 1024
    bundle_bytes: int = 4 * 1024 * 1024
    """A statement has at most 1 MiB; base64 and certificates come on top."""
    batch_lines: int = 10_000
    batch_bytes: int = 256 * 1024 * 1024
    """Of one batch of bundles, one a line."""
    checkers: int = min(os.cpu_count() or 1, 8)
    """Processes that verify bundles; they begin when there are many at once. 0: none, all is done in this one."""
    witness_s: float = 10.0
    """Longest wait for witnesses on behalf of one request."""
    form_bytes: int = 8 * 1024
    otlp_bytes: int = 32 * 1024 * 1024
    """Of one export, compressed and uncompressed."""
    sigstore_per_s: float = 50.0
    """Requests of one address to the Sigstore services, in the long run."""
    sigstore_burst: int = 500
    """And at once, after a pause."""
    ingest_rate: tuple[float, int] = (2000.0, 20_000)
    """Requests a second that one caller may hand in in the long run, and at once after a pause."""
    query_rate: tuple[float, int] = (200.0, 5000)
    """And ask."""
    export_rate: tuple[float, int] = (20.0, 500)
    """And take out: transcripts, populations, events, bundles of evidence."""
    stream_clients: int = 64
    """Who may read the stream of events at once."""
    stream_look_s: float = 0.5
    """Between two looks at whether there is more to stream."""
    webhook_networks: tuple[str, ...] = ()
    """Networks that are not public and whose addresses webhooks may name all the same."""
    webhook_look_s: float = 2.0
    """Between two looks at whether there is something to deliver."""
    block_bytes: int = 8 * 1024 * 1024
    """Of one block of an upload, and of an object that is handed in at once."""
    objects_bytes: int = 64 * 1024 * 1024 * 1024
    """Of all objects that one tenant may hand in."""
    objects_from_elsewhere: bool = False
    """Whether objects, which nobody looks into, are taken from other machines."""
    stall_s: float = 30.0
    """Longest wait for the next bytes of a body."""
    body_s: float = 600.0
    """Longest time for a whole body."""


def require_loopback(host: str) -> None:
    """Refuse an address that others could reach: signing in by a printed link is for one person at one machine.

    Raises:
        Refused: `service.refused-bind`.
    """
    if host != "localhost" and not is_loopback(host):
        raise Refused("service.refused-bind", expected="127.0.0.1, ::1 or localhost", got=host[:80])


def is_loopback(address: str) -> bool:
    """Tell whether an address literal is of this machine alone."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
