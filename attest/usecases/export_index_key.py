"""Hand out the index key of a private log: to those who may ask it for complete answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import Absent
from attest.ledger.index.keying import encode_key_file
from attest.store.durable import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from attest.usecases.instance import Instance


def export_index_key(instance: Instance, output: Path) -> str:
    """Write the key for its owner only (0600), and give the name by which index leaves commit to it.

    Raises:
        Absent: `service.not-found`, the log is public: its index needs no key.
    """
    keying = instance.log.keying
    if keying.secret is None:
        raise Absent("service.not-found", "the log is public: its index needs no key")
    replace_file(output, encode_key_file(keying.secret), mode=0o600)
    return keying.name
