"""Redacted values of a session on their way into the commitment tree, and the sealed copy that stays on this machine.

The copy is sealed under the session's own secret, lies outside the parts, is never uploaded and never listed:
destroying the secret ends it, as it ends the parts.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import CannotVerify
from attest.ledger.withheld_tree import withheld_root
from attest.model.keeping import CommitTo
from attest.model.withheld import Withheld, in_order, parse_withheld
from attest.store.durable import create_file

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.parts import SessionKeys
    from redaction.redactor import AnyRedaction

FOLDER: Final = "withheld"
SALTS: Final = "redaction/withheld"
"""Name under which the key of the salts is derived from the session's secret."""
BLOB: Final = "BLOB"
_COMMITMENT_BYTES: Final = 32
PERSONAL: Final = frozenset(
    "EMAIL_ADDRESS PHONE_NUMBER IP_ADDRESS MAC_ADDRESS PERSON USER HOST CREDIT_CARD IBAN_CODE US_SSN LOCATION "
    "STREET_ADDRESS DATE_TIME DATE_OF_BIRTH AGE NRP MEDICAL_LICENSE MEDICAL_RECORD UK_NHS US_PASSPORT "
    "US_DRIVER_LICENSE US_BANK_NUMBER US_ITIN US_MBI US_NPI HEALTH_PLAN".split()
)
"""Kinds of personal data. A kind that is not named here may be a secret: `pii-only` leaves it out."""


def withheld_of(redaction: AnyRedaction, policy: CommitTo) -> tuple[Withheld, ...]:
    """Give the values of a redaction that was read to its end, as far as they are to be proved later.

    Of spans beyond the report's limit nothing is given; the report counts them.
    """
    if policy is CommitTo.NONE:
        return ()
    spans = redaction.report.spans
    texts = in_order(
        (s.record, s.pointer, s.entity, s.token, value)
        for s in spans
        if (value := redaction.value(s.token)) is not None
    )
    # Counted before the choice: the number of a span in its place is the same whatever is committed to.
    chosen = tuple(one for one in texts if policy is CommitTo.ALL or one.entity in PERSONAL)
    blobs = (
        Withheld(
            unit="line",
            record=blob.line,
            pointer="",
            span=blob.at,
            entity=BLOB,
            token=f"[BLOB:{blob.media}:{blob.size} bytes]",
            value=f"sha256:{blob.sha256.hex()}",
        )
        for blob in redaction.blobs
    )
    return (*chosen, *blobs)


def seal_withheld(home: Path, session: str, keys: SessionKeys, withheld: tuple[Withheld, ...]) -> bytes:
    """Keep the values sealed on this machine, and give the root that commits to them."""
    root = withheld_root(withheld, keys.salt_of(SALTS))
    if withheld:
        data = canonical_json({"withheld": [one.to_json() for one in withheld], "version": 1})
        sealed = keys.seal(_name(root), data)
        path = _path(home, session, root)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_file(path, sealed.commitment + sealed.ciphertext, mode=0o600)
    return root


def open_withheld(home: Path, session: str, keys: SessionKeys, root: bytes) -> tuple[Withheld, ...]:
    """Give the values under a root again.

    Raises:
        CannotVerify: `store.missing`: the sealed copy is not on this machine.
        NotVerified: `ledger.corrupt`: it is not what was sealed.
    """
    path = _path(home, session, root)
    try:
        sealed = path.read_bytes()
    except OSError as err:
        raise CannotVerify("store.missing", "the redacted values are not kept here", where=str(path)) from err
    data = keys.open(_name(root), sealed[_COMMITMENT_BYTES:], sealed[:_COMMITMENT_BYTES])
    return tuple(parse_withheld(one) for one in json.loads(data)["withheld"])


def _name(root: bytes) -> str:
    return f"{FOLDER}/{root.hex()}"


def _path(home: Path, session: str, root: bytes) -> Path:
    return home / FOLDER / session / f"{root.hex()}.sealed"
