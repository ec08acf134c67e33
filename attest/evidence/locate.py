"""Where evidence for a commit is looked for, in the order of decision D13, as plain files only.

1. files named by the caller, 2. receipts in the git directory, 3. `refs/whereof/*` of the clone, 4. the bundles
folder of this machine's instance. Files found are hostile input: they are bounded here and judged elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attest.git import Repository

MAX_BUNDLE_BYTES: Final = 8 * 1024 * 1024
MAX_BUNDLES_PER_COMMIT: Final = 1024
SUFFIX: Final = ".sigstore.json"


class Place(Enum):
    """Where a bundle file was found, which says who can have put it there."""

    NAMED = "named"
    LOCAL = "local"
    """A folder that only this machine writes."""
    SHARED = "shared"
    """A ref of the repository: whoever may push can have put anything there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBundle:
    """One bundle file's bytes and where they came from."""

    source: str
    data: bytes
    place: Place

    @property
    def named(self) -> bool:
        """The caller named it: it is judged whoever signed it, and a failing check of it decides the verdict."""
        return self.place is Place.NAMED


def receipts_dir(repository: Repository) -> Path:
    """Give the folder in the git directory where `record` leaves receipts."""
    return repository.common_dir / "whereof"


def read_named(path: Path, *, begins: bytes = b"", most: int = MAX_BUNDLE_BYTES) -> FoundBundle:
    """Read a bundle file that the caller named; a file that begins so may be larger than a bundle.

    Raises:
        InvalidInput: there is no such file, or it is larger than 8 MiB, or than `most` where it begins so.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BUNDLE_BYTES + 1)
            limit = most if begins and data.startswith(begins) else MAX_BUNDLE_BYTES
            data += file.read(limit + 1 - len(data)) if limit >= len(data) else b""
    except OSError as err:
        raise InvalidInput("input.not-found", where=str(path)) from err
    if len(data) > limit:
        raise InvalidInput("input.too-large", "a bundle", expected=f"<= {limit} bytes", where=str(path))
    return FoundBundle(source=str(path), data=data, place=Place.NAMED)


def shared_commits(repository: Repository) -> frozenset[str]:
    """Give the commits for which `refs/whereof/*` of the clone holds anything, asked for once."""
    listed = repository.plumbing(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/whereof/"])
    return frozenset(listed.decode("utf-8", "replace").split())


def find_bundles(
    repository: Repository, oid: str, folders: tuple[Path, ...], shared: frozenset[str] | None = None
) -> tuple[FoundBundle, ...]:
    """Give every bundle kept for a commit, each distinct file once; none is an empty tuple, not an error.

    `folders` hold bundles by commit; `shared` is what `shared_commits` gave, where many commits are asked for (None: the clone
    is asked).

    Raises:
        CannotVerify: more than 1,024 files claim to be about this one commit: nobody can say which matter.
    """
    return find_kept(repository, oid, folders, suffix=SUFFIX, shared=shared)


def find_kept(
    repository: Repository, oid: str, folders: tuple[Path, ...], *, suffix: str, shared: frozenset[str] | None = None
) -> tuple[FoundBundle, ...]:
    """Give every file of one kind that is kept for a commit; as `find_bundles`, which gives those of bundles."""
    seen: dict[bytes, FoundBundle] = {}
    for found in _candidates(repository, oid, (folders, suffix), shared):
        seen.setdefault(found.data, found)
        if len(seen) > MAX_BUNDLES_PER_COMMIT:
            raise CannotVerify(
                "input.too-large", "bundles for one commit", expected=f"<= {MAX_BUNDLES_PER_COMMIT}", where=oid
            )
    return tuple(seen.values())


def _candidates(
    repository: Repository, oid: str, kept: tuple[tuple[Path, ...], str], shared: frozenset[str] | None
) -> Iterator[FoundBundle]:
    folders, suffix = kept
    yield from _folder(receipts_dir(repository) / "bundles" / oid, suffix)
    here = shared is None or oid in shared
    for name, data in repository.ref_files(f"refs/whereof/{oid}", max_bytes=MAX_BUNDLE_BYTES) if here else ():
        if name.endswith(suffix):
            yield FoundBundle(source=f"refs/whereof/{oid}:{name}", data=data, place=Place.SHARED)
    for folder in folders:
        yield from _folder(folder / oid, suffix)


def _folder(folder: Path, suffix: str) -> Iterator[FoundBundle]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.endswith(suffix) and path.is_file() and path.stat().st_size <= MAX_BUNDLE_BYTES:
            yield FoundBundle(source=str(path), data=path.read_bytes(), place=Place.LOCAL)
