"""A redaction in a process of its own: a crash, a hang or a full memory of a native engine ends that process only.

The process is a fork of the caller's, so that compiled rules are there at once; lines and the account come back through
a pipe, nothing through a file. It leaves no core dump, may take a bounded amount of memory more than it began with, and
dies with its parent. Whatever ends it before the account came is an EngineFailed: nothing of the session may be used.

It contains faults, it is no sandbox: both sides trust each other. Without `fork`, or in a process that runs threads
(forking one of those can hang), the redaction runs in the caller's process.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from redaction.errors import ConfigRefused, EngineFailed, RedactionError

if TYPE_CHECKING:
    from redaction.blob_filter import DroppedBlob
    from redaction.redactor import Redaction
    from redaction.report import Report

FRAME_BYTES: Final = 1024 * 1024
_HEAD: Final = struct.Struct(">cQ")
_ALIVE, _LINES, _FAILED, _DONE = b"A", b"L", b"F", b"D"
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """Bounds on the process."""

    memory_bytes: int = 2 * 1024 * 1024 * 1024
    """Address space it may take beyond what it began with."""
    silence_s: float = 300.0
    """Longest time without a sign of life; each pass gives one at its end and one with about every megabyte of output."""


def can_fork() -> bool:
    """Say whether this process can be forked without danger."""
    return hasattr(os, "fork") and sys.platform != "darwin" and threading.active_count() == 1


class WorkerRedaction:
    """A redaction that runs in another process; to be used like `Redaction`: take `lines()`, then ask."""

    def __init__(self, start: Callable[[], Redaction], limits: WorkerLimits) -> None:
        """Begin: `start` makes the redaction, in the new process.

        Raises:
            RedactionError: what `start` raised there; EngineFailed: the process ended.
        """
        self._limits = limits
        self._account: _Account | None = None
        self._begun = False
        self._pid, self._pipe = _forked(start, limits)
        try:
            kind, _ = self._frame()
            if kind != _ALIVE:
                raise EngineFailed("worker", "broke its protocol")  # noqa: TRY301 - the process is ended below
        except BaseException:
            self._end()
            raise

    def __del__(self) -> None:
        self._end()

    def lines(self) -> Iterator[bytes]:
        """Give the redacted lines; the same promises and failures as `Redaction.lines`."""
        if self._begun:
            raise ConfigRefused("lines", "a redaction can be read once")
        self._begun = True
        try:
            while True:
                kind, content = self._frame()
                if kind == _DONE:
                    self._account = pickle.loads(content)  # noqa: S301 - of our own fork, through a private pipe
                    return
                yield from (line + b"\n" for line in content.split(b"\n")[:-1])
        finally:
            self._end()

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

    def _frame(self) -> tuple[bytes, bytes]:
        kind, size = _HEAD.unpack(self._read(_HEAD.size))
        content = self._read(size)
        if kind == _FAILED:
            raise pickle.loads(content)  # noqa: S301 - of our own fork, through a private pipe
        return kind, content

    def _read(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            if not select.select([self._pipe], [], [], self._limits.silence_s)[0]:
                raise EngineFailed("worker", "gave no sign of life")
            part = os.read(self._pipe, min(size, FRAME_BYTES))
            if not part:
                raise EngineFailed("worker", self._how_it_ended())
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _how_it_ended(self) -> str:
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        code = os.waitstatus_to_exitcode(status)
        return signal.Signals(-code).name if code < 0 else f"exit {code}"

    def _end(self) -> None:
        pid, pipe = getattr(self, "_pid", 0), getattr(self, "_pipe", -1)
        self._pid, self._pipe = 0, -1
        if pipe >= 0:
            os.close(pipe)
        if pid:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    report: Report
    blobs: tuple[DroppedBlob, ...] = field(repr=False)
    values: dict[str, str] = field(repr=False)


def _forked(start: Callable[[], Redaction], limits: WorkerLimits) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    code = 70
    try:
        os.close(reading)
        _confine(limits)
        _work(start, writing)
        code = 0
    finally:
        # No handler, buffer or finaliser of the parent may run twice, and no traceback may show a text.
        os._exit(code)


def _work(start: Callable[[], Redaction], pipe: int) -> None:
    try:
        redaction = start()
        _send(pipe, _ALIVE, b"")
        held: list[bytes] = []
        size = 0
        for line in redaction.lines():
            held.append(line)
            size += len(line)
            if size >= FRAME_BYTES:
                _send(pipe, _LINES, b"".join(held))
                held, size = [], 0
        _send(pipe, _LINES, b"".join(held))
        account = _Account(report=redaction.report, blobs=redaction.blobs, values=redaction.values())
        _send(pipe, _DONE, pickle.dumps(account))
    except BrokenPipeError:
        return
    except BaseException as err:  # noqa: BLE001 - what the caller would have seen goes there
        _send(pipe, _FAILED, _portable(err))


def _portable(err: BaseException) -> bytes:
    """Give an exception as bytes; one that cannot travel keeps its type's name alone."""
    if isinstance(err, RedactionError) or not isinstance(err, MemoryError | SystemExit | KeyboardInterrupt):
        with contextlib.suppress(Exception):
            content = pickle.dumps(err)
            pickle.loads(content)  # noqa: S301 - what was just written
            return content
    return pickle.dumps(EngineFailed("worker", type(err).__name__))


def _send(pipe: int, kind: bytes, content: bytes) -> None:
    data = memoryview(_HEAD.pack(kind, len(content)) + content)
    while data:
        data = data[os.write(pipe, data) :]


def _confine(limits: WorkerLimits) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - a process that may be short of memory
            begun_with = int(file.read().split()[0]) * resource.getpagesize()
        most = begun_with + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
