"""The index that the log commits to, so that an answer can be proved complete (decision D5, `docs/spec/index.md`)."""

from attest.ledger.index.complete import verify_complete
from attest.ledger.index.keying import NO_KEYS, PUBLIC, IndexKeys, Keying, keyed_by
from attest.ledger.index.keys import KeyKind, index_key, index_keys, index_terms, normal_repository
from attest.ledger.index.live import (
    FAN_OUT,
    LiveSegment,
    adopt,
    compactions_due,
    decode_live,
    encode_live,
    live_root,
)
from attest.ledger.index.predicate import IndexPredicate, index_predicate, parse_index_predicate
from attest.ledger.index.proof import KeyProof, SegmentProver, parse_key_proof, prove_in, prove_key, verify_key
from attest.ledger.index.rows import ROW_BYTES, Row, Segment

__all__ = [
    "FAN_OUT",
    "NO_KEYS",
    "PUBLIC",
    "ROW_BYTES",
    "IndexKeys",
    "IndexPredicate",
    "KeyKind",
    "KeyProof",
    "Keying",
    "LiveSegment",
    "Row",
    "Segment",
    "SegmentProver",
    "adopt",
    "compactions_due",
    "decode_live",
    "encode_live",
    "index_key",
    "index_keys",
    "index_predicate",
    "index_terms",
    "keyed_by",
    "live_root",
    "normal_repository",
    "parse_index_predicate",
    "parse_key_proof",
    "prove_in",
    "prove_key",
    "verify_complete",
    "verify_key",
]
