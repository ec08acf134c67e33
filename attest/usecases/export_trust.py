"""Write the trust material of this instance: what a verifier pins, public keys and certificates only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.signing.embedded.tuf import publish
from attest.signing.revocation import write_revocations
from attest.store.durable import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from attest.usecases.instance import Instance


def export_trust(instance: Instance, folder: Path, server: str) -> tuple[Path, ...]:
    """Write the files into a folder, replacing older ones; gives their paths. `server` goes into the signing config."""
    files = {
        "trusted_root.json": instance.services.trusted_root,
        "trust_config.json": instance.services.trust_config(server),
        "signing_config.json": instance.services.signing_config(server),
        "revocations.json": write_revocations(instance.services.authorities.revoked()),
        "log.vkey": instance.services.log.verifier_key.encode() + b"\n",
    }
    for name, data in files.items():
        replace_file(folder / name, data)
    publish(instance.services, folder / "tuf", base_url=server, clock=instance.clock)
    return (*(folder / name for name in files), folder / "tuf")
