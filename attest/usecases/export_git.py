"""Evidence as files and notes in a clone: whoever fetches them can check without the server that logged them.

1. refs/whereof/<oid>    the exact Sigstore bundle of each statement about a commit, with its receipt
2. refs/whereof/trust    trusted root, trust config and verifier key of each log, to be compared over another channel before use
3. refs/notes/whereof    a note on each commit that names its statements, for people

No text of a session leaves the instance this way. Nothing is pushed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.evidence.locate import MAX_BUNDLES_PER_COMMIT, SUFFIX
from attest.store import attestations
from attest.usecases.git_refs import keep_files
from attest.usecases.receipts import bundle_of, receipt_of
from attest.usecases.verify_range import range_commits, range_ends

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.git import Repository
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

REF: Final = "refs/whereof/"
TRUST_REF: Final = "refs/whereof/trust"
NOTES_REF: Final = "refs/notes/whereof"
RECEIPT_SUFFIX: Final = ".receipt.json"
MAX_COMMITS: Final = 50_000
_EMBEDDED: Final = "https://embedded.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedToGit:
    """What stands in the clone now."""

    commits: tuple[str, ...]
    """Those about which there is a statement."""
    statements: int
    written: int
    """Refs that changed."""


def export_git(
    instance: Instance, repository: Repository, revision: str | None, on_progress: Callable[[int, int], None]
) -> ExportedToGit:
    """Write the evidence for a commit, a range, or (None) every commit of the clone that the log knows; again is harmless.

    Raises:
        InvalidInput: the revision is none, or there are too many commits, or too many statements about one.
        CannotVerify: `git.failed`.
    """
    oids = _asked(instance, repository, revision)
    commits, statements, written = [], 0, 0
    notes: dict[str, bytes] = {}
    newest = 0
    for number, oid in enumerate(oids):
        on_progress(number, len(oids))
        listing = attestations.about(instance.engine, instance.scope, "git-commit", oid)
        if listing.more or len(listing.rows) > MAX_BUNDLES_PER_COMMIT:
            raise InvalidInput("input.too-large", "statements about one commit", where=oid)
        if not listing.rows:
            continue
        files = {name: data for stored in listing.rows for name, data in _files(instance, stored).items()}
        at = max(stored.recorded_at for stored in listing.rows)
        newest = max(newest, at)
        written += keep_files(repository, REF + oid, files, message=f"Evidence for {oid}", at=at)
        notes[oid] = _note(listing.rows)
        commits.append(oid)
        statements += len(listing.rows)
    if commits:
        written += keep_files(repository, TRUST_REF, _trust(instance), message="Trust root of the log", at=newest)
        written += keep_files(repository, NOTES_REF, notes, message="Statements about commits", at=newest)
    return ExportedToGit(commits=tuple(commits), statements=statements, written=written)


def _asked(instance: Instance, repository: Repository, revision: str | None) -> tuple[str, ...]:
    if revision is not None and ".." in revision:
        return range_commits(repository, *range_ends(repository, revision))
    if revision is not None:
        return (repository.resolve(revision),)
    known = attestations.values_with_prefix(instance.engine, instance.scope, "git-commit", "", limit=MAX_COMMITS + 1)
    if len(known) > MAX_COMMITS:
        raise InvalidInput("input.too-large", "commits of the log", expected=f"<= {MAX_COMMITS}; name a range")
    listed = repository.plumbing(["cat-file", "--batch-check"], data="".join(f"{oid}\n" for oid in known).encode())
    return tuple(row.split()[0] for row in listed.decode().splitlines() if row.split()[1:2] == ["commit"])


def _files(instance: Instance, stored: StoredAttestation) -> dict[str, bytes]:
    receipt = json.dumps(receipt_of(instance, stored.id).to_json(), indent=2).encode() + b"\n"
    return {f"{stored.id}{SUFFIX}": bundle_of(stored), f"{stored.id}{RECEIPT_SUFFIX}": receipt}


def _note(rows: tuple[StoredAttestation, ...]) -> bytes:
    lines = [f"{one.predicate_type.partition('/attestation/')[2] or one.predicate_type} {one.id}" for one in rows]
    return ("\n".join(sorted(lines)) + "\n").encode()


def _trust(instance: Instance) -> dict[str, bytes]:
    services = instance.services
    log = services.log.origin.replace("/", "_")  # those of other instances stay beside it
    return {
        f"{log}.trusted_root.json": services.trusted_root,
        f"{log}.trust_config.json": services.trust_config(_EMBEDDED),
        f"{log}.vkey": services.log.verifier_key.encode() + b"\n",
    }
