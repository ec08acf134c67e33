"""Everything a request may need, by name: built once by `create_app` and handed to each endpoint."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

import structlog
from fastapi import Depends, Request

from api.config import ServiceConfig
from api.cursors import Cursors
from api.sign_in import SignIns
from api.tokens import TokenFiles
from attest.store.log_reader import LogReader
from attest.usecases.instance import Instance
from attest.usecases.spool_exports import Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One running service."""

    instance: Instance
    config: ServiceConfig
    sign_ins: SignIns
    tokens: TokenFiles
    cursors: Cursors
    log: LogReader
    events: structlog.typing.FilteringBoundLogger
    """Writes what happened as JSON lines: ids, sizes and times, never words of a transcript."""
    writers: asyncio.Semaphore
    spool: Spool
    """Takes what exporters of OpenTelemetry send."""
    waiting: list[None] = field(default_factory=list)
    """One item per write that waits or works."""


def service_of(request: Request) -> Service:
    """Give the service that a request came to."""
    found = request.app.state.service
    if not isinstance(found, Service):
        raise TypeError("the application was not built by create_app")
    return found


ServiceHere = Annotated[Service, Depends(service_of)]
