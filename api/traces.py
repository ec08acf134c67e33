"""Traces for a collector of the operator's own, as OTLP over HTTP in JSON: off unless an address is set.

A span of each request and of each group of the log, made from what the log lines say: no words of a request or transcript,
no address, nobody's name. A request whose caller names a trace is a span of that one, otherwise of one of its own. Spans wait
in a bounded queue and are sent from a thread of its own; what finds no place there, or no collector, is dropped and counted.
Nothing waits for a collector, and nothing is sent twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Final

from api.beside import Beside
from api.outbound import Outbound
from api.trace_context import CALLER
from attest import __version__
from attest.clock import monotonic_s
from attest.errors import AttestError, CannotVerify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from api.trace_context import Parent
    from attest.clock import Clock, Entropy
    from attest.model.ports import LogReceipt
    from attest.store.log_store import Append, Submission

MAX_WAITING: Final = 4096
"""Spans in the queue."""
MAX_SENT: Final = 512
"""Spans in one request to the collector."""
EVERY_S: Final = 2.0
"""Between two requests to it."""
PATH: Final = "/v1/traces"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ANYWHERE: Final = ("0.0.0.0/0", "::/0")
"""The operator named the address: it may be on this machine or in a private network, and without TLS."""
_INTERNAL, _SERVER, _FAILED = 1, 2, 2
_NS: Final = 1_000_000_000
_OK: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that took time."""

    name: str
    kind: int
    ended: datetime
    seconds: float
    facts: Mapping[str, str | int]
    failed: bool
    within: Parent | None = None
    """The caller's span."""


class Traces:
    """Sends spans to one collector until it is closed; without an address it takes none."""

    def __init__(self, endpoint: str | None, clock: Clock, entropy: Entropy) -> None:
        """Take the collector's base address, as exporters of OpenTelemetry do.

        Raises:
            InvalidInput: `service.target`, it is no address.
        """
        self._url = None if endpoint is None else endpoint.rstrip("/").removesuffix(PATH) + PATH
        self._post = Outbound(ANYWHERE)
        if self._url is not None:
            self._post.require(self._url)
        self._clock = clock
        self._entropy = entropy
        self._queue: Queue[Span] = Queue(MAX_WAITING)
        self._beside = Beside(
            "traces",
            lambda _stop: self._send_all(),
            every_s=EVERY_S,
            on_failure=self._failed,
            at_end=True,
        )
        self.on_failure: Callable[[BaseException], None] = lambda _: None
        self.sent = 0
        self.dropped = 0

    @property
    def on(self) -> bool:
        """Whether spans are taken."""
        return self._url is not None

    def start(self) -> None:
        """Begin to send."""
        if self.on:
            self._beside.start()

    def close(self) -> None:
        """Send what waits, once, and end."""
        self._beside.close()

    def happened(self, _level: str, event: Mapping[str, object]) -> None:
        """Make a span of an event that is a request; others are let by."""
        if not self.on or event.get("event") != "request":
            return
        method, route, status, ms = (event.get(name) for name in ("method", "route", "status", "ms"))
        method = method if method in METHODS else "_OTHER"
        number = status if isinstance(status, int) else 0
        facts: dict[str, str | int] = {"http.request.method": str(method), "http.route": str(route)}
        facts |= {"http.response.status_code": number, "whereof.request": str(event.get("request"))}
        if isinstance(code := event.get("code"), str):
            facts["whereof.code"] = code
        self._add(
            Span(
                name=f"{method} {route}",
                kind=_SERVER,
                ended=self._clock.now(),
                seconds=float(ms) / 1000 if isinstance(ms, int | float) else 0.0,
                facts=facts,
                failed=number >= 500,
                within=CALLER.get(),
            )
        )

    def around(self, append: Append) -> Append:
        """Give the same append, of whose every group there is a span; itself where no spans are taken."""
        return partial(self._group, append) if self.on else append

    def _group(
        self, append: Append, submissions: Sequence[Submission], *, on_step: Callable[[str], None] = lambda _: None
    ) -> tuple[LogReceipt, ...]:
        began, failed = monotonic_s(), True
        try:
            receipts = append(submissions, on_step=on_step)
            failed = False
        finally:
            facts = {"whereof.entries": len(submissions)}
            took = monotonic_s() - began
            ended = self._clock.now()
            self._add(Span(name="log group", kind=_INTERNAL, ended=ended, seconds=took, facts=facts, failed=failed))
        return receipts

    def _add(self, span: Span) -> None:
        try:
            self._queue.put_nowait(span)
        except Full:
            self.dropped += 1

    def _failed(self, err: BaseException) -> None:
        # Who is told is known only after this thread was made.
        self.on_failure(err)

    def _send_all(self) -> None:
        # What comes in meanwhile waits for the next time: an end must be reached.
        for _ in range(MAX_WAITING // MAX_SENT):
            spans = self._taken()
            if not spans or not self._sent(spans):
                return

    def _taken(self) -> list[Span]:
        spans: list[Span] = []
        while len(spans) < MAX_SENT:
            try:
                spans.append(self._queue.get_nowait())
            except Empty:
                break
        return spans

    def _sent(self, spans: list[Span]) -> bool:
        body = json.dumps(export_of([self._told(one) for one in spans]), separators=(",", ":")).encode()
        try:
            status = self._post(str(self._url), body, {"Content-Type": "application/json"})
            if status >= _OK:
                raise CannotVerify("service.away", "the collector refused", got=str(status))
        except (AttestError, ValueError) as err:
            self.dropped += len(spans)
            self.on_failure(err)
            return False
        self.sent += len(spans)
        return True

    def _told(self, span: Span) -> dict[str, object]:
        ended = _nanoseconds(span.ended)
        within = span.within
        return {
            "traceId": within.trace if within else self._entropy.bytes(16).hex(),
            **({"parentSpanId": within.span} if within else {}),
            "spanId": self._entropy.bytes(8).hex(),
            "name": span.name,
            "kind": span.kind,
            "startTimeUnixNano": str(ended - int(span.seconds * _NS)),
            "endTimeUnixNano": str(ended),
            "attributes": [_attribute(name, value) for name, value in span.facts.items()],
            "status": {"code": _FAILED} if span.failed else {},
        }


def export_of(spans: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Give the body of one export: `ExportTraceServiceRequest` in JSON."""
    about = [_attribute("service.name", "whereof"), _attribute("service.version", __version__)]
    scope = {"scope": {"name": "whereof"}, "spans": list(spans)}
    return {"resourceSpans": [{"resource": {"attributes": about}, "scopeSpans": [scope]}]}


def _attribute(name: str, value: str | int) -> dict[str, object]:
    # 64-bit numbers are strings in OTLP's JSON.
    return {"key": name, "value": {"stringValue": value} if isinstance(value, str) else {"intValue": str(value)}}


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * _NS + moment.microsecond * 1000
