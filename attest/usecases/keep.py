"""Step 8 of `record`: the bundle as a plain file per commit, and the receipt in the git directory.

Both are copies of what the store holds; writing them again is harmless, and a crash before is mended by asking again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attest.evidence.locate import SUFFIX, receipts_dir
from attest.store import attestations
from attest.store.durable import create_file
from attest.usecases.receipts import bundle_of

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance


def keep_receipt(receipt: Receipt, instance: Instance, repository: Repository | None) -> None:
    """Write the bundle under `bundles/<oid>/` for each commit, and the receipt beside the clone's objects."""
    stored = attestations.by_id(instance.engine, instance.scope, receipt.attestation)
    if stored is None:
        return
    bundle = bundle_of(stored)
    for oid in receipt.commits:
        create_file(instance.settings.bundles_dir / oid / f"{receipt.attestation}{SUFFIX}", bundle)
    if repository is not None:
        text = json.dumps(receipt.to_json(), indent=2).encode() + b"\n"
        create_file(receipts_dir(repository) / "receipts" / f"{receipt.attestation}.json", text)
