"""The cosigned tlog-proofs of what is recorded, as files beside the bundles: with them `verify` counts witnesses offline.

1. find    every attestation that a name leads to
2. prove   each in the newest tree that a witness cosigned
3. write   `entry-<index>.tlog-proof`, whole or not at all
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import Absent
from attest.evidence.witnessed import SUFFIX
from attest.store.durable import make_folder, replace_file
from attest.usecases.entry_proof import prove_cosigned
from attest.usecases.find import find

if TYPE_CHECKING:
    from pathlib import Path

    from attest.git import Repository
    from attest.usecases.instance import Instance


def export_proofs(
    instance: Instance, name: str, repository: Repository | None, folder: Path | None
) -> tuple[Path, ...]:
    """Write the proofs of what a name leads to; into the commit's folder of bundles where no other is given.

    Raises:
        Absent: nothing of that name is recorded, or no witness has cosigned a tree with any of it yet.
    """
    found = find(instance, name, repository)  # 1
    target = folder if folder is not None else instance.settings.bundles_dir / (found.oid or name)
    proofs = [(index, prove_cosigned(instance, index)) for index in found.here()]  # 2
    texts = [(index, proved.text()) for index, proved in proofs if proved is not None]
    if not texts:
        raise Absent("service.not-found", "no witness has cosigned a tree with this yet", where=name[:80])
    make_folder(target, mode=0o700)
    written = []
    for index, text in texts:  # 3
        path = target / f"entry-{index}{SUFFIX}"
        replace_file(path, text.encode())
        written.append(path)
    return tuple(written)
