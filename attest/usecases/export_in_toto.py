"""Export a judged range as in-toto links and a layout, which the unmodified `in-toto-verify` holds against the released files.

1. judge     the range, as the gate does; nothing but a pass is exported
2. chain     its commits that a session led to; each needs an approving review that no later one takes back
3. products  the files that are released, by SHA-256
4. sign      four links and the layout, with one key: that of whoever exports

The links say what the exporter verified. They do not carry the signatures of those who ran the sessions or reviewed;
their attestations are named in the links and verified with `whereof verify`. That the files were built from the
commit that landed is the exporter's word.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from attest.canonical import canonical_json
from attest.errors import Absent, InvalidInput, Refused
from attest.model.in_toto import Chain, layout, links
from attest.model.review_predicate import REVIEW_V1
from attest.model.session_predicate import SESSION_V1
from attest.model.times import rfc3339_seconds
from attest.model.verdict import Verdict
from attest.signing.dsse import IN_TOTO_PAYLOAD_TYPE, pae
from attest.signing.strict import base64_text
from attest.usecases.verify_range import verify_range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from attest.model.verdict import CommitVerdict, EvidenceReport
    from attest.usecases.verify import VerifyRequest

MAX_PRODUCTS: Final = 1024
MAX_KEY_BYTES: Final = 16 * 1024
VALID_DAYS: Final = 90
README: Final = "Session, review, merge and release, as the exporter verified them with whereof."


@dataclass(frozen=True, slots=True, kw_only=True)
class InTotoFiles:
    """What is to be written."""

    files: Mapping[str, bytes]
    """By name: `root.layout`, and `<step>.<key>.link`."""
    commits: int
    """Commits with a session and a review; the others of the range passed without."""


def export_in_toto(request: VerifyRequest, products: Sequence[Path], key: Path) -> InTotoFiles:
    """Give links and layout for the range `request.revision`.

    Raises:
        InvalidInput: not a range, no moment, a product that is not there, a name that is taken twice or reads as a
            pattern, a key that is not an Ed25519 private key in PEM.
        Refused: `policy.not-passed`: the range is not a plain pass.
        Absent: `evidence.absent`: no commit with a session, or one of them without an approving review.
    """
    if request.now is None:
        raise InvalidInput("input.usage", "no moment to date the layout by")
    found = verify_range(request)  # 1
    if found.verdict is not Verdict.PASS:
        raise Refused("policy.not-passed", got=found.verdict.value, where=request.revision)
    held = [one for one in found.commits if _passing(one, SESSION_V1)]  # 2
    if not held:
        raise Absent("evidence.absent", "no commit of the range has a session", where=request.revision)
    for one in held:
        if not _approved(one):
            raise Absent("evidence.absent", "a commit has no approving review", where=one.oid)
    repository = request.repository
    digest = {oid: repository.commit_facts(oid).object_sha256.hex() for oid in (*(one.oid for one in held), found.tip)}
    chain = Chain(
        commits={one.oid: digest[one.oid] for one in held},
        landed=digest[found.tip],
        products=_products(products),  # 3
        sessions=_names(held, SESSION_V1),
        reviews=_names(held, REVIEW_V1),
    )
    signer = _Signer(_private_key(key))
    until = rfc3339_seconds(request.now + timedelta(days=VALID_DAYS))
    files = {f"{name}.{signer.key_id[:8]}.link": signer.envelope(link) for name, link in links(chain).items()}  # 4
    made = layout(sorted(chain.products), signer.public, expires=until, readme=README)
    return InTotoFiles(files=files | {"root.layout": signer.envelope(made)}, commits=len(held))


def _passing(one: CommitVerdict, kind: str) -> tuple[EvidenceReport, ...]:
    return tuple(r for r in one.evidence if r.verdict is Verdict.PASS and r.predicate_type == kind and r.statement)


def _approved(one: CommitVerdict) -> bool:
    """Tell whether somebody's newest review approves, and nobody's newest asks for changes."""
    newest: dict[tuple[str | None, str | None], EvidenceReport] = {}
    # A time stamp has whole seconds; inside one the log's order tells.
    for review in sorted(_passing(one, REVIEW_V1), key=lambda r: (r.signed_at or 0, r.log_index or 0)):
        newest[review.issuer, review.identity] = review
    decisions = {str(r.statement.predicate.get("decision")) for r in newest.values() if r.statement}
    return "approve" in decisions and "request-changes" not in decisions


def _names(held: Sequence[CommitVerdict], kind: str) -> tuple[str, ...]:
    return tuple(sorted({r.attestation for one in held for r in _passing(one, kind) if r.attestation}))


def _products(paths: Sequence[Path]) -> dict[str, str]:
    if not 1 <= len(paths) <= MAX_PRODUCTS:
        raise InvalidInput("input.usage", "released files", expected=f"1 to {MAX_PRODUCTS}", got=str(len(paths)))
    found: dict[str, str] = {}
    for path in paths:
        if path.name in found:
            raise InvalidInput("input.ambiguous", "two released files of one name", where=path.name)
        try:
            with path.open("rb") as file:
                found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as err:
            raise InvalidInput("input.not-found", where=str(path)) from err
    return found


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        with path.open("rb") as file:
            key = load_pem_private_key(file.read(MAX_KEY_BYTES), password=None)
    except OSError as err:
        raise InvalidInput("input.not-found", where=str(path)) from err
    except (ValueError, TypeError, UnsupportedAlgorithm) as err:
        raise InvalidInput("input.malformed", "not a private key in PEM", where=str(path)) from err
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidInput("input.malformed", "not an Ed25519 key", where=str(path))
    return key


class _Signer:
    """Signs as in-toto's library reads it: DSSE, key by the id that securesystemslib gives it."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        value = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        shape: dict[str, object] = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": value}}
        self.key_id = hashlib.sha256(canonical_json(shape)).hexdigest()
        self.public: Mapping[str, object] = shape | {"keyid": self.key_id}

    def envelope(self, value: dict[str, object]) -> bytes:
        payload = canonical_json(value)
        signature = base64_text(self._key.sign(pae(IN_TOTO_PAYLOAD_TYPE, payload)))
        return canonical_json(
            {
                "payload": base64_text(payload),
                "payloadType": IN_TOTO_PAYLOAD_TYPE,
                "signatures": [{"keyid": self.key_id, "sig": signature}],
            }
        )
