"""Speaking with another program: its answer bounded in bytes and in time, whichever side is slow, and its memory."""

from __future__ import annotations

import os
import resource
import selectors
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from attest.clock import monotonic_s

if TYPE_CHECKING:
    import subprocess

KEPT_ERRORS_BYTES: Final = 4096
"""Of a program's error output; the rest is read and let go."""
_BLOCK: Final = 64 * 1024


class TooMuchError(Exception):
    """A program gave more than was asked for."""


def exchange(process: subprocess.Popen[bytes], data: bytes, *, most_bytes: int, until: float) -> tuple[bytes, bytes]:
    """Write `data` and read at once, until all that is read from ends; gives the answer and the begin of the errors.

    The process is left as it is, whatever becomes of it: to be waited for, or ended, by the caller. A program need not
    read what it is given. A pipe that a grandchild keeps open does not outlast the time.

    Args:
        process: pipes that it does not have are passed over.
        data: what it is given.
        most_bytes: of its answer.
        until: a moment of `monotonic_s`.

    Raises:
        TimeoutError: the time is over.
        TooMuchError: the answer is longer; no more of it was read.
    """
    answer, errors, left = bytearray(), bytearray(), memoryview(data)
    given, back = process.stdin, process.stdout
    reads = {pipe.fileno(): kept for pipe, kept in ((back, answer), (process.stderr, errors)) if pipe is not None}
    with selectors.DefaultSelector() as waiting:
        for each in reads:
            waiting.register(each, selectors.EVENT_READ)
        if given is not None:
            os.set_blocking(given.fileno(), False)
            waiting.register(given.fileno(), selectors.EVENT_WRITE)
        while reads:
            rest = until - monotonic_s()
            if rest <= 0:
                raise TimeoutError
            for key, _ in waiting.select(rest):
                if key.fd not in reads:
                    left = left[_written(key.fd, left) :]
                    if not left and given is not None:
                        waiting.unregister(key.fd)
                        given.close()
                elif block := os.read(key.fd, _BLOCK):
                    reads[key.fd] += block
                else:
                    waiting.unregister(key.fd)
                    del reads[key.fd]
            del errors[KEPT_ERRORS_BYTES:]
            if len(answer) > most_bytes:
                raise TooMuchError
    return bytes(answer), bytes(errors)


def bound_memory(process: subprocess.Popen[bytes], most_bytes: int) -> None:
    """Bound the memory of its own that a program may still take, files it maps left out; where the system can, that is Linux."""
    if hasattr(resource, "prlimit"):
        with suppress(OSError):  # it has ended, or the system does not let us
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (most_bytes, most_bytes))


def _written(to: int, left: memoryview) -> int:
    try:
        return os.write(to, left[:_BLOCK])
    except BrokenPipeError:  # it reads no more, and may answer all the same
        return len(left)
