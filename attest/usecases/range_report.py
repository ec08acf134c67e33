"""The facts of a report from the log's own evidence: whoever holds no files of this machine's gets the same report.

What the log has of the commits is laid beside the clone for the time of the judgement, and taken away after it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput
from attest.evidence.locate import SUFFIX
from attest.model.scope import AsOf
from attest.store import attestations
from attest.store.attestation_lists import speaking_of
from attest.store.log_reader import LogReader
from attest.usecases.chain_at_hand import require_whole
from attest.usecases.complete_answer import complete_answers
from attest.usecases.entry_proof import cosigned_text
from attest.usecases.receipts import bundle_of
from attest.usecases.report_facts import gather
from attest.usecases.verify import VerifyRequest
from attest.usecases.verify_range import range_commits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.evidence.report.facts import ReportFacts
    from attest.git import Repository
    from attest.usecases.instance import Instance

MAX_REPORTED: Final = 1_000
"""Commits of a range."""
MAX_EVIDENCE_BYTES: Final = 512 * 1024 * 1024
"""Of all bundles about them."""


def report_of_log(
    instance: Instance, repository: Repository, ends: tuple[str, str], as_of: int | None = None
) -> ReportFacts:
    """Give the facts of `base..tip`, two full oids, from what the log has, below a signed tree size if one is given.

    Raises:
        InvalidInput: the range is empty; `input.too-large`, more than 1,000 commits or 512 MiB of bundles; `ledger.range`, no
            head of that tree size was signed here.
        CannotVerify: `evidence.chain`, a log before this one cannot be read.
    """
    base, tip = ends
    oids = range_commits(repository, base, tip)
    if len(oids) > MAX_REPORTED:
        raise InvalidInput("input.too-large", "commits of a range", expected=f"<= {MAX_REPORTED}", got=str(len(oids)))
    with TemporaryDirectory(prefix="whereof-report-") as folder:
        _lay_out(instance, oids, as_of, Path(folder))
        request = VerifyRequest(
            repository=repository,
            revision=f"{base}..{tip}",
            bundles_dir=Path(folder),
            trust_dir=instance.settings.trust_dir,
            as_of=as_of,
            now=instance.clock.now(),
            answers=lambda asked: tuple(("this log", one) for one in complete_answers(instance, asked)),
            proofs=partial(cosigned_text, instance),
        )
        return gather(request, instance)


def _lay_out(instance: Instance, oids: tuple[str, ...], as_of: int | None, folder: Path) -> None:
    known: dict[str, bytes] = {}
    total = 0
    for reader, oid, name in _spoken(instance, oids, as_of):
        if name not in known:
            stored = attestations.by_id(reader.engine, reader.scope, name)
            known[name] = b"" if stored is None else bundle_of(stored)
        total += len(known[name])
        if total > MAX_EVIDENCE_BYTES:
            raise InvalidInput("input.too-large", "bundles of a range", expected=f"<= {MAX_EVIDENCE_BYTES} bytes")
        (folder / oid).mkdir(exist_ok=True)
        (folder / oid / f"{name}{SUFFIX}").write_bytes(known[name])


def _spoken(instance: Instance, oids: tuple[str, ...], as_of: int | None) -> Iterator[tuple[Instance, str, str]]:
    """Give who reads it, commit and id of each statement; logs before this one had ended at any size of it."""
    chain = require_whole(instance, "what is recorded of the range")
    for reader in (instance, *chain.ended_readers(instance)):
        state = _state(instance, as_of) if reader is instance else None
        _, spoken = speaking_of(reader.engine, reader.scope, oids, state)
        yield from ((reader, oid, one.attestation) for oid, speaking in spoken.items() for one in speaking)


def _state(instance: Instance, as_of: int | None) -> AsOf | None:
    if as_of is None:
        return None
    head = LogReader(instance.engine, instance.scope, instance.log.name).head(as_of)
    if head is None:
        raise InvalidInput("ledger.range", where=f"tree size {as_of}")
    return AsOf(log=instance.services.log.origin, tree_size=head.tree_size, root=head.root)
