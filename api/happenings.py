"""What the service writes about itself: one JSON line per event, with ids, sizes and times only."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

    from attest.clock import Clock

MAX_VALUE_CHARS = 200


def open_log(
    stream: TextIO, clock: Clock, *, told: Callable[[str, Mapping[str, object]], None] = lambda *_: None
) -> FilteringBoundLogger:
    """Give a writer of events to a stream; nothing global is configured. `told` hears the level and each event."""

    def stamp(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        event["at"] = clock.now().isoformat(timespec="milliseconds")
        return event

    def bound(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        # Nothing long or structured is ever meant to be here: what is, is cut or named by its type.
        for key, value in event.items():
            if isinstance(value, str):
                event[key] = value[:MAX_VALUE_CHARS]
            elif not isinstance(value, int | float | bool | None):
                event[key] = type(value).__name__
        return event

    def tell(_logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        told(name, event)
        return event

    found: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[structlog.processors.add_log_level, stamp, bound, tell, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        cache_logger_on_first_use=True,
    )
    return found


def failing(events: FilteringBoundLogger, event: str) -> Callable[[BaseException], None]:
    """Give what tells that work beside the requests failed: of the failure its kind alone."""
    return lambda err: events.error(event, error=type(err).__name__)
