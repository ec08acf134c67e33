"""The spool's folder on disk: event files, transcript copies, and what `sync` remembers. Hostile as any input: bounded."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.capture.spool.lines import AgentLine, CommitLine, SpoolLine, SpoolLines, parse_spool
from attest.capture.spool.seal import SEALED, open_file, seal_file
from attest.capture.transcript import MAX_TRANSCRIPT_BYTES
from attest.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_EVENT_BYTES: Final = 64 * 1024 * 1024
"""Event bytes looked at in one run, newest kept; some 300,000 lines."""
KEEP_S: Final = 30 * 24 * 3600
"""A copy is kept this long after its session's last sign, sealed; a late commit may still need it."""
_EVENTS: Final = re.compile(r"events-([0-9]{1,9})\.jsonl")
_PERIOD_BITS: Final = 20
_COPY: Final = re.compile(r"(?P<key>[A-Za-z0-9][A-Za-z0-9._-]{0,240}?)(?P<rest>[~+].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One transcript copy of a session."""

    key: str
    name: str
    """File name without `.sealed`."""
    path: Path
    sealed: bool

    @property
    def side(self) -> bool:
        """Whether it is a side file of a sub-agent."""
        return self.name.startswith(f"{self.key}+")


class SpoolFolder:
    """`<git common dir>/whereof/spool`."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._copies = folder / "copies"
        self._key = key

    def read(self) -> SpoolLines:
        """Read every event, oldest file first. A last line that is still being written is left for the next run."""
        left = MAX_EVENT_BYTES
        files: list[bytes] = []
        for path in reversed(self._event_files()):
            if left <= 0:
                break
            data = _tail(path, left)
            left -= len(data)
            files.append(data[: data.rfind(b"\n") + 1])
        return parse_spool(reversed(files))

    def drop_events_before(self, at: int) -> int:
        """Remove event files whose whole period ended before `at`; gives how many."""
        old = [p for p in self._event_files() if (_period(p) + 1) << _PERIOD_BITS < at]
        for path in old:
            path.unlink()
        return len(old)

    def copies(self) -> tuple[Copy, ...]:
        """List the transcript copies, those that were set aside first, each once; a plain one stands before a sealed."""
        found: dict[str, Copy] = {}
        for path in sorted(self._copies.iterdir()) if self._copies.is_dir() else []:
            sealed = path.name.endswith(SEALED)
            name = path.name.removesuffix(SEALED)
            match = _COPY.fullmatch(name)
            if match is None or path.is_symlink() or not path.is_file():
                continue
            if name not in found or not sealed:
                found[name] = Copy(key=match["key"], name=name, path=path, sealed=sealed)
        # `key~time` was set aside when the agent rewrote its file: it is the older capture.
        return tuple(sorted(found.values(), key=lambda one: (one.key, "~" not in one.name, one.name)))

    def take_newer(self, key: str, transcript: str) -> None:
        """Copy what the agent's own file holds by now, where that is more than the copy has; a missing file is no error."""
        source, target = Path(transcript), self._copies / key
        try:
            size = source.stat().st_size
            if not source.is_file() or not 0 < size <= MAX_TRANSCRIPT_BYTES:
                return
        except OSError:
            return
        if target.exists() and size <= target.stat().st_size:
            return
        sealed = self._copies / f"{key}{SEALED}"
        known = not target.exists() and sealed.exists() and size <= _plain_size(sealed)
        if known and source.stat().st_mtime <= sealed.stat().st_mtime:
            return
        self._copies.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._copies / f".{key}.sync"
        try:
            shutil.copyfile(source, part)
            part.chmod(0o600)
        except OSError:
            part.unlink(missing_ok=True)
            return
        part.replace(target)

    def open(self, copy: Copy) -> Path:
        """Give the plain bytes of a copy as a 0600 file; `close` takes it away again.

        A plain copy is taken for as long as it is open: a hook that comes meanwhile makes a new one, for the next run.

        Raises:
            CannotVerify: a sealed copy does not open.
        """
        taken = self._taken(copy.name)
        if taken.exists():
            return taken
        if not copy.sealed:
            copy.path.replace(taken)
            return taken
        target = self._copies / f".{copy.name}.plain"
        if not target.exists():
            open_file(copy.path, target, self._key, name=copy.name)
        return target

    def lay_out(self, copy: Copy, session: str, sides: tuple[Copy, ...]) -> Path:
        """Give the plain bytes of a copy with the files of its sub-agents beside it, as the agent keeps them.

        Raises:
            CannotVerify: a sealed copy does not open.
        """
        plain = self.open(copy)
        if not sides:
            return plain
        work = self._copies / f".{copy.name}.work"
        shutil.rmtree(work, ignore_errors=True)
        (work / session / "subagents").mkdir(parents=True, mode=0o700)
        os.link(plain, work / f"{session}.jsonl")
        for side in sides:
            os.link(self.open(side), work / session / "subagents" / side.name.partition("+")[2])
        return work / f"{session}.jsonl"

    def sweep(self) -> None:
        """Remove what a run that was cut off left plain, and put back what it had taken; for whoever holds the lock."""
        for path in sorted(self._copies.iterdir()) if self._copies.is_dir() else ():
            if not path.name.startswith("."):
                continue
            if path.suffix == ".taken":
                name = path.name.removeprefix(".").removesuffix(".taken")
                newer = (self._copies / name).exists()
                path.replace(self._copies / (f"{name}~{int(path.stat().st_mtime)}" if newer else name))
            elif path.suffix == ".work":
                shutil.rmtree(path, ignore_errors=True)
            elif path.suffix in {".plain", ".part", ".older", ".sync"}:
                path.unlink(missing_ok=True)

    def close(self, copy: Copy) -> None:
        """Leave the copy sealed, and nothing plain of it but what a hook wrote meanwhile."""
        shutil.rmtree(self._copies / f".{copy.name}.work", ignore_errors=True)
        (self._copies / f".{copy.name}.plain").unlink(missing_ok=True)
        taken = self._taken(copy.name)
        if not taken.exists():
            if copy.sealed or not copy.path.exists():
                return
            copy.path.replace(taken)
        before = taken.stat()
        target = self._copies / f"{copy.name}{SEALED}"
        if target.exists() and _plain_size(target) > before.st_size:
            # The agent rewrote its file after the last run: the longer, older one is kept under a name of its own.
            aside = f"{copy.name}~{int(target.stat().st_mtime)}"
            plain = self._copies / f".{copy.name}.older"
            open_file(target, plain, self._key, name=copy.name)
            plain.replace(self._copies / aside)
        seal_file(taken, target, self._key, prefix=os.urandom(7), name=copy.name)
        os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))
        taken.unlink()

    def _taken(self, name: str) -> Path:
        return self._copies / f".{name}.taken"

    def older(self, copy: Copy, at: int) -> bool:
        """Tell whether a copy was last written before `at`."""
        sealed = self._copies / f"{copy.name}{SEALED}"
        return all(path.stat().st_mtime < at for path in (copy.path, sealed) if path.exists())

    def drop(self, copy: Copy) -> None:
        """Remove a copy whose time is over."""
        copy.path.unlink(missing_ok=True)
        (self._copies / f"{copy.name}{SEALED}").unlink(missing_ok=True)

    def forget_active(self, key: str) -> None:
        """Remove the note that a session's transcript is to be copied at every commit."""
        (self._folder / "active" / key).unlink(missing_ok=True)

    def state(self) -> dict[str, dict[str, object]]:
        """Give what the last run kept, by session key; what does not parse is none: a run then does its work again."""
        try:
            value = json.loads((self._folder / "state.json").read_bytes())
        except (OSError, ValueError):
            return {}
        rows = value.get("sessions") if isinstance(value, dict) else None
        return {k: v for k, v in rows.items() if isinstance(v, dict)} if isinstance(rows, dict) else {}

    def keep_state(self, sessions: dict[str, dict[str, object]]) -> None:
        """Write what the next run needs, whole or not at all."""
        part = self._folder / ".state.part"
        part.write_text(
            json.dumps({"version": 1, "sessions": sessions}, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
        part.chmod(0o600)
        part.replace(self._folder / "state.json")

    def _event_files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return sorted((p for p in self._folder.iterdir() if _EVENTS.fullmatch(p.name) and p.is_file()), key=_period)


def real_folders(lines: Iterable[SpoolLine]) -> Iterator[SpoolLine]:
    """Yield lines with their folders spelled one way: an agent and git may name one folder through different links."""
    known: dict[str, str] = {}
    for line in lines:
        match line:
            case AgentLine():
                yield replace(line, cwd=_real(line.cwd, known))
            case CommitLine():
                yield replace(line, worktree=_real(line.worktree, known))
            case _:
                yield line


def _real(path: str, known: dict[str, str]) -> str:
    if path and path not in known:
        known[path] = os.path.realpath(path)
    return known.get(path, "")


def drop_copies(folder: Path, native_id: str) -> int:
    """Remove every copy of a session from a spool, sealed, plain or half-made; gives how many files went."""
    copies, found = folder / "copies", 0
    for path in sorted(copies.iterdir()) if native_id and copies.is_dir() else ():
        if native_id not in path.name:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        found += 1
    return found


def spool_key_name(tenant: str) -> str:
    """Name the key, in the key ring, that copies are sealed under."""
    return f"spool/{tenant}"


def require_spool(folder: Path) -> None:
    """Check that hooks were put into this clone.

    Raises:
        InvalidInput: `init.missing`.
    """
    if not folder.is_dir():
        raise InvalidInput("init.missing", where=str(folder))


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the lines of a copy, bounded, for looking through."""
    with path.open("rb") as file:
        while block := file.readline(MAX_EVENT_BYTES):
            yield block


def _period(path: Path) -> int:
    match = _EVENTS.fullmatch(path.name)
    return int(match[1]) if match else 0


def _tail(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - count))
        return file.read(count)


def _plain_size(sealed: Path) -> int:
    size = sealed.stat().st_size - 15 - 7
    blocks = -(-size // (1024 * 1024 + 16))
    return size - 16 * blocks
