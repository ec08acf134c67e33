"""The queue of signed bundles for a Whereof service: what cannot be sent now is sent by a later run, in order.

A bundle leaves the queue only when the service's receipt is on disk.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.client import Outcome, send_bundle
from attest.evidence.locate import receipts_dir
from attest.store import attestations
from attest.store.durable import create_file, replace_file
from attest.usecases.receipts import bundle_of
from attest.usecases.signed_in import server_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance

SUFFIX: Final = ".sigstore.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """What became of the queue."""

    sent: tuple[str, ...] = ()
    queued: int = 0
    """Bundles that wait for a later run."""
    reason: str = ""
    """Why they wait: a catalogue code, a status or the kind of failure; empty when none does."""


def queue_bundle(instance: Instance, receipt: Receipt) -> None:
    """Put a logged bundle into the queue, where a service is named; once sent it is not queued again."""
    if instance.settings.server is None:
        return
    stored = attestations.by_id(instance.engine, instance.scope, receipt.attestation)
    folder = _folder(instance)
    if stored is not None and not (folder / "sent" / receipt.attestation).exists():
        # Names sort by the log's index: the service hears of things in the order they were logged.
        create_file(folder / f"{receipt.index:016d}-{receipt.attestation}{SUFFIX}", bundle_of(stored))


def send_queued(instance: Instance, repository: Repository | None, *, wait: Callable[[float], object]) -> SendReport:
    """Send what is queued, oldest first; stops where the service is away, goes on past what it refuses.

    Raises:
        InvalidInput: `$WHEREOF_SERVER` is no address that a token may be sent to.
    """
    folder = _folder(instance)
    waiting = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    if instance.settings.server is None:
        return SendReport(queued=len(waiting), reason="no server is named" if waiting else "")
    server = server_for(instance.settings.server, os.environ)
    sent: list[str] = []
    reason = ""
    for path in waiting:
        answer = send_bundle(server, path.read_bytes(), wait=wait)
        if answer.outcome is Outcome.SENT:
            sent.append(_done(path, answer.receipt, folder, repository))
            continue
        reason = answer.detail
        if answer.outcome is Outcome.QUEUED:
            break
    return SendReport(sent=tuple(sent), queued=len(waiting) - len(sent), reason=reason)


def _done(path: Path, receipt: bytes, folder: Path, repository: Repository | None) -> str:
    name = path.name.removesuffix(SUFFIX).partition("-")[2]
    if repository is not None:
        replace_file(receipts_dir(repository) / "receipts" / f"{name}.server.json", receipt)
    create_file(folder / "sent" / name, receipt)
    path.unlink()
    return name


def _folder(instance: Instance) -> Path:
    return instance.settings.home / "outbox"
