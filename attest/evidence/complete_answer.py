"""A complete answer as a file: what a log lists under some keys at one head, with all that proves it (decision D5).

One line of JSON, `complete-answer/v1`: the head as the log signed it, the index leaf with its way to that head, the list
of live segments, one proof per key and segment, and the bundles of what is listed. It says nothing by itself: each
part is checked against a pinned log before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, NotVerified
from attest.ledger.checkpoint import newest_at
from attest.ledger.index import NO_KEYS, IndexKeys, KeyKind, parse_index_predicate, parse_key_proof, verify_complete
from attest.ledger.proof import verify_inclusion
from attest.ledger.tree import leaf_hash
from attest.model.log_predicate import GENESIS
from attest.model.session_predicate import INDEX_V1, LOG_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.signing.entry import certificate_of, entry_body
from attest.signing.inclusion import open_checkpoint
from attest.signing.strict import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.evidence.reached import Key
    from attest.evidence.trust import PinnedRoot
    from attest.ledger.checkpoint import Checkpoint
    from attest.ledger.index import Row
    from attest.signing.strict import Fields
    from attest.signing.trust import LogKey

ANSWER: Final = "complete-answer/v1"
BEGINS: Final = b'{"answer":"complete-answer/'
"""Every such file begins so; nothing else is tried as one."""
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
MAX_ANSWER_KEYS: Final = 1024
"""Keys, and bundles, of one answer: a longer range is asked for in several."""
MAX_PART_BYTES: Final = 8 * 1024 * 1024
MAX_PATH_HASHES: Final = 64
_TAKEN: Final = ("answer", "log", "checkpoint", "indexLeaf", "live", "keys", "bundles", "genesis", "last")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteAnswer:
    """An answer that holds: the log's own index, at a head that the pinned log signed, says exactly this."""

    source: str
    log: LogKey
    size: int
    root: bytes
    as_of: datetime | None
    """When the log signed that this is its newest head; None where it does not say."""
    rows: Mapping[Key, tuple[Row, ...]]
    bundles: tuple[bytes, ...]
    """As they were sent; nothing in them is verified."""
    genesis: Mapping[str, object] | None = None
    """What the log's first entry says; None where the answer does not show it."""
    last: Mapping[str, object] | None = None
    """What the log's last entry before the index leaf says, where that is a statement about a log, else empty; None where
    the answer does not show it."""


def read_answer(
    raw: bytes,
    source: str,
    roots: tuple[PinnedRoot, ...],
    index_keys: IndexKeys = NO_KEYS,
    *,
    followed: tuple[LogKey, ...] = (),
) -> CompleteAnswer:
    """Check one answer and give what it proves.

    `index_keys` are those of private logs that the caller holds, `followed` logs that pinned ones name as followed.

    1. The head is signed by a pinned log of that name.
    2. The index leaf is the last leaf of that head's tree, and its statement is the index of a tree of that size.
    3. Every key's proof holds in every live segment that the index leaf commits to.
    4. Where it shows the first entry, or the last before the index leaf, that is the entry there.

    Not checked: that rows were derived honestly when they were committed, and that the log shows everybody this head.

    Raises:
        NotVerified: it claims a pinned log and fails: `evidence.malformed`, `evidence.checkpoint`,
            `evidence.inclusion`, `evidence.index`.
        CannotVerify: `evidence.untrusted`, it is of a log that is not pinned; `evidence.index-key`, the log is private and its
            key is none of those.
    """
    top = parse_json(raw, MAX_ANSWER_BYTES, where="answer")
    if top.value.get("answer") != ANSWER:
        raise CannotVerify("evidence.unsupported", "an unknown version of a complete answer", where=source)
    top.only(*_TAKEN)
    log = _pinned(top.text("log"), roots, source, followed)
    note = top.text("checkpoint")
    head = open_checkpoint(note, log)  # 1
    leaf = top.child("indexLeaf")
    statement = parse_statement(_payload(leaf, head.size - 1, head))  # 2
    if statement.predicate_type != INDEX_V1:
        raise NotVerified("evidence.index", "the last leaf is no index", got=statement.predicate_type[:80])
    committed = parse_index_predicate(statement.predicate)
    committed.require_closes(head.size)
    keying = index_keys.keying(committed.keying)
    live = top.octets("live", MAX_PART_BYTES)
    rows: dict[Key, tuple[Row, ...]] = {}
    for one in top.objects("keys"):  # 3
        key = _key(one)
        proofs = tuple(parse_key_proof(each.value) for each in one.objects("proofs"))
        rows[key] = verify_complete(keying.key(*key), live, committed.live_root, proofs, size=head.size)
    genesis, last = _about_log(top, "genesis", 0, head), _about_log(top, "last", head.size - 2, head)  # 4
    at = newest_at(head)
    return CompleteAnswer(
        source=source,
        log=log,
        size=head.size,
        root=head.root,
        as_of=datetime.fromtimestamp(at, UTC) if at is not None else None,
        rows=rows,
        bundles=top.octet_list("bundles", MAX_PART_BYTES),
        genesis=_own_genesis(genesis, log) if genesis is not None else None,
        last=last,
    )


def _pinned(name: str, roots: tuple[PinnedRoot, ...], source: str, followed: tuple[LogKey, ...]) -> LogKey:
    known = (*(log for pinned in roots for log in pinned.root.logs), *followed)
    found = next((log for log in known if log.name == name), None)
    if found is None or found.key is None:
        raise CannotVerify(
            "evidence.untrusted", "the complete answer is of a log that is not pinned", got=name[:200], where=source
        )
    return found


def _about_log(top: Fields, name: str, index: int, head: Checkpoint) -> Mapping[str, object] | None:
    """Give what an entry says about the log; empty for a statement about something else, None where it is not shown."""
    if not top.has(name):
        return None
    statement = parse_statement(_payload(top.child(name), index, head))
    return statement.predicate if statement.predicate_type == LOG_V1 else {}


def _own_genesis(genesis: Mapping[str, object], log: LogKey) -> Mapping[str, object]:
    try:
        GENESIS.check(dict(genesis), "/predicate")
    except AttestError as err:
        raise NotVerified("evidence.chain", "the first entry is no genesis", where=log.name) from err
    return genesis


def _payload(leaf: Fields, index: int, head: Checkpoint) -> bytes:
    """Give the payload of the leaf at an index, proved included."""
    leaf.only("body", "envelope", "hashes")
    body, envelope = leaf.octets("body", MAX_PART_BYTES), leaf.octets("envelope", MAX_PART_BYTES)
    hashes = leaf.octet_list("hashes", 32)
    if not 0 <= index < head.size or len(hashes) > MAX_PATH_HASHES:
        raise NotVerified("evidence.inclusion", "this is no path to a leaf", where=f"leaf {index}")
    verify_inclusion(leaf_hash(body), index, head.size, hashes, head.root)
    if entry_body(envelope, certificate_of(body)) != body:
        raise NotVerified("evidence.entry", "the leaf is about another statement", where=f"leaf {index}")
    return parse_envelope(envelope).payload


def _key(one: Fields) -> Key:
    one.only("kind", "value", "proofs")
    kind = one.text("kind")
    known = next((each for each in KeyKind if each.value == kind), None)
    if known is None:
        raise one.fail("kind", "an unknown kind of key")
    return known, one.text("value")
