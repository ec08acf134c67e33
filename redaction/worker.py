"""A redaction in a process of its own (see `redaction.child`): whatever ends it is a failure, never an output.

Compiled rules of the caller are there at once, for the process is a fork. Without `fork`, or in a process that runs
threads (forking one of those can hang), the redaction runs in the caller's process.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from redaction.child import FRAME_BYTES, Child, Send, WorkerLimits
from redaction.errors import ConfigRefused, EngineFailed

if TYPE_CHECKING:
    from redaction.blob_filter import DroppedBlob
    from redaction.redactor import Redaction
    from redaction.report import Report

_ALIVE, _LINES, _DONE = b"A", b"L", b"D"


class WorkerRedaction:
    """A redaction that runs in another process; to be used like `Redaction`: take `lines()`, then ask."""

    def __init__(self, start: Callable[[], Redaction], limits: WorkerLimits) -> None:
        """Begin: `start` makes the redaction, in the new process. Nothing is waited for: see `begun`."""
        self._account: _Account | None = None
        self._taken = False
        self._child = Child(lambda send: _work(start, send), limits, name="worker")

    def begun(self) -> WorkerRedaction:
        """Wait until the first pass is through, and give this redaction.

        Raises:
            RedactionError: what `start` raised there; EngineFailed: the process ended.
        """
        try:
            kind, _ = self._child.frame()
            if kind != _ALIVE:
                raise EngineFailed("worker", "broke its protocol")  # noqa: TRY301 - the process is ended below
        except BaseException:
            self.end()
            raise
        return self

    def end(self) -> None:
        """End the process; what was not taken is lost."""
        self._child.end()

    def lines(self) -> Iterator[bytes]:
        """Give the redacted lines; the same promises and failures as `Redaction.lines`."""
        if self._taken:
            raise ConfigRefused("lines", "a redaction can be read once")
        self._taken = True
        try:
            while True:
                kind, content = self._child.frame()
                if kind == _DONE:
                    self._account = pickle.loads(content)  # noqa: S301 - of our own fork, through a private pipe
                    return
                yield from (line + b"\n" for line in content.split(b"\n")[:-1])
        finally:
            self.end()

    @property
    def report(self) -> Report:
        """The account of this redaction; refused before the last line was taken."""
        return self._whole().report

    @property
    def blobs(self) -> tuple[DroppedBlob, ...]:
        """Binary data that was taken out, as in `Redaction.blobs`."""
        return self._whole().blobs

    def value(self, token: str) -> str | None:
        """Give the value that a token stands for, as `Redaction.value` does."""
        return self._whole().values.get(token)

    def _whole(self) -> _Account:
        if self._account is None:
            raise ConfigRefused("report", "the lines were not read to their end")
        return self._account


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    report: Report
    blobs: tuple[DroppedBlob, ...] = field(repr=False)
    values: dict[str, str] = field(repr=False)


def _work(start: Callable[[], Redaction], send: Send) -> None:
    redaction = start()
    send(_ALIVE, b"")
    held: list[bytes] = []
    size = 0
    for line in redaction.lines():
        held.append(line)
        size += len(line)
        if size >= FRAME_BYTES:
            send(_LINES, b"".join(held))
            held, size = [], 0
    send(_LINES, b"".join(held))
    send(_DONE, pickle.dumps(_Account(report=redaction.report, blobs=redaction.blobs, values=redaction.values())))
