"""Whether two commits change the same, byte for byte, but for where in the files it stands.

Git's patch id leaves out white space and the contents of binary files, so equal ids alone let an indentation or a picture
be changed after a review. Here the whole diff is compared, modes and binary contents with it; only line numbers and the
names of the blobs are left out.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.git import DIFF_TREE
from attest.history.patches import read_patches

if TYPE_CHECKING:
    from attest.git import Repository

MAX_OLD: Final = 64
_PATCH: Final = (
    "-p", "--binary", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color", "--unified=3", "--src-prefix=a/",
    "--dst-prefix=b/",
)  # fmt: skip
_HUNK: Final = re.compile(rb"^@@ -[0-9,]+ \+[0-9,]+ @@.*$", re.MULTILINE)
_INDEX: Final = re.compile(rb"^index [0-9a-f]+\.\.[0-9a-f]+", re.MULTILINE)


def patch_id(repository: Repository, oid: str) -> str | None:
    """Give the stable patch id of a commit, recomputed; None where it has none or cannot be had."""
    try:
        return read_patches(repository, (oid,))[oid].patch_id
    except AttestError:
        return None


def same_diffs(repository: Repository, oid: str, others: tuple[str, ...]) -> frozenset[str]:
    """Give those of the commits whose diff against their first parent is that of `oid`; merges never are."""
    own = _digest(repository, oid)
    if own is None:
        return frozenset()
    return frozenset(one for one in others[:MAX_OLD] if _digest(repository, one) == own)


def _digest(repository: Repository, oid: str) -> bytes | None:
    try:
        parents = repository.commit_facts(oid).parents
        if len(parents) > 1:
            return None
        against = [parents[0], oid] if parents else ["--root", oid]
        text = repository.plumbing(
            [*DIFF_TREE, "-p", "--binary", "--full-index", "--no-color", "--unified=3", *against]
        )
    except AttestError:
        return None
    # Headers stand before the first hunk of a file; a changed line always begins with a sign, so no line is taken for one.
    return sha256(_INDEX.sub(b"index", _HUNK.sub(b"@@", text))).digest() if text else None
