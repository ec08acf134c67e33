"""How a log that has begun makes its index keys: what its first index leaf says, with the secret from the key ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.ledger.index import PUBLIC, Keying, parse_index_predicate
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store.index_keying import held_keying, index_secret_name

if TYPE_CHECKING:
    from attest.model.scope import Scope
    from attest.store.keyring import FileKeyRing

_UNREADABLE: Final = Keying("unreadable")


def stored_keying(envelope: bytes | None, scope: Scope, log: str, keys: FileKeyRing) -> Keying | None:
    """Give how a log makes keys, by the envelope of its first index leaf; None for a log that has not begun.

    Without its secret, or with another one in the key ring, the keying makes no keys: `Keying.require` says so. The same
    where the first index leaf does not parse, which `fsck` names.
    """
    if envelope is None:
        return None
    try:
        name = parse_index_predicate(parse_statement(parse_envelope(envelope).payload).predicate).keying
    except AttestError:
        return _UNREADABLE
    return PUBLIC if name == PUBLIC.name else held_keying(name, keys.load(index_secret_name(scope.tenant, log)))
