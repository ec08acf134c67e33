"""How the service is put on a socket: limits of the HTTP server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import uvicorn

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.config import ServiceConfig

KEEP_ALIVE_S: Final = 15
STOP_S: Final = 20
"""Longest wait for requests at work when the service is told to stop."""
MAX_HEAD_BYTES: Final = 32 * 1024
"""Request line and headers."""


def server_of(app: FastAPI, config: ServiceConfig, *, host: str, port: int) -> uvicorn.Server:
    """Give the HTTP server of an application, not yet listening."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            # Its access lines would hold sign-in links; ours hold routes.
            access_log=False,
            log_level="warning",
            log_config=None,
            server_header=False,
            proxy_headers=False,
            ws="none",
            http="h11",
            lifespan="on",
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
            limit_concurrency=config.connections,
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        )
    )
