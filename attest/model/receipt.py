"""The receipt of a recording: where the evidence stands in the log, and what of the session it holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a recorder keeps. Everything in it is read from the log's own transaction, so asking again gives the same."""

    attestation: str
    """`att_` and SHA-256 over the DSSE pre-authentication encoding and the signature, hex."""
    session: str | None
    """`ses_…`; None for an attestation about no session."""
    predicate_type: str
    log: str
    """Origin of the log."""
    index: int
    tree_size: int
    """Size of the tree whose head the bundle's proof leads to."""
    root: bytes
    integrated_time: int | None
    """Seconds since the epoch by the log's clock; None where the log gave none."""
    commits: tuple[str, ...]
    payload_sha256: bytes
    bundle_sha256: bytes
    index_keys: tuple[bytes, ...]
    """Keys under which the verifiable index lists this entry, as committed."""

    def to_json(self) -> dict[str, object]:
        """Give the JSON form: the same for the same entry, forever."""
        return {
            "attestation": self.attestation,
            "session": self.session,
            "predicate_type": self.predicate_type,
            "log": self.log,
            "index": self.index,
            "tree_size": self.tree_size,
            "root": self.root.hex(),
            "integrated_time": self.integrated_time,
            "commits": list(self.commits),
            "payload_sha256": self.payload_sha256.hex(),
            "bundle_sha256": self.bundle_sha256.hex(),
            "index_keys": [key.hex() for key in self.index_keys],
        }
