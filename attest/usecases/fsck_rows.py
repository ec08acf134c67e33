"""What `fsck` compares row by row and file by file: each function yields what is wrong, and nothing when all is well."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from attest.errors import NotVerified
from attest.ledger.index import decode_live
from attest.ledger.index.live import live_root
from attest.model.access_predicate import ACCESS_V1
from attest.model.session_predicate import INDEX_V1, SESSION_V1
from attest.signing.artifact_entry import parse_artifact_body
from attest.signing.chain import parse_certificate
from attest.signing.entry import body_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.ledger.index.predicate import IndexPredicate
    from attest.ledger.tree import Edge
    from attest.model.ports import LogAuthority
    from attest.model.statement import Statement
    from attest.signing.chain import SigningCertificate
    from attest.signing.dsse import Envelope
    from attest.store.tables import AttestationRow, EntryRow, LogRow, TreeHeadRow

ARTIFACT: Final = "artifact"
"""The kind of an entry that is no statement: a signature over something that is not here."""
_OWN: Final = frozenset({INDEX_V1, ACCESS_V1})
"""What a log signs itself, without a token: kept as the kind `index`."""


def head_problems(head: TreeHeadRow, edge: Edge, previous: int) -> Iterator[str]:
    """Compare what a head keeps for the next group: the tree's edge, and the head before."""
    if head.root != edge.root:
        yield "the signed root is not the root of the entries"
    if head.edge != edge.encode():
        yield "the stored edge is not the edge of the entries"
    if head.previous_size != previous:
        yield f"the head before is of {previous} entries, not of {head.previous_size}"


def live_problems(head: TreeHeadRow, index: IndexPredicate | None) -> Iterator[str]:
    """Compare the list of live segments that a head keeps with what its last leaf commits to."""
    if index is None:
        yield "its last entry is no index leaf"
    elif index.end != head.tree_size or live_root(decode_live(head.live)) != index.live_root:
        yield "the list of live segments is not the one its index leaf commits to"


def log_problems(row: LogRow | None, log: LogAuthority, genesis: Statement | None) -> Iterator[str]:
    """Compare the row of the log, and what its first entry says, with the keys that are held."""
    if row is None:
        yield "the row of the log is missing"
        return
    if (row.origin, row.sigstore_key, row.c2sp_vkey) != (log.origin, log.sigstore_key, log.verifier_key):
        yield "origin or keys are not those that the log signs with"
    if genesis is not None and genesis.predicate.get("origin") != log.origin:
        yield "the first entry is of a log of another origin"


def attestation_problems(row: AttestationRow, certificate: SigningCertificate, statement: Statement) -> Iterator[str]:
    """Compare what an attestation is found and shown by with its statement and its certificate."""
    if (row.identity, row.issuer) != (certificate.identity, certificate.issuer):
        yield "the attestation row names another identity than the certificate"
    if row.predicate_type != statement.predicate_type:
        yield "the attestation row names another predicate type"
    if statement.predicate_type == SESSION_V1:
        session = statement.predicate.get("session")
        if not isinstance(session, dict) or session.get("id") != row.session:
            yield "the attestation row names another session"


def body_problem(entry: EntryRow, envelope: Envelope | None) -> Iterator[str]:
    """Compare a leaf with the envelope, which was read already, and the certificate that it was made from; an artifact's has none."""
    if envelope is None:
        _, _, certificate = parse_artifact_body(entry.body)
        if entry.envelope or certificate != entry.certificate:
            yield "the stored envelope or certificate is not of the body"
    elif body_of(sha256(entry.envelope).hexdigest(), envelope, entry.certificate) != entry.body:
        yield "the body is not of the stored envelope and certificate"


def artifact_problem(entry: EntryRow) -> Iterator[str]:
    """Check the signature of an artifact's entry: over the digest, by the certificate's key."""
    try:
        digest, signature, certificate = parse_artifact_body(entry.body)
    except NotVerified as err:
        yield str(err)
        return
    if not parse_certificate(certificate).key.is_signature_of_digest(signature, digest):
        yield "the signature does not hold over the artifact"


def kind_problem(entry: EntryRow, statement: Statement) -> Iterator[str]:
    """Compare the kind an entry is stored as with what it is."""
    kind = "genesis" if entry.idx == 0 else "index" if statement.predicate_type in _OWN else "attestation"
    if entry.kind != kind:
        yield f"it is stored as {entry.kind[:16]!r}, and is of kind {kind!r}"
