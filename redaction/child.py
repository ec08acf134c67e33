"""A process of its own for native engines: a crash, a hang or a full memory there ends that process only.

The process is a fork of the caller's; what it gives comes back in frames through a pipe, nothing through a file. It
leaves no core dump, may take a bounded amount of memory more than it began with, and dies with its parent. Whatever
ends it before it was done is an EngineFailed.

It contains faults, it is no sandbox: both sides trust each other.
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
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redaction.errors import EngineFailed, RedactionError
from redaction.process import forbid_core_dumps

FRAME_BYTES: Final = 1024 * 1024
FAILED: Final = b"F"
_HEAD: Final = struct.Struct(">cQ")
_PR_SET_PDEATHSIG: Final = 1
_WRITING: Final = set[int]()
"""Ends of pipes that processes forked from here must not hold: they would keep a dead one looking alive."""

Send = Callable[[bytes, bytes], None]
"""Sends one frame to the caller: a kind of one byte, and what it holds."""


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


class Child:
    """A process that does one piece of work and sends frames; ended with `end`, or when nobody holds it."""

    def __init__(self, work: Callable[[Send], None], limits: WorkerLimits, *, name: str) -> None:
        """Begin. `name` stands for the process in errors."""
        self._limits, self._name = limits, name
        self._pid, self._pipe = _forked(work, limits)

    def __del__(self) -> None:
        self.end()

    def frame(self) -> tuple[bytes, bytes]:
        """Give the next frame.

        Raises:
            RedactionError: what the work raised there; EngineFailed: the process ended or was silent for too long.
        """
        kind, size = _HEAD.unpack(self._read(_HEAD.size))
        content = self._read(size)
        if kind == FAILED:
            raise pickle.loads(content)  # noqa: S301 - of our own fork, through a private pipe
        return kind, content

    def end(self) -> None:
        """End the process, whatever it does."""
        pid, pipe = getattr(self, "_pid", 0), getattr(self, "_pipe", -1)
        self._pid, self._pipe = 0, -1
        if pipe >= 0:
            os.close(pipe)
        if pid:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _read(self, size: int) -> bytes:
        parts: list[bytes] = []
        coming = select.poll()  # not select.select, which takes no descriptor beyond the first 1,024
        coming.register(self._pipe, select.POLLIN)
        while size:
            if not coming.poll(self._limits.silence_s * 1000):
                raise EngineFailed(self._name, "gave no sign of life")
            part = os.read(self._pipe, min(size, FRAME_BYTES))
            if not part:
                raise EngineFailed(self._name, self._how_it_ended())
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _how_it_ended(self) -> str:
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        code = os.waitstatus_to_exitcode(status)
        return signal.Signals(-code).name if code < 0 else f"exit {code}"


def _forked(work: Callable[[Send], None], limits: WorkerLimits) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    code = 70
    try:
        os.close(reading)
        for inherited in _WRITING:
            os.close(inherited)
        _WRITING.clear()
        _WRITING.add(writing)
        _confine(limits)
        _work(work, writing)
        code = 0
    finally:
        # No handler, buffer or finaliser of the parent may run twice, and no traceback may show a text.
        os._exit(code)


def _work(work: Callable[[Send], None], pipe: int) -> None:
    try:
        work(lambda kind, content: _send(pipe, kind, content))
    except BrokenPipeError:
        return
    except BaseException as err:  # noqa: BLE001 - what the caller would have seen goes there
        _send(pipe, FAILED, _portable(err))


def _portable(err: BaseException) -> bytes:
    """Give an exception as bytes; one that cannot travel, or may hold a text in its words, keeps its type's name alone."""
    if isinstance(err, RedactionError | OSError):
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

    forbid_core_dumps()
    with contextlib.suppress(OSError, ValueError):
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - a process that may be short of memory
            begun_with = int(file.read().split()[0]) * resource.getpagesize()
        most = begun_with + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
