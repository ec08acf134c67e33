"""Take in the evidence that an instance left under `refs/whereof/*` of a clone, with its proofs.

Each bundle is verified, scanned and logged as one that came over HTTP: it is kept byte for byte, and our own leaf over the
same envelope stands beside it. The trust root of who signed must be pinned here before: the one in the clone is not used.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, InvalidInput
from attest.evidence.locate import MAX_BUNDLE_BYTES, MAX_BUNDLES_PER_COMMIT, SUFFIX, shared_commits
from attest.usecases.export_git import REF
from attest.usecases.ingest import ingest_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.git import Repository
    from attest.usecases.instance import Instance

MAX_BUNDLES: Final = 100_000
_TOGETHER: Final = 64
"""Bundles that are held and logged at once: as many of the largest are 512 MiB."""
_OID: Final = re.compile(r"([0-9a-f]{40}(?:[0-9a-f]{24})?)", re.ASCII)


@dataclass(slots=True)
class ImportedFromGit:
    """What became of the bundles."""

    logged: list[str] = field(default_factory=list)
    """`att_…` of those that are new here."""
    known: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    """How many were refused, by catalogue code."""


def import_git(instance: Instance, repository: Repository, on_progress: Callable[[int, int], None]) -> ImportedFromGit:
    """Log every bundle under `refs/whereof/*`; again is harmless. One that is refused keeps no other out.

    Raises:
        InvalidInput: there are too many.
        CannotVerify: `trust.unreadable`: nothing can be judged.
    """
    found = [match[1] for name in sorted(shared_commits(repository)) if (match := _OID.fullmatch(name))]
    told, done = ImportedFromGit(), 0
    batch: list[bytes] = []
    seen: set[str] = set()
    for number, oid in enumerate(found):
        on_progress(number, len(found))
        for digest, raw in _bundles(repository, oid):
            if digest in seen:
                continue  # about several commits
            seen.add(digest)
            done += 1
            if done > MAX_BUNDLES:
                raise InvalidInput("input.too-large", "bundles under refs/whereof", expected=f"<= {MAX_BUNDLES}")
            batch.append(raw)
            if len(batch) == _TOGETHER:
                _log(instance, batch, told)
                batch.clear()
    _log(instance, batch, told)
    return told


def _bundles(repository: Repository, oid: str) -> Iterator[tuple[str, bytes]]:
    count = 0
    for name, raw in repository.ref_files(REF + oid, max_bytes=MAX_BUNDLE_BYTES):
        if name.endswith(SUFFIX):
            count += 1
            if count > MAX_BUNDLES_PER_COMMIT:
                raise InvalidInput("input.too-large", "bundles for one commit", where=oid)
            yield hashlib.sha256(raw).hexdigest(), raw


def _log(instance: Instance, batch: list[bytes], told: ImportedFromGit) -> None:
    for outcome in ingest_all(tuple(batch), instance) if batch else ():
        if isinstance(outcome, AttestError):
            told.failed[outcome.code] += 1
        elif outcome.created:
            told.logged.append(outcome.receipt.attestation)
        else:
            told.known += 1
