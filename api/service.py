"""Everything a request may need, by name: built once by `create_app` and handed to each endpoint."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore
from typing import Annotated, Final

import structlog
from fastapi import Depends, Request

from api.buckets import Buckets
from api.caller import Who
from api.config import ServiceConfig
from api.cursors import Cursors
from api.gauges import Gauges
from api.meters import Meters
from api.named import Named
from api.outbound import Outbound
from api.rates import Rates
from api.sign_in import SignIns
from api.threads import Threads
from api.tokens import TokenFiles
from api.watching import Watch
from attest.model.ports import Witnessed
from attest.store.log_reader import LogReader
from attest.usecases.access_log import AccessLog
from attest.usecases.checkers import Checkers
from attest.usecases.ingest_queue import IngestQueue
from attest.usecases.instance import Instance
from attest.usecases.issue_certificate import Issuers
from attest.usecases.spool_exports import Spool

REPORTS: Final = 2
"""Reports that are made at once; the next is turned away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One running service."""

    instance: Instance
    config: ServiceConfig
    sign_ins: SignIns
    tokens: TokenFiles
    who: Who
    """Finds who is asking."""
    access_log: AccessLog
    """Where readings of transcripts, exports and searches are recorded."""
    named: Named | None
    """Signs people and pipelines in by name; None where one user owns the instance."""
    cursors: Cursors
    log: LogReader
    events: structlog.typing.FilteringBoundLogger
    """Writes what happened as JSON lines: ids, sizes and times, never words of a transcript."""
    threads: Threads
    """The threads that answer."""
    writers: asyncio.Semaphore
    ingest: IngestQueue
    """Takes in bundles that come one by one, gathered."""
    check: Checkers
    """Checks the bundles of a batch."""
    witnessed: Witnessed
    """What is known here of the log's witnesses."""
    spool: Spool
    """Takes what exporters of OpenTelemetry send."""
    issuers: Issuers
    """Who may vouch for those that certificates are made for."""
    rates: Rates
    """How often one address may ask the Sigstore services."""
    buckets: Buckets
    """How often one caller may hand in, ask and take out."""
    meters: Meters
    """What is counted."""
    gauges: Gauges
    """What is looked up when Prometheus asks."""
    watch: Watch
    """How long the log is now, for those who read its stream."""
    outbound: Outbound
    """Posts to addresses that others named."""
    waiting: list[None] = field(default_factory=list)
    """One item per write that waits or works."""
    reports: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(REPORTS))
    """Places for reports in the making: each holds a thread, and judges a whole range."""


async def service_of(request: Request) -> Service:
    """Give the service that a request came to, narrowed to the repositories that its caller may see."""
    return await narrowed(request)


async def narrowed(request: Request, *, again: bool = False) -> Service:
    """Give the same; `again` looks the credential up anew, for answers that take long."""
    service = here(request)
    caller = await service.who.of(request, again=again)
    repositories = caller.principal.repositories() if caller else None
    if repositories is None:
        return service
    scope = replace(service.instance.scope, repositories=repositories)
    return replace(service, instance=replace(service.instance, scope=scope))


def here(request: Request) -> Service:
    """Give the whole service that a request came to; routes take `ServiceHere`."""
    found = request.app.state.service
    if not isinstance(found, Service):
        raise TypeError("the application was not built by create_app")
    return found


ServiceHere = Annotated[Service, Depends(service_of)]
