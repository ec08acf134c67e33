"""A Sigstore bundle v0.3 from what the log keeps: equal parts give equal bytes, for ever."""

from __future__ import annotations

from attest.canonical import canonical_json
from attest.model.ports import LeafParts, LogReceipt
from attest.signing.entry import KIND, VERSION
from attest.signing.strict import base64_text

BUNDLE_V03 = "application/vnd.dev.sigstore.bundle.v0.3+json"


def render_log_entry(leaf: LeafParts, receipt: LogReceipt) -> dict[str, object]:
    """Give the proto JSON of the bundle's one log entry; 64-bit integers are strings, absent parts left out."""
    entry: dict[str, object] = {
        "logIndex": str(receipt.index),
        "logId": {"keyId": base64_text(receipt.log_id)},
        "kindVersion": {"kind": KIND, "version": VERSION},
        "inclusionProof": {
            "logIndex": str(receipt.index),
            "rootHash": base64_text(receipt.root),
            "treeSize": str(receipt.tree_size),
            "hashes": [base64_text(node) for node in receipt.proof],
            "checkpoint": {"envelope": receipt.note},
        },
        "canonicalizedBody": base64_text(leaf.body),
    }
    if receipt.integrated_time is not None and receipt.set_signature is not None:
        entry["integratedTime"] = str(receipt.integrated_time)
        entry["inclusionPromise"] = {"signedEntryTimestamp": base64_text(receipt.set_signature)}
    return entry


def render_bundle(leaf: LeafParts, receipt: LogReceipt) -> bytes:
    """Give the bundle's JSON: RFC 8785 around the envelope, whose bytes are set in as they are.

    A leaf without a token (the log's own genesis and index leaves) gives no bundle.

    Raises:
        ValueError: the leaf has no token, or stands at index 0, which proto JSON readers disagree about.
    """
    if leaf.token is None or receipt.index == 0:
        raise ValueError("the log's own leaves are never handed out as bundles")
    material = canonical_json(
        {
            "certificate": {"rawBytes": base64_text(leaf.certificate)},
            "timestampVerificationData": {"rfc3161Timestamps": [{"signedTimestamp": base64_text(leaf.token)}]},
            "tlogEntries": [render_log_entry(leaf, receipt)],
        }
    )
    return b'{"dsseEnvelope":%b,"mediaType":"%b","verificationMaterial":%b}' % (
        leaf.envelope,
        BUNDLE_V03.encode(),
        material,
    )
