"""How the service is put on a socket: limits of the HTTP server itself."""

from __future__ import annotations

import ctypes
import gc
import socket
from typing import TYPE_CHECKING, Final

import uvicorn

from api.http_head import BoundedHead
from attest.errors import Refused

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.config import ServiceConfig

KEEP_ALIVE_S: Final = 15
STOP_S: Final = 20
"""Longest wait for requests at work when the service is told to stop."""
ARENAS: Final = 2
LARGE_BYTES: Final = 1024 * 1024
_ARENA_MAX: Final = -8
_MMAP_THRESHOLD: Final = -3
"""Numbers of <malloc.h>."""


def settle_memory() -> None:
    """Keep what a service holds from growing with the threads that ever allocated; to be called once all is loaded.

    What is loaded by then stays until the end: no later collection looks at it again. The allocator of glibc gives up to
    eight arenas a core to threads, and each keeps the most that its threads ever held at once; and it keeps blocks of up
    to 32 MiB once one was freed. Here all threads share two arenas, and blocks of a MiB go back when they are freed.
    Another allocator is left as it is.
    """
    gc.freeze()
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, ARENAS)
        mallopt(_MMAP_THRESHOLD, LARGE_BYTES)


def listen(host: str, port: int) -> socket.socket:
    """Open the socket to serve on; port 0 takes any that is free.

    Raises:
        Refused: `service.port`, somebody else has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as err:
        raise Refused("service.port", got=f"{host} port {port}") from err
    # Accepted sockets inherit it: without, each answer waits 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def server_of(app: FastAPI, config: ServiceConfig) -> uvicorn.Server:
    """Give the HTTP server of an application, to run on sockets of the caller's."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            # Its access lines would hold sign-in links; ours hold routes.
            access_log=False,
            log_level="warning",
            log_config=None,
            server_header=False,
            proxy_headers=False,
            ws="none",
            http=BoundedHead,
            loop="auto",
            lifespan="on",
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
            limit_concurrency=config.connections,
        )
    )
