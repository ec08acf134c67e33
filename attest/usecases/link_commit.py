"""Name a commit that a recorded session led to, after the recording: a link of kind `asserted`, the signer's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.errors import Absent
from attest.history.commits import one_commit
from attest.history.patches import read_patches
from attest.model.link import Confidence, Link, LinkKind, SessionRef
from attest.model.overlap import AGREES, added_lines, overlap
from attest.usecases.log_links import log_links
from attest.usecases.stored_links import StoredLinks

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance


def link_commit(instance: Instance, repository: Repository, revision: str, session: str) -> tuple[Link, Receipt | None]:
    """Log that a session led to a commit; the receipt is None when the same was logged before.

    Raises:
        Absent: `service.not-found`, no session of that id is recorded here, or its parts cannot be opened.
    """
    commit = one_commit(repository, repository.resolve(revision))
    edits = StoredLinks(instance).edits_of(session)
    if edits is None:
        raise Absent("service.not-found", where=session)
    found = overlap(added_lines(read_patches(repository, (commit.oid,))[commit.oid].files), edits)
    agrees = found.score is not None and found.score >= AGREES
    link = Link(
        session=SessionRef(id=session),
        commit=commit.oid,
        kind=LinkKind.ASSERTED,
        confidence=Confidence.STRONG if agrees else Confidence.UNVERIFIED,
        method="named-later@1",
        overlap=found,
    )
    receipts, _ = log_links(instance, repository, (link,), maker="link")
    return link, receipts[0] if receipts else None
