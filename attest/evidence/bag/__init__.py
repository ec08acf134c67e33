"""Bags in an archive: BagIt (RFC 8493) in a deterministic, uncompressed ustar file; docs/spec/evidence-bundle.md, section 1."""

from attest.evidence.bag.names import BASE, MAX_PATH_BYTES, require_path
from attest.evidence.bag.reader import BagReader, Member, open_bag
from attest.evidence.bag.ustar import BLOCK_BYTES, MAX_MEMBER_BYTES, MAX_MEMBERS, header
from attest.evidence.bag.volumes import is_volume, open_volumes, write_volumes
from attest.evidence.bag.writer import Again, BagWriter, Written

__all__ = [
    "BASE",
    "BLOCK_BYTES",
    "MAX_MEMBERS",
    "MAX_MEMBER_BYTES",
    "MAX_PATH_BYTES",
    "Again",
    "BagReader",
    "BagWriter",
    "Member",
    "Written",
    "header",
    "is_volume",
    "open_bag",
    "open_volumes",
    "require_path",
    "write_volumes",
]
