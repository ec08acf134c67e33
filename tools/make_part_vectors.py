"""Print the vectors of parts and statements: `python -m tools.make_part_vectors > docs/spec/vectors/parts.json`."""

from __future__ import annotations

import hashlib
import json
import sys

from attest.ledger.commitments import commitment_list, commitment_root
from attest.ledger.tree import leaf_hash, merkle_root
from attest.model.commit import NO_BLOB, ChangedFile, changed_files_leaves
from attest.model.parts import SESSION_SECRET_BYTES, SealedPart, SessionKeys

SECRET = bytes(range(SESSION_SECRET_BYTES))
PARTS = (("intent", b"Make room for a third duck."), ("transcript/0000", "caf\u00e9\n".encode()), ("empty", b""))
FILES = (
    ChangedFile(path=b"a.x", mode="100644", sha256=hashlib.sha256(b"1").digest()),
    ChangedFile(path=b"a/caf\xe9", mode="120000", sha256=hashlib.sha256(b"../a.x").digest()),
    ChangedFile(path=b"gone", mode="000000", sha256=NO_BLOB),
    ChangedFile(path=b"module", mode="160000", sha256=hashlib.sha256(b"1" * 40).digest()),
)


def document() -> dict[str, object]:
    """Give all vectors."""
    keys = SessionKeys.from_secret(SECRET)
    sealed = [keys.seal(name, data) for name, data in PARTS]
    rows = tuple((part.name, part.commitment, part.size) for part in sealed)
    listing = commitment_list(rows)
    leaves = changed_files_leaves(FILES)
    return {
        "secret": SECRET.hex(),
        "parts": [_part(part, data) for part, (_, data) in zip(sealed, PARTS, strict=True)],
        "list": listing.decode(),
        "list_sha256": hashlib.sha256(listing).hexdigest(),
        "root": commitment_root(rows).hex(),
        "changed": {
            "files": [{"path": f.path.hex(), "mode": f.mode, "sha256": f.sha256.hex()} for f in FILES],
            "leaves": [leaf.hex() for leaf in leaves],
            "root": merkle_root([leaf_hash(leaf) for leaf in leaves]).hex(),
            "root_of_nothing": merkle_root([]).hex(),
        },
    }


def _part(part: SealedPart, data: bytes) -> dict[str, object]:
    return {
        "name": part.name,
        "data": data.hex(),
        "commitment": part.commitment.hex(),
        "ciphertext": part.ciphertext.hex(),
        "address": part.address,
    }


def main() -> None:
    """Write the vectors to standard output."""
    json.dump(document(), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
