"""The file that a bundle is written to before it has its name, and the journal by which an interrupted creation goes on.

Both lie beside the target, readable by their owner alone. The journal's first line says what is being made; every further
one how far the file is written, and is added when that much of the file is on disk. A line that was cut is not read.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Conflict, InvalidInput
from attest.evidence.bag import MAX_MEMBERS, Written

if TYPE_CHECKING:
    from io import BufferedRandom
    from pathlib import Path

    from attest.evidence.bag import BagWriter

MAX_JOURNAL_BYTES: Final = 256 * 1024 * 1024
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is being made: an interrupted creation is gone on with only where all of it is the same."""

    request: str
    """Digest of all that was asked for, and of what writes it."""
    facts: str
    """`bundle.json`."""
    entries: tuple[int, ...]


class Staged:
    """One bundle in the making; `close` or `discard` ends it."""

    def __init__(self, output: Path) -> None:
        """Take the place beside the target.

        Raises:
            InvalidInput: nothing can be written there, or something stands there that is not ours.
            Conflict: another process is making the same file.
        """
        self._path = output.with_name(f".{output.name}.staged")
        self._journal_path = output.with_name(f".{output.name}.journal")
        self.file = _take(self._path, output)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(self.file.fileno()).st_ino != self._path.stat().st_ino:
                raise BlockingIOError  # it was opened before another process gave it its name
        except OSError as err:
            self.file.close()
            raise Conflict("ledger.conflict", "another process is writing this bundle", where=str(output)) from err
        self._journal = _take(self._journal_path, output)
        self._said = 0

    def resumed(self) -> tuple[Plan, Written] | None:
        """Give what an interrupted creation had planned and written; None where there is none that can be gone on with."""
        self._journal.seek(0)
        lines = self._journal.read(MAX_JOURNAL_BYTES).split(b"\n")[:-1]
        try:
            plan = _plan(json.loads(lines[0]))
            written = _written([json.loads(line) for line in lines[1:]])
        except (ValueError, KeyError, TypeError, IndexError):
            return None
        return None if os.fstat(self.file.fileno()).st_size < written.offset else (plan, written)

    def begin(self, plan: Plan) -> None:
        """Throw away what is there, and say what is going to be made."""
        self.clear()
        self._add({"v": _VERSION, "request": plan.request, "facts": plan.facts, "entries": plan.entries})

    def clear(self) -> None:
        """Throw away what is there."""
        for file in (self.file, self._journal):
            file.seek(0)
            file.truncate(0)

    def go_on(self, written: Written) -> None:
        """Add to the journal that is there; a line that was cut is thrown away."""
        self._journal.seek(0)
        end = self._journal.read(MAX_JOURNAL_BYTES).rfind(b"\n") + 1
        self._journal.truncate(end)
        self._journal.seek(end)
        self._said = len(written.lines)

    def keep(self, bag: BagWriter) -> None:
        """Make durable what is written so far, and say so in the journal."""
        self.file.flush()
        os.fsync(self.file.fileno())
        new = bag.written(self._said)
        self._said += len(new.lines)
        lines = [line.decode() for line in new.lines]
        self._add({"offset": new.offset, "members": new.members, "last": new.last, "lines": lines})

    def name(self, output: Path) -> None:
        """Give the finished file its name."""
        self._path.replace(output)
        self._journal_path.unlink()

    def close(self) -> None:
        """Let go of it; what was kept stays for the next attempt."""
        self._journal.close()
        self.file.close()

    def discard(self) -> None:
        """Take away both files."""
        for path in (self._path, self._journal_path):
            with suppress(OSError):
                path.unlink()

    def _add(self, line: dict[str, object]) -> None:
        self._journal.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())


def _take(path: Path, output: Path) -> BufferedRandom:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError as err:
        raise InvalidInput("input.not-found", "the bundle cannot be written there", where=str(output)) from err
    told = os.fstat(handle)
    if not stat.S_ISREG(told.st_mode) or told.st_nlink != 1 or told.st_uid != os.geteuid() or told.st_mode & 0o077:
        os.close(handle)
        raise InvalidInput("input.not-found", "a file of somebody else is in the way", where=str(path))
    return os.fdopen(handle, "r+b")


def _plan(head: dict[str, object]) -> Plan:
    entries = head["entries"]
    if head["v"] != _VERSION or not isinstance(entries, list):
        raise ValueError("another form of journal")
    return Plan(request=str(head["request"]), facts=str(head["facts"]), entries=tuple(int(one) for one in entries))


def _written(checkpoints: list[dict[str, object]]) -> Written:
    lines: list[bytes] = []
    for one in checkpoints:
        listed = one["lines"]
        if not isinstance(listed, list) or len(lines) + len(listed) > MAX_MEMBERS:
            raise ValueError("the journal is malformed")
        lines += [str(line).encode() for line in listed]
    last = checkpoints[-1]
    offset, members = last["offset"], last["members"]
    if not isinstance(offset, int) or not isinstance(members, int):
        raise TypeError("the journal is malformed")
    return Written(offset=offset, members=members, last=str(last["last"]), lines=tuple(lines))
