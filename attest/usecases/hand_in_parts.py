"""Parts of a session that was signed elsewhere: handed in as ciphertexts and the session's secret, held to what was signed.

1. here      the attestation is a session's, has no parts here, and was not erased
2. bounds    all of the ciphertexts are objects that this tenant handed in, and together not too large
3. open      each with the secret; names, salted commitments and sizes make the list whose digest the statement names
4. scan      each through redaction's second scan: they cannot be redacted any more, only taken or refused
5. keep      the secret in the key ring, then the rows; an erasure in the meantime wins

Whoever can do 3 has the bytes that were signed and the salt they were committed to with: nobody else need be asked.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, InvalidInput, NotVerified
from attest.ledger.commitments import commitment_list, commitment_root
from attest.model.parts import SealedPart, SessionKeys
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.new_attestation import KeptPart, add_parts
from attest.store.uploads import sizes_handed_in
from attest.usecases.erased import closed, erasure_of_session
from attest.usecases.scan_payload import scan_payloads

if TYPE_CHECKING:
    from attest.store.attestations import StoredAttestation
    from attest.usecases.instance import Instance

MAX_PARTS: Final = 10_000
MAX_PARTS_BYTES: Final = 64 * 1024 * 1024
"""Of one recording, together: they are opened and scanned while the caller waits."""
NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$"
"""What a part may be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsHandedIn:
    """What is said to be the parts of an attestation."""

    secret: bytes = field(repr=False)
    parts: tuple[tuple[str, str], ...]
    """(name, SHA-256 of the ciphertext) in the order of the commitment list."""


def hand_in_parts(instance: Instance, attestation: str, handed: PartsHandedIn) -> bool:
    """Make the parts of a session that was signed elsewhere readable here; False where they are here already.

    Raises:
        Absent: `service.not-found`, no such recording, or no such object handed in; `erasure.erased`.
        InvalidInput: `input.too-large`; `input.malformed`, two parts of one name.
        NotVerified: `service.digest`, these are not the parts that were signed, or another secret of the session is here.
        Quarantined: the second scan found something; nothing was kept.
        CannotVerify: `store.missing`, `store.away`; `key.missing`, the session's secret was destroyed and nobody erased it.
    """
    stored = attestations.by_id(instance.engine, instance.scope, attestation)
    if stored is None or stored.session is None:
        raise Absent("service.not-found")
    if erasure_of_session(instance, stored.session) is not None:
        raise closed(instance, stored.session, "")
    if attestations.parts_of(instance.engine, instance.scope, attestation):
        return False
    _require_bounds(instance, handed)
    kept, listing = _opened(instance, stored, handed)
    instance.objects.put(listing)
    return _keep(instance, stored, kept, handed.secret)


def _require_bounds(instance: Instance, handed: PartsHandedIn) -> None:
    if len(handed.parts) > MAX_PARTS:
        raise InvalidInput("input.too-large", expected=f"<= {MAX_PARTS} parts", got=str(len(handed.parts)))
    if len({name for name, _ in handed.parts}) < len(handed.parts):
        raise InvalidInput("input.malformed", "two parts of one name", where="/parts")
    sizes = sizes_handed_in(instance.engine, instance.scope, [address for _, address in handed.parts])
    for at, (_, address) in enumerate(handed.parts):
        if address not in sizes:
            raise Absent("service.not-found", "an object that was not handed in", where=f"/parts/{at}/object")
    total = sum(sizes[address] for _, address in handed.parts)
    if total > MAX_PARTS_BYTES:
        raise InvalidInput("input.too-large", "all parts", expected=f"<= {MAX_PARTS_BYTES} bytes", got=str(total))


def _opened(instance: Instance, stored: StoredAttestation, handed: PartsHandedIn) -> tuple[tuple[KeptPart, ...], bytes]:
    """Give the parts, and the list that is committed to, after steps 3 and 4."""
    stated = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate.get("parts")
    keys = SessionKeys.from_secret(handed.secret)
    kept = tuple(_open(instance, keys, name, address)[0] for name, address in handed.parts)
    rows = tuple((part.name, part.commitment, part.size) for part in kept)
    listing = commitment_list(rows)
    told = {"list": hashlib.sha256(listing).hexdigest(), "root": commitment_root(rows).hex()}
    if not isinstance(stated, dict) or {name: stated.get(name) for name in told} != told:
        raise NotVerified("service.digest", "not the parts that the statement names", where="/parts")
    # Only what was signed is scanned, and opened a second time for it: the whole is never in memory at once.
    for name, address in handed.parts:
        (found,) = scan_payloads([_open(instance, keys, name, address)[1]], instance.settings)
        if found is not None:
            raise found
    return kept, listing


def _open(instance: Instance, keys: SessionKeys, name: str, address: str) -> tuple[KeptPart, bytes]:
    ciphertext = instance.objects.get(address)
    try:
        data = keys.unseal(name, ciphertext)
    except NotVerified as err:
        raise NotVerified("service.digest", "a part does not open with this secret", where="/parts") from err
    sealed: SealedPart = keys.seal(name, data)
    if sealed.address != address:
        raise NotVerified("service.digest", "a part is not sealed as this secret seals it", where="/parts")
    return KeptPart(name=name, size=sealed.size, commitment=sealed.commitment, address=address), data


def _keep(instance: Instance, stored: StoredAttestation, kept: tuple[KeptPart, ...], secret: bytes) -> bool:
    session = str(stored.session)
    name = f"session/{session}"
    if not hmac.compare_digest(instance.keys.create(name, secret), secret):
        raise NotVerified("service.digest", "another secret of this session is here", where="/secret")
    new = add_parts(instance.engine, instance.scope, stored.id, kept, key_id=instance.keys.key_id(name))
    # An erasure is logged before it destroys: one that came in the meantime destroys after this, or is seen here.
    if erasure_of_session(instance, session) is not None:
        instance.keys.destroy(name)
        raise closed(instance, session, "")
    return new
