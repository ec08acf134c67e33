"""The program that writes machine summaries: off unless an operator names one, and run as a process of its own.

`$WHEREOF_HOME/summarizer.json` names it:

    {"name": "…", "command": ["/path/of/a/program", "argument", …], "timeout_s": 120, "memory_mib": 2048, "environment": ["NAME"]}

`name` and `command` are needed. There is no shell; the program stands by its whole path. It begins in an empty folder, with
`PATH`, `LANG` and the variables that are named, and with its address space, its time and its answer bounded. What it opens,
and whom it sends the words to, nobody here keeps it from: it runs as the user who runs `whereof`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.clock import monotonic_s
from attest.errors import CannotVerify, InvalidInput
from attest.model.machine_summary import MAX_ANSWER_BYTES, NAME
from attest.processes import TooMuchError, exchange
from attest.usecases.home_file import home_json, is_there

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_NAME: Final = "summarizer.json"
MAX_FILE_BYTES: Final = 64 * 1024
MAX_ARGUMENTS: Final = 64
MAX_TIMEOUT_S: Final = 900
MAX_MEMORY_MIB: Final = 65_536
_NEEDED: Final = frozenset({"name", "command"})
_MEMBERS: Final = _NEEDED | {"timeout_s", "memory_mib", "environment"}
_GIVEN: Final = ("PATH", "LANG")
_LIMITED: Final = (
    "import os, resource, sys; n = int(sys.argv[1]); "
    "resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); resource.setrlimit(resource.RLIMIT_AS, (n, n)); "
    "os.execv(sys.argv[2], sys.argv[2:])"
)
"""Sets the limits in the new process and becomes the program: code between fork and exec is not for a process with threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summarizer:
    """A program that was named."""

    name: str
    command: tuple[str, ...]
    timeout_s: int = 120
    memory_mib: int = 2048
    """Of address space, which is more than what is used."""
    environment: tuple[str, ...] = ()
    """Names of the variables that it is given."""


def read_summarizer(home: Path) -> Summarizer | None:
    """Give the program that is named; None where there is no such file, and no summary is made.

    Raises:
        InvalidInput: `input.malformed`: the file cannot be read as such; it is never ignored.
    """
    path = home / FILE_NAME
    if not is_there(path):
        return None
    try:
        value = home_json(path, MAX_FILE_BYTES)
        if not isinstance(value, dict) or not _NEEDED <= value.keys() <= _MEMBERS:
            raise ValueError  # noqa: TRY301 - one answer for every way to be wrong
        lists = {name: value[name] for name in ("command", "environment") if name in value}
        if not all(isinstance(one, list) for one in lists.values()):
            raise ValueError  # noqa: TRY301
        found = Summarizer(**{**value, **{name: tuple(one) for name, one in lists.items()}})
        if not _is_right(found):
            raise ValueError  # noqa: TRY301
    except (ValueError, TypeError) as err:
        raise InvalidInput(
            "input.malformed", "the summarizer", expected="name, command, limits: see the page of it", where=str(path)
        ) from err
    return found


def run_summarizer(summarizer: Summarizer, data: bytes, environment: Mapping[str, str]) -> bytes:
    """Give what the program answers to `data`; of its error output nothing is read.

    Raises:
        CannotVerify: `summary.failed`: it could not be started, took too long, answered too much, or ended with an error.
    """
    given = {name: environment[name] for name in (*_GIVEN, *summarizer.environment) if name in environment}
    limits = (sys.executable, "-I", "-S", "-c", _LIMITED, str(summarizer.memory_mib << 20))
    with tempfile.TemporaryDirectory(prefix="whereof-summary-") as folder:
        process = subprocess.Popen(
            [*limits, *summarizer.command],
            cwd=folder,
            env=given,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return _answer(process, data, monotonic_s() + summarizer.timeout_s)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _answer(process: subprocess.Popen[bytes], data: bytes, until: float) -> bytes:
    try:
        answer, _ = exchange(process, data, most_bytes=MAX_ANSWER_BYTES, until=until)
    except TimeoutError as err:
        raise _failed("an answer in time", "none") from err
    except TooMuchError as err:
        raise _failed(f"at most {MAX_ANSWER_BYTES:,} bytes", "more") from err
    try:
        code = process.wait(max(until - monotonic_s(), 0))
    except subprocess.TimeoutExpired as err:
        raise _failed("an end in time", "none") from err
    if code:
        raise _failed("exit code 0", str(code))
    return answer


def _is_right(found: Summarizer) -> bool:
    texts: tuple[object, ...] = (found.name, *found.command, *found.environment)
    if not all(isinstance(one, str) and b"\0" not in os.fsencode(one) for one in texts):
        return False
    numbers = ((found.timeout_s, MAX_TIMEOUT_S), (found.memory_mib, MAX_MEMORY_MIB))
    return (
        NAME.fullmatch(found.name) is not None
        and 1 <= len(found.command) <= MAX_ARGUMENTS
        and found.command[0].startswith("/")
        and len(found.environment) <= MAX_ARGUMENTS
        and all(type(one) is int and 1 <= one <= most for one, most in numbers)
    )


def _failed(expected: str, got: str) -> CannotVerify:
    return CannotVerify("summary.failed", "the program", expected=expected, got=got)
