"""The composition root of the service: everything is built here, once, and handed on."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from api.access_config import load_access
from api.auditing import SelfAudit
from api.beside import Beside
from api.border import Border
from api.buckets import Buckets
from api.caller import Who, owner_of
from api.config import ServiceConfig
from api.cursors import Cursors
from api.deliveries import deliveries
from api.failures import handle_failures
from api.gauges import Gauges, Watched
from api.governing import Governing
from api.happenings import failing, open_log
from api.meters import Meters
from api.named import Named
from api.openapi import describe
from api.outbound import Outbound
from api.pages.render import STATIC
from api.rates import Rates
from api.retaining import Retaining
from api.routes import (
    access_log as access_log_routes,
)
from api.routes import (
    attestations,
    batches,
    bulk,
    change_sets,
    commits,
    control_pages,
    coverage_pages,
    device_pages,
    devices,
    engagements,
    entries,
    erasures,
    exemplar_pages,
    exemplars,
    forges,
    fulcio,
    index,
    logs,
    machine_summaries,
    metrics,
    otlp,
    pages,
    people,
    plain_pages,
    population_pages,
    populations,
    proof_pages,
    queue,
    rekor,
    report_pages,
    reports,
    roles,
    search,
    session_page,
    sessions,
    sign_in,
    status,
    stream,
    tiles,
    tokens,
    tsa,
    tuf,
    uploads,
    usage,
    webhooks,
)
from api.service import Service
from api.sign_in import SignIns
from api.threads import Threads
from api.tokens import TokenFiles
from api.traces import Traces
from api.waiting import NoWitness
from api.watching import Watch
from api.witnessing import Witnessing, witnessing_of
from attest import __version__
from attest.signing.embedded.issuer_keys import IssuerKeys, load_issuers
from attest.store.compactor import Compactor
from attest.store.guards import require_append_only
from attest.store.log_reader import LogReader
from attest.store.sequencer import Sequencer
from attest.usecases.access_log import AccessLog
from attest.usecases.checkers import Checkers
from attest.usecases.index_search import catch_up
from attest.usecases.ingest_queue import IngestQueue
from attest.usecases.instance import open_to_serve
from attest.usecases.issue_certificate import Issuers
from attest.usecases.spool_exports import Spool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from structlog.typing import FilteringBoundLogger

    from attest.clock import Clock, Entropy
    from attest.settings import Settings
    from attest.usecases.instance import Instance


INDEX_LOOK_S: Final = 1.0
"""Between two looks of the search index at the log."""
_ROUTES: Final = (
    sessions,
    machine_summaries,
    otlp,
    attestations,
    batches,
    commits,
    bulk,
    reports,
    populations,
    search,
    entries,
    stream,
    webhooks,
    uploads,
    usage,
    index,
    logs,
    tiles,
    fulcio,
    rekor,
    tsa,
    tuf,
    status,
    metrics,
    access_log_routes,
    people,
    sign_in,
    tokens,
    devices,
    device_pages,
    roles,
    engagements,
    pages,
    proof_pages,
    control_pages,
    coverage_pages,
    population_pages,
    report_pages,
    plain_pages,
    session_page,
    queue,
    change_sets,
    erasures,
    exemplars,
    exemplar_pages,
    forges,
)


def create_app(
    settings: Settings,
    *,
    clock: Clock,
    entropy: Entropy,
    config: ServiceConfig | None = None,
    stream: TextIO | None = None,
) -> FastAPI:
    """Build the service over one data directory; `stream` takes the log lines (None: standard error).

    Raises:
        Refused: the instance will not go on, see `open_to_serve`.
        CannotVerify: `identity.issuers`, the file of issuers does not parse.
    """
    limits = config or ServiceConfig()
    opened, read_only = open_to_serve(settings, clock=clock, entropy=entropy)
    require_append_only(opened.engine)
    traces, meters = Traces(settings.otlp_endpoint, clock, entropy), Meters()
    sequencer = Sequencer(traces.around(opened.append))
    instance = replace(opened, append=sequencer.append)
    checkers = Checkers(limits.checkers)
    queue = IngestQueue(instance, check=checkers)
    events = _events(stream or sys.stderr, clock, (meters, traces))
    if read_only is not None:
        events.error("read-only", code=read_only.code, expected=read_only.expected, got=read_only.got)
    witnessing = _witnessing(instance, events, meters)
    audit = SelfAudit(instance, events)
    keys_of = IssuerKeys(settings.home)
    who, named, access_log = _access(instance, keys_of)
    service = Service(
        instance=instance,
        config=limits,
        sign_ins=who.sign_ins,
        tokens=who.tokens,
        who=who,
        named=named,
        access_log=access_log,
        cursors=Cursors(instance.tenant_secret(), instance.scope.tenant),
        log=LogReader(instance.engine, instance.scope, instance.log.name),
        ingest=queue,
        check=checkers,
        witnessed=NoWitness() if witnessing is None else witnessing,
        events=events,
        threads=Threads(limits.threads, limits.readers),
        writers=asyncio.Semaphore(limits.writers),
        spool=Spool(settings.home),
        issuers=Issuers(configured=load_issuers(settings.home), keys_of=keys_of),
        rates=Rates(limits.sigstore_per_s, limits.sigstore_burst),
        buckets=Buckets(limits),
        outbound=Outbound(limits.webhook_networks),
        watch=Watch(LogReader(instance.engine, instance.scope, instance.log.name)),
        meters=meters,
        gauges=Gauges(Watched(sequencer, audit, traces)),
    )
    service.gauges.watch(service)
    beside = (_compactor(service), deliveries(service), _indexer(service), Retaining(instance, events))
    writing = (Governing(service), *beside, *((witnessing,) if witnessing else ()))
    working = (*(() if read_only is not None else writing), access_log, audit)
    ending = (*working, queue, checkers, sequencer, traces)
    return _reached(service, _lifespan(service, (traces, *working), ending))


def _reached(service: Service, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> FastAPI:
    """Put routes and border around a service."""
    app = _application(lifespan)
    app.state.service = service
    _answer(app)
    app.add_middleware(Border, service=service)
    return app


def _events(stream: TextIO, clock: Clock, hearing: tuple[Meters, Traces]) -> FilteringBoundLogger:
    meters, traces = hearing

    def told(level: str, event: Mapping[str, object]) -> None:
        meters.happened(level, event)
        traces.happened(level, event)

    events = open_log(stream, clock, told=told)
    traces.on_failure = failing(events, "traces-failed")
    return events


def _witnessing(instance: Instance, events: FilteringBoundLogger, meters: Meters) -> Witnessing | None:
    return witnessing_of(
        instance,
        on_failure=lambda err: events.error("witnesses-failed", code=err.code),
        on_witnessed=meters.witnessed,
    )


def _indexer(service: Service) -> Beside:
    return Beside(
        "search-index",
        lambda stop: catch_up(service.instance, stop=stop),
        every_s=INDEX_LOOK_S,
        on_failure=failing(service.events, "search-index-failed"),
        at_once=True,
    )


def _compactor(service: Service) -> Compactor:
    instance = service.instance
    return Compactor(
        instance.engine,
        instance.scope,
        instance.log,
        on_failure=failing(service.events, "compaction-failed"),
    )


def _access(instance: Instance, keys_of: IssuerKeys) -> tuple[Who, Named | None, AccessLog]:
    """Give who is found behind a request; with `access.json` people and pipelines by name; and the log of their reading."""
    home = instance.settings.home
    sign_ins, tokens = SignIns(instance.clock, instance.entropy), TokenFiles(home, instance.scope.tenant)
    access = load_access(home)
    if access is None:
        return Who(sign_ins=sign_ins, tokens=tokens, owner=owner_of(instance.scope)), None, AccessLog(instance)
    named = Named(instance, access, keys_of)
    return Who(sign_ins=sign_ins, tokens=tokens, owner=None, named=named), named, AccessLog(instance)


def _application(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> FastAPI:
    return FastAPI(
        title="Whereof",
        version=__version__,
        summary="How commits came about: attestations of AI coding sessions, and the log that they are in.",
        lifespan=lifespan,
        # The viewers that FastAPI brings load scripts from elsewhere; the document itself is enough.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # It would look at the environment at every request, and nothing is sent from here.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )


def _answer(app: FastAPI) -> None:
    for module in _ROUTES:
        # An included router would be asked twice at every request; its routes need nothing of it.
        app.router.routes.extend(module.router.routes)
    app.router.routes.extend(fulcio.at_root.routes)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    handle_failures(app)
    describe(app)


class _Works(Protocol):
    """Something at work beside the requests."""

    def start(self) -> object: ...

    def close(self) -> object: ...


class _Ends(Protocol):
    """Something to be ended with the service."""

    def close(self) -> object: ...


def _lifespan(
    service: Service, working: Sequence[_Works], ending: Sequence[_Ends]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.threads.begin()
        for one in working:
            one.start()
        yield
        for each in ending:
            each.close()
        service.instance.engine.dispose()

    return lifespan
