"""How a stored log makes its index keys: what its first index leaf says, with the secret from the key ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import InvalidInput, Refused
from attest.ledger.index import PUBLIC, Keying, keyed_by
from attest.ledger.index.keying import SECRET_BYTES
from attest.store.database import reading
from attest.store.tables import EntryRow

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from attest.clock import Entropy
    from attest.model.scope import Scope
    from attest.store.keyring import FileKeyRing

FIRST_INDEX_LEAF: Final = 1
"""The genesis is at 0; what the leaf after it says holds for the whole log."""


def index_secret_name(tenant: str, log: str) -> str:
    """Give the name under which the key ring keeps the secret of a private log."""
    return f"index/{tenant}/{log}"


def first_index_envelope(engine: Engine, scope: Scope, log: str) -> bytes | None:
    """Give the envelope of a log's first index leaf, which says how it makes keys; None for a log that has not begun."""
    with reading(engine) as session:
        row = session.get(EntryRow, (scope.tenant, log, FIRST_INDEX_LEAF))
        return row.envelope if row is not None else None


def held_keying(name: str, secret: bytes | None) -> Keying:
    """Give the keying of that name, with the secret only where it is the one that the name commits to."""
    try:
        own = keyed_by(secret) if secret is not None else None
    except InvalidInput:
        own = None
    return own if own is not None and own.name == name else Keying(name)


def new_keying(scope: Scope, log: str, keys: FileKeyRing, entropy: Entropy, *, private: bool) -> Keying:
    """Give how a log that has not begun will make keys; the secret of a private one is kept before its first use."""
    if not private:
        return PUBLIC
    name = index_secret_name(scope.tenant, log)
    return keyed_by(keys.load(name) or keys.create(name, entropy.bytes(SECRET_BYTES)))


def require_as_set(keying: Keying, private: bool | None) -> None:  # noqa: FBT001
    """Refuse a setting that is not what the log is; None takes the log as it is.

    Raises:
        Refused: `ledger.keying`.
    """
    if private is not None and private != keying.private:
        words = {True: "private", False: "public"}
        raise Refused("ledger.keying", expected=words[keying.private], got=f"{words[private]} (by the setting)")
