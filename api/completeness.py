"""The proof that a list of entries is complete, in the form a client checks with nothing of this server.

Of a log that follows others, every one of them that is at hand here is proved beside it: the list is complete with all of
the chain alone, and whoever checks it holds the first leaf of each against the final head of the next.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from api.schemas import AsOf, Completeness, IndexLeaf, ListedBy
from attest.errors import Absent
from attest.ledger.proof import inclusion_proof
from attest.store.index_state import newest_index
from attest.usecases.complete import complete_rows, rows_at
from attest.usecases.entry_proof import prove_entry
from attest.usecases.followed import answering_logs

if TYPE_CHECKING:
    from api.service import Service
    from attest.ledger.index import KeyKind
    from attest.ledger.proof import ReadNode
    from attest.model.ports import LeafParts
    from attest.usecases.complete import CompleteAnswer
    from attest.usecases.followed import AnsweringLog


def completeness_of(service: Service, kind: KeyKind, value: str, found: CompleteAnswer | None = None) -> Completeness:
    """Give what proves, at the newest head, which entries the index lists for a key, and that there is no other.

    `found` is what the index says of that key at a head, where it was looked up before.

    Raises:
        NotVerified: the stored index is not what the log committed to.
        Absent: `service.not-found`, the head is not published yet.
        Refused: `input.too-large`, the key has more rows in one segment than a proof may show.
        CannotVerify: `evidence.chain`: see `answering_logs`.
    """
    instance = service.instance
    found = found or complete_rows(instance, kind, value)
    size, leaf = found.state.tree_size, found.state.index_leaf
    proof = prove_entry(instance, size - 1, size)
    if proof.checkpoint is None or proof.sigstore_checkpoint is None:
        raise Absent("service.not-found")
    own = Completeness(
        key=instance.log.keying.key(kind, value).hex(),
        entries=tuple(row.index for row in found.rows),
        as_of=AsOf(log=instance.services.log.origin, tree_size=size, root=found.state.root.hex()),
        checkpoint=proof.checkpoint,
        sigstore_checkpoint=proof.sigstore_checkpoint,
        index_leaf=_shown(leaf, size - 1, proof.hashes),
        live=_text(found.state.live_blob),
        proofs=tuple(item.to_json() for item in found.proofs),
    )
    return own if instance.log.follows is None else _with_followed(service, (kind, value), own)


def _with_followed(service: Service, key: tuple[KeyKind, str], own: Completeness) -> Completeness:
    instance, size = service.instance, own.as_of.tree_size
    here, *older = answering_logs(instance)
    return own.model_copy(
        update={
            "genesis": _leaf(here, 0, size, here.publisher.reader(size).read),
            "follows": instance.follows,
            "followed": tuple(_listed_by(log, *key) for log in older),
        }
    )


def _listed_by(log: AnsweringLog, kind: KeyKind, value: str) -> ListedBy:
    state = newest_index(log.engine, log.scope, log)
    size = state.tree_size
    head, published = log.reader.head(size), log.publisher.published()
    if head is None or published is None or published.size < size:
        raise Absent("service.not-found", "a log that is followed is not published", where=log.origin)
    found = rows_at(state, log.keying.key(kind, value))
    read = log.publisher.reader(published.size).read
    return ListedBy(
        key=log.keying.key(kind, value).hex(),
        entries=tuple(row.index for row in found.rows),
        as_of=AsOf(log=log.origin, tree_size=size, root=state.root.hex()),
        checkpoint=head.c2sp_note,
        sigstore_checkpoint=head.sigstore_note,
        index_leaf=_leaf(log, size - 1, size, read),
        live=_text(state.live_blob),
        proofs=tuple(item.to_json() for item in found.proofs),
        genesis=_leaf(log, 0, size, read),
        last=_leaf(log, size - 2, size, read),
    )


def _leaf(log: AnsweringLog, index: int, size: int, read: ReadNode) -> IndexLeaf:
    entry = log.reader.entry(index)
    if entry is None:
        raise Absent("store.missing", "an entry is not stored", where=f"entry {index}")
    return _shown(entry.leaf, index, inclusion_proof(index, size, read))


def _shown(leaf: LeafParts, index: int, hashes: tuple[bytes, ...]) -> IndexLeaf:
    return IndexLeaf(
        index=index,
        body=_text(leaf.body),
        envelope=_text(leaf.envelope),
        certificate=_text(leaf.certificate),
        hashes=tuple(value.hex() for value in hashes),
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
