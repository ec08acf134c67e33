"""A copy of an instance from which it can go on, and whether a restored one may.

1. heads     what others hold of the log, first: so a backup is never behind the heads in it
2. database  at one moment, with every entry that was acknowledged by then
3. objects   and whatever else is in the data directory; an object is there before the entry that needs it
4. keys      last and apart, to be kept for a shorter time: erasing destroys keys, and a copy of them undoes it
5. sums      `SHA256SUMS` of both folders, for `sha256sum -c`; without it a backup is not whole

Published files of the log are not copied: they are made from the database again. Objects in a bucket are not either.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import InvalidInput
from attest.ledger.note import decode_vkey
from attest.model.times import rfc3339
from attest.store.dump import dump_database
from attest.store.durable import create_file
from attest.store.log_reader import LogReader
from attest.store.schema import schema_of
from attest.usecases.erasures import replay_erasures

if TYPE_CHECKING:
    from pathlib import Path

    from attest.usecases.instance import Instance

SUMS: Final = "SHA256SUMS"
ABOUT: Final = "backup.json"
_LEFT_OUT: Final = frozenset({"cache", "logs", "keys", "index-keys", "heads"})
"""Folders of the data directory that are made again, or are copied in a step of their own."""
_SECRET: Final = ("keys", "index-keys")
_READ: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What was copied."""

    tree_size: int
    """Entries of the log that the copy has at least."""
    root: str
    schema: str
    at: str
    not_copied: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "at": self.at,
            "not_copied": list(self.not_copied),
            "root": self.root,
            "schema": self.schema,
            "tree_size": self.tree_size,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restored instance is."""

    tree_size: int
    largest_known: int
    """Entries of the largest head that is known to be held by somebody; 0 where none is known."""
    erased_again: int
    """Sessions that an older copy had brought back."""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "erased_again": self.erased_again,
            "largest_known_head": self.largest_known,
            "tree_size": self.tree_size,
        }


def create_backup(instance: Instance, folder: Path, keys: Path) -> Backup:
    """Copy an instance, at work or not, into two folders that do not exist yet; the one of the keys is not in the other.

    Raises:
        InvalidInput: `input.usage`, a folder is there, or one is within the other or within the data directory.
        CannotVerify: `store.not-copied`, the database could not be copied.
    """
    home = instance.settings.home.resolve()
    to, apart = folder.resolve(), keys.resolve()
    for one, other in ((to, apart), (apart, to), (to, home), (apart, home)):
        if one.exists() or one == other or one.is_relative_to(other):
            raise InvalidInput("input.usage", "two new folders, each for itself and outside the data directory")
    for made in (to, apart):
        made.mkdir(mode=0o700, parents=True)
    _copy(home / "heads", to / "heads")
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    about = Backup(
        tree_size=head.tree_size if head else 0,
        root=head.root.hex() if head else "",
        schema=str(schema_of(instance.engine).found),
        at=rfc3339(instance.clock.now()),
        not_copied=(instance.settings.objects_url,) if instance.settings.objects_url else (),
    )
    database = dump_database(instance.engine, to)
    for path in sorted(home.iterdir()):
        if path.name not in _LEFT_OUT and not path.name.startswith(database) and path.suffix != ".lock":
            _copy(path, to / path.name)
    for name in _SECRET:
        _copy(home / name, apart / name)
    create_file(to / ABOUT, canonical_json(about.to_json()) + b"\n", mode=0o600)
    for made in (to, apart):
        create_file(made / SUMS, _sums(made), mode=0o600)
    return about


def check_restored(instance: Instance, heads: tuple[str, ...]) -> Restored:
    """Say whether a restored instance, not opened yet, may go on; `heads` are signed notes that others hold of its log.

    They are kept, so that it signs nothing while it is behind one. What the log says is erased is erased again, objects too.

    Raises:
        Refused: `ledger.rollback` or `ledger.corrupt`: it must not go on.
        NotVerified, CannotVerify: a head is not one of this log.
    """
    key = decode_vkey(instance.services.log.verifier_key)
    for note in heads:
        instance.guard.heads.keep(f"handed-in-{hashlib.sha256(note.encode()).hexdigest()[:16]}", note, key)
    instance.guard.require()
    erased = replay_erasures(instance, whole=True)
    head = LogReader(instance.engine, instance.scope, instance.log.name).head()
    known = instance.guard.heads.all()
    return Restored(
        tree_size=head.tree_size if head else 0, largest_known=known[0].size if known else 0, erased_again=erased
    )


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        # What is removed while it is copied was erased; what is made is of later entries.
        shutil.copytree(source, target, symlinks=True, copy_function=_copy_file)
        target.chmod(0o700)
    elif source.is_file():
        _copy_file(str(source), str(target))


def _copy_file(source: str, target: str) -> str:
    try:
        shutil.copy2(source, target, follow_symlinks=False)
    except FileNotFoundError:
        return source
    return target


def _sums(folder: Path) -> bytes:
    lines = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()):
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while block := stream.read(_READ):
                digest.update(block)
        lines.append(f"{digest.hexdigest()}  {path.relative_to(folder).as_posix()}\n")
    return "".join(lines).encode()
