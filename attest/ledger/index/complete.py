"""The proof that a list of entries is complete as of one checkpoint."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from attest.errors import NotVerified
from attest.ledger.index.live import decode_live, live_root, require_cover
from attest.ledger.index.proof import KeyProof, verify_key
from attest.ledger.index.rows import Row


def verify_complete(
    key: bytes, live_list: bytes, committed_root: bytes, proofs: Sequence[KeyProof], *, size: int
) -> tuple[Row, ...]:
    """Give all rows that the log of `size` entries has for `key`, in the order of the log; empty: proved to have none.

    1. The list's records lead to the root that the checkpoint's last leaf commits to.
    2. Its segments cover exactly [0, size), without gap or overlap.
    3. There is one proof per segment, in the order of the list, for the same range.
    4. Each proof holds.

    `committed_root` and `size` must come from the `index/v1` statement in the last leaf of a verified checkpoint; that
    is not checked here. Nor is that rows were derived honestly from statements: who reads those recomputes them.

    Raises:
        NotVerified: any of these does not hold (`evidence.index`), or the list is malformed (`evidence.malformed`).
    """
    live = decode_live(live_list)
    # 1
    found = live_root(live)
    if not hmac.compare_digest(found, committed_root):
        raise NotVerified(
            "evidence.index",
            "this is not the list of live segments that was committed to",
            expected=committed_root.hex(),
            got=found.hex(),
        )
    # 2
    require_cover(live, size)
    # 3
    if [(p.first, p.end) for p in proofs] != [(s.first, s.end) for s in live]:
        raise NotVerified(
            "evidence.index",
            "the proofs are not one for each live segment, in order",
            expected=f"{len(live)} proofs",
            got=f"{len(proofs)} proofs",
        )
    # 4
    rows = [
        row
        for proof, segment in zip(proofs, live, strict=True)
        for row in verify_key(proof, key, segment.root, segment.rows)
    ]
    return tuple(rows)
