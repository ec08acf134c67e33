"""How far log, files, index and witnesses are, what waits and what was judged: looked up when Prometheus asks.

Each part is asked by itself: one that is away is said to be (`whereof_part_up` 0) and leaves its numbers out, so that a
number that is there is a number that was read. Looked up once a second at most, however many ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from attest import __version__
from attest.clock import monotonic_s
from attest.errors import AttestError, CannotVerify
from attest.model.range_verdict import STATES
from attest.store.search_rows import indexed_to
from attest.usecases.judged_since import JudgedSince
from attest.usecases.seen_outside import witnesses_of
from attest.usecases.status import published_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from prometheus_client import Metric

    from api.auditing import SelfAudit
    from api.service import Service
    from api.traces import Traces
    from attest.store.sequencer import Sequencer

LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at beside the service itself."""

    sequencer: Sequencer
    audit: SelfAudit
    traces: Traces


class Gauges(Collector):
    """The state of one service as metrics, beside its counters."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._service: Service | None = None
        self._judged: JudgedSince | None = None
        self._lock = Lock()
        self._page, self._at = b"", float("-inf")

    def watch(self, service: Service) -> None:
        """Take the service to look at, once it is put together."""
        self._service, self._judged = service, JudgedSince(service.instance)
        service.meters.registry.register(self)

    def problems(self) -> tuple[str, ...]:
        """Give what the self-audit found, for log health."""
        return self._watched.audit.problems

    def page(self) -> bytes:
        """Give all metrics in the text format."""
        with self._lock:
            if self._service is not None and monotonic_s() - self._at >= LOOK_S:
                self._page, self._at = generate_latest(self._service.meters.registry), monotonic_s()
            return self._page

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering looks nothing up."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield what is known now, part by part."""
        service = self._service
        if service is None:
            return
        up = GaugeMetricFamily("whereof_part_up", "1: the part could be asked just now.", labels=("part",))
        for name, part in self._parts(service).items():
            try:
                found = list(part())
            except AttestError:
                up.add_metric((name,), 0)
            else:
                up.add_metric((name,), 1)
                yield from found
        yield up
        yield from self._own(service)

    def _parts(self, service: Service) -> dict[str, Callable[[], Iterator[Metric]]]:
        def database() -> Iterator[Metric]:
            head = service.log.head()
            yield _gauge("log_entries", "Entries of the newest signed head.", head.tree_size if head else 0)
            yield _gauge("log_head_timestamp_seconds", "When that head was signed.", head.signed_at if head else 0)
            yield from _outside(service, head.tree_size if head else 0)

        def objects() -> Iterator[Metric]:
            size = published_size(service.instance)
            if size is None:
                raise _AWAY
            yield _gauge("published_entries", "Entries of the published checkpoint.", size)

        def search() -> Iterator[Metric]:
            instance = service.instance
            reached = indexed_to(instance.engine, instance.scope, instance.log.name)
            yield _gauge("search_indexed_entries", "Entries that the search index reaches.", reached)

        return {"database": database, "objects": objects, "search": search, "coverage": self._coverage}

    def _coverage(self) -> Iterator[Metric]:
        judged = CounterMetricFamily(
            "whereof_judged_commits",
            "Commits in coverage statements logged since this process was first asked, by state.",
            labels=("state",),
        )
        counts = self._judged.counts() if self._judged else {}
        for state in STATES:
            judged.add_metric((state,), counts.get(state, 0))
        yield judged

    def _own(self, service: Service) -> Iterator[Metric]:
        waiting = GaugeMetricFamily("whereof_waiting", "Requests that wait, by queue.", labels=("queue",))
        waiting.add_metric(("append",), self._watched.sequencer.waiting)
        waiting.add_metric(("ingest",), service.ingest.waiting)
        waiting.add_metric(("writes",), len(service.waiting))
        waiting.add_metric(("answers",), service.threads.waiting)
        yield waiting
        groups = CounterMetricFamily("whereof_groups", "Groups of entries that this process committed.")
        groups.add_metric((), self._watched.sequencer.groups)
        yield groups
        spool = service.spool.waiting(service.instance.clock.now().timestamp())
        yield _gauge("spool_files", "Files of exports that no recording has taken.", spool.files)
        yield _gauge("spool_bytes", "Bytes in them.", spool.size)
        yield _gauge("spool_oldest_age_seconds", "Time since the one that waits longest was added to.", spool.age_s)
        build = GaugeMetricFamily("whereof_build_info", "1, with the version.", labels=("version",))
        build.add_metric((__version__,), 1)
        yield build
        yield from self._audit()
        traces = self._watched.traces
        if traces.on:
            spans = CounterMetricFamily("whereof_spans", "Spans of traces, by what became of them.", labels=("fate",))
            spans.add_metric(("sent",), traces.sent)
            spans.add_metric(("dropped",), traces.dropped)
            yield spans

    def _audit(self) -> Iterator[Metric]:
        audit = self._watched.audit
        entries = CounterMetricFamily("whereof_audited_entries", "Entries that the self-audit checked.")
        entries.add_metric((), audit.checked)
        yield entries
        yield _gauge(
            "audit_problems", "Problems that the self-audit found since this process began.", len(audit.problems)
        )
        yield _gauge("audit_timestamp_seconds", "When the self-audit last ended a round; 0: not yet.", audit.at)


_AWAY: Final = CannotVerify("store.away")


def _outside(service: Service, size: int) -> Iterator[Metric]:
    witnessed = service.witnessed.size()
    yield _gauge("witnesses_asked", "1: witnesses are asked.", int(witnessed is not None))
    if witnessed is not None:
        yield _gauge("witnessed_entries", "Entries of the newest head that met its quorum.", witnessed)
    others = [one for one in witnesses_of(service.instance, size) if not one.same_operator]
    if others:
        newest = max(one.at for one in others).timestamp()
        yield _gauge("cosigned_timestamp_seconds", "Newest cosignature from outside, by its clock.", newest)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"whereof_{name}", says, value)
