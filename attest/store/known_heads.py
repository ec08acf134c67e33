"""Heads of this log that others hold, kept outside the database, so that a restored one cannot forget them.

Each is a note that the log itself signed: the newest that witnesses cosigned, that was anchored, and those that somebody
handed in. A witness that names a larger size than any head here, with no note, is kept as a claim: it stops the log
too, because the one time it matters is when everything here was put back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, NotVerified, Refused
from attest.ledger.checkpoint import Checkpoint, open_c2sp_note, parse_checkpoint
from attest.ledger.note import MAX_NOTE_BYTES, NoteKey, parse_note
from attest.store.durable import STAGED_PREFIX, make_folder, replace_file

if TYPE_CHECKING:
    from pathlib import Path

CLOSED: Final = "closed"
"""File that says the log has ended."""
_CLAIM: Final = re.compile(r"claim (0|[1-9][0-9]{0,18})\n", re.ASCII)
_SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHead:
    """A head that somebody holds, or claims to have seen."""

    source: str
    """`witnessed`, `anchored`, `handed-in-…`, `claim-…`."""
    size: int
    root: bytes | None
    """None for a claim: whoever made it signed nothing."""


class KnownHeads:
    """The folder of one log's known heads."""

    def __init__(self, directory: Path, origin: str) -> None:
        self.directory = directory
        self._origin = origin
        self._read_at: int | None = None
        self._heads: tuple[KnownHead, ...] = ()
        self.closed = False
        """The log has ended; known after `all`."""

    def keep(self, source: str, note: str, key: NoteKey) -> KnownHead:
        """Keep a note of this log under a name, unless a larger one is there.

        Raises:
            NotVerified, CannotVerify: the log's key did not sign it.
        """
        head, _ = open_c2sp_note(note, key)
        before = self._one(source)
        if before is None or before.size <= head.size:
            self._write(source, note)
        return KnownHead(source=source, size=head.size, root=head.root)

    def keep_claim(self, witness: str, size: int) -> None:
        """Keep what a witness says that it has cosigned."""
        name = "claim-" + re.sub(r"[^a-z0-9.-]+", "-", witness.lower()).strip("-.")[:80]
        self._write(name, f"claim {size}\n")

    def close(self, successor: str) -> None:
        """Remember that the log has ended, and in whom."""
        self._write(CLOSED, successor + "\n")

    def all(self) -> tuple[KnownHead, ...]:
        """Give every known head, the largest first.

        Raises:
            Refused: `ledger.corrupt`, a file here is no head of this log.
        """
        try:
            changed = self.directory.stat().st_mtime_ns
        except FileNotFoundError:
            return ()
        if changed != self._read_at:
            names = sorted(p.name for p in self.directory.iterdir() if not p.name.startswith(STAGED_PREFIX))
            self.closed = CLOSED in names
            found = [self._one(name) for name in names if name != CLOSED]
            self._heads = tuple(sorted((head for head in found if head), key=lambda head: -head.size))
            self._read_at = changed
        return self._heads

    def _one(self, source: str) -> KnownHead | None:
        path = self.directory / source
        try:
            text = path.read_bytes()[: MAX_NOTE_BYTES + 1].decode()
            claim = _CLAIM.fullmatch(text)
            if claim:
                return KnownHead(source=source, size=int(claim[1]), root=None)
            head = self._parsed(text)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError, AttestError) as err:
            raise Refused("ledger.corrupt", "a head that was kept cannot be read", where=str(path)) from err
        return KnownHead(source=source, size=head.size, root=head.root)

    def _parsed(self, text: str) -> Checkpoint:
        # The signature was verified when it was kept: whoever can write here can stop the log in simpler ways.
        head = parse_checkpoint(parse_note(text).text)
        if head.origin != self._origin:
            raise NotVerified("evidence.checkpoint", "the head is of another log", expected=self._origin)
        return head

    def _write(self, source: str, text: str) -> None:
        if not _SOURCE.fullmatch(source):
            raise ValueError(source)
        make_folder(self.directory, mode=0o700)
        replace_file(self.directory / source, text.encode())
        self._read_at = None
