"""What the service counts while it works, for Prometheus: few numbers, with labels from closed lists, about nobody.

Requests, their time and the failures of background work are counted from the events that the service writes anyway
(`happened`), so nothing is counted that the log does not say. No label holds text of a request: routes become one of
`KINDS`, failures their catalogue code, and what is in no list becomes `other`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from attest.catalogue import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Final = ("ingest", "api", "page", "log", "sigstore", "probe", "none")
"""`none`: no route matched."""
TASKS: Final = frozenset(
    {
        "batch-failed",
        "compaction-failed",
        "read-only",
        "request-failed",
        "retention-failed",
        "search-index-failed",
        "self-audit-failed",
        "self-audit-found",
        "traces-failed",
        "webhooks-failed",
        "witnesses-failed",
    }
)
"""Events of level error that are counted by name."""
OTHER: Final = "other"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_WITNESS_SECONDS: Final = (1, 5, 10, 20, 30, 60, 120, 300, 900, 3600)
_PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_INGEST: Final = frozenset({"/v1/sessions", "/v1/attestations", "/v1/attestations:batch", "/v1/traces", "/v1/logs"})


class Meters:
    """Counters of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = self._counter("requests", "Requests answered, by kind of route and status.", "kind", "status")
        self._seconds = Histogram(
            "whereof_request_seconds",
            "Time from the first byte of a request to the last of its answer, by kind of route.",
            ("kind",),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._failures = self._counter("failures", "Requests and batch lines that failed, by error code.", "code")
        self._tasks = self._counter("task_failures", "Background work that failed, by its event.", "task")
        self._batches = self._counter("batches", "Batches of bundles answered to their last line.")
        self._lines = self._counter("batch_lines", "Lines of those batches.")
        self._witnessed = Histogram(
            "whereof_time_to_witness_seconds",
            "Time from the signing of a head to its quorum of witnesses, for heads that got one since this process began.",
            registry=self.registry,
            buckets=_WITNESS_SECONDS,
        )
        for kind in KINDS:
            self._seconds.labels(kind)

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"whereof_{name}", says, labels, registry=self.registry)

    def happened(self, level: str, event: Mapping[str, object]) -> None:
        """Count one event of the service; those that are not counted are let by."""
        name = event.get("event")
        if name == "request":
            self._request(event)
        elif name == "attestations" and isinstance(event.get("lines"), int):
            self._batches.inc()
            self._lines.inc(_number(event["lines"]))
        if level == "error":
            self._tasks.labels(name if name in TASKS else OTHER).inc()

    def failed(self, code: str) -> None:
        """Count one failure by its catalogue code."""
        self._failures.labels(code if code in CATALOGUE else OTHER).inc()

    def witnessed(self, seconds: float) -> None:
        """Count one head that met its quorum so many seconds after it was signed."""
        self._witnessed.observe(max(0.0, seconds))

    def _request(self, event: Mapping[str, object]) -> None:
        kind, status = kind_of(str(event.get("method", "")), str(event.get("route", ""))), _number(event.get("status"))
        self._requests.labels(kind, str(int(status)) if 100 <= status < 600 else OTHER).inc()
        self._seconds.labels(kind).observe(_number(event.get("ms")) / 1000)
        code = event.get("code")
        if isinstance(code, str):
            self.failed(code)


def kind_of(method: str, route: str) -> str:
    """Give which of `KINDS` a route's template is of."""
    if route in _PROBES:
        return "probe"
    if method == "POST" and route in _INGEST:
        return "ingest"
    if route.startswith("/v1/"):
        return "api"
    if "/api/v" in route or "/tuf/" in route:
        return "sigstore"
    if route.startswith("/logs/"):
        return "log"
    return "page" if route.startswith("/") else "none"


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
