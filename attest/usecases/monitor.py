"""Follow a log from outside: is each head that it shows an extension of all that it showed before?

1. fetch    the checkpoint, under the log's pinned key
2. compare  with the head kept last: smaller, same, larger
3. extend   a larger one by the leaf hashes it adds, up to its signed root; asked for, each entry against its leaf hash
4. prove    where it contradicts what was kept: a fork proof is written, and the kept head stays
5. fresh    is the newest thing that is known new enough
6. keep     tiles, then the head

What is not found: what the log never showed here, to other people, unless one of their heads is compared (`other`).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, NotVerified, Refused
from attest.ledger.checkpoint import Checkpoint
from attest.ledger.cosigned import CosignedHead, open_cosigned
from attest.ledger.fork import ForkProof, prove_fork
from attest.ledger.note import encode_vkey
from attest.ledger.proof import consistency_proof, range_root, verify_consistency
from attest.ledger.tiles import TILE_WIDTH, TileReader
from attest.ledger.tree import EMPTY_EDGE, grow, leaf_hash
from attest.store.durable import create_file
from attest.witness.followed import CHUNK_TILES, Kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attest.ledger.tree import Edge
    from attest.ledger.witness_policy import Standing, WitnessPolicy
    from attest.witness.followed import Followed
    from attest.witness.tiles_over_http import TilesOverHttp

MAX_NEW_TILES: Final = 262_144
"""Tiles of one run: 67 million entries. A log that claims more at once is not followed."""


class Forked(NotVerified):
    """The log has signed two histories; `proof` shows it to anyone."""

    def __init__(self, proof: ForkProof, path: Path) -> None:
        super().__init__("ledger.fork", where=str(path))
        self.proof = proof
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What to follow, and how."""

    log: TilesOverHttp
    followed: Followed
    policy: WitnessPolicy | None = None
    max_age_s: int | None = None
    """Oldest that the newest head may be: by the quorum's cosignatures, or without a policy since it was first seen."""
    entries: bool = False
    """Also fetch every new entry and compare it with its leaf hash."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the log shows now."""

    note: str
    head: Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorReport:
    """One good look at a log."""

    origin: str
    size: int
    root: bytes
    grown_by: int
    standing: Standing | None
    fresh_at: int
    """The moment up to which the head is known to be the newest; by whose clock, says `fresh_by`."""
    fresh_by: str

    def to_json(self) -> dict[str, object]:
        """Give it for `--json`."""
        return {
            "log": self.origin,
            "tree_size": self.size,
            "root": self.root.hex(),
            "grown_by": self.grown_by,
            "witnesses": list(self.standing.counted) if self.standing else [],
            "same_operator": list(self.standing.same_operator) if self.standing else [],
            "fresh_at": self.fresh_at,
            "fresh_by": self.fresh_by,
        }


def look(watch: Watch, *, now: int, on_tile: Callable[[int, int], None] = lambda *_: None) -> MonitorReport:
    """Look at the log once.

    Raises:
        Forked: it contradicts what was kept; the proof is written below the state's `forks`.
        NotVerified: `evidence.checkpoint`: the checkpoint is badly signed, or by another key under the log's name
            (no key is changed without a successor log); `ledger.corrupt`: its files do not give its signed root.
        Refused: `ledger.rollback`: it shows an older head than before; `ledger.stale`: nothing new for too long.
        CannotVerify: it cannot be reached, or not everything could be fetched.
    """
    followed, kept = watch.followed, watch.followed.kept()
    note = watch.log.checkpoint()  # 1
    cosigned = open_cosigned(note, followed.key, watch.policy.keys if watch.policy else ())
    head = cosigned.head
    old = kept.head if kept else None
    if kept is not None and old is not None and head.size <= old.size:  # 2
        edge = kept.edge
        require_same(followed, kept, note, head)
    else:
        edge = _extend(watch, kept, _Shown(note, head), on_tile)  # 3, 4
    same = kept is not None and old is not None and old.size == head.size
    newest = Kept(head=head, note=note, first_seen=kept.first_seen if same and kept else now, edge=edge)
    followed.keep(newest)  # 6
    report = _report(watch, cosigned, newest, head.size - (old.size if old else 0))
    if watch.max_age_s is not None and now - report.fresh_at > watch.max_age_s:  # 5
        raise Refused(
            "ledger.stale",
            expected=f"at most {watch.max_age_s} s",
            got=f"{now - report.fresh_at} s, by {report.fresh_by}",
            where=head.origin,
        )
    return report


def require_same(followed: Followed, kept: Kept, note: str, head: Checkpoint) -> None:
    """Hold a head of the kept size or smaller, from wherever it came, against what is kept.

    Raises:
        Forked: it is of another history. Refused: `ledger.rollback`, it is of this one, and older.
    """
    if head.size:
        root = kept.head.root if head.size == kept.head.size else followed.edge(head.size).root
        if not hmac.compare_digest(root, head.root):
            raise _forked(followed, prove_fork(encode_vkey(followed.key), (note, kept.note), followed.read))
    if head.size < kept.head.size:
        expected = f"at least {kept.head.size} entries, as before"
        raise Refused(
            "ledger.rollback", "the log shows an older head than before", expected=expected, got=str(head.size)
        )


def compare(followed: Followed, note: str) -> bool:
    """Compare a head that somebody else was shown; False when it is larger than what is kept, so that nothing is known.

    Raises:
        Forked: the log showed them another history. NotVerified, CannotVerify: it is no head of this log.
    """
    kept = followed.kept()
    head = open_cosigned(note, followed.key, ()).head
    if kept is None or head.size > kept.head.size:
        return False
    try:
        require_same(followed, kept, note, head)
    except Refused as err:
        if err.code != "ledger.rollback":
            raise
    return True


def _extend(watch: Watch, kept: Kept | None, shown: _Shown, on_tile: Callable[[int, int], None]) -> Edge:
    followed, head = watch.followed, shown.head
    old = kept.head.size if kept else 0
    first, end = old // TILE_WIDTH, -(-head.size // TILE_WIDTH)
    if end - first > MAX_NEW_TILES:
        raise CannotVerify("input.too-large", "the log claims too much at once", expected=f"{MAX_NEW_TILES} tiles")
    reader = TileReader(head.size, watch.log.fetch)
    followed.forget()  # what a run that was cut off has left
    edge, buffer, hashes = kept.edge if kept else EMPTY_EDGE, list[bytes](), list[bytes]()
    for number in range(first, end):
        width = min(TILE_WIDTH, head.size - number * TILE_WIDTH)
        hashes = [_served(reader, number * TILE_WIDTH + at) for at in range(width)]
        before = min(width, old - number * TILE_WIDTH)
        if before > 0 and tuple(hashes[:before]) != followed.tile(number, before):
            raise _contradiction(followed, kept, shown, reader)
        if watch.entries:
            _require_entries(reader, number, hashes)
        followed.put_aside(number, hashes)
        if width == TILE_WIDTH:
            buffer += hashes
        if len(buffer) >= CHUNK_TILES * TILE_WIDTH:
            edge, buffer = grow(edge, buffer).edge, []
        on_tile(number + 1 - first, end - first)
    edge = grow(edge, buffer).edge
    rest = hashes if head.size % TILE_WIDTH else []  # the unfinished tile is no part of the edge that is kept
    if not hmac.compare_digest(grow(edge, rest).root, head.root):
        raise _contradiction(followed, kept, shown, reader)
    followed.settle()
    return edge


def _served(reader: TileReader, index: int) -> bytes:
    try:
        return reader.read(0, index)
    except AttestError as err:
        raise CannotVerify("service.away", "a tile of the log cannot be had", got=err.code, where=err.where) from err


def _require_entries(reader: TileReader, number: int, hashes: list[bytes]) -> None:
    try:
        entries = reader.entries(number)
    except Refused as err:
        raise NotVerified("ledger.corrupt", "an entry bundle of the log is malformed", where=err.where) from err
    if [leaf_hash(entry) for entry in entries] != hashes:
        where = f"entries {number * TILE_WIDTH} and after"
        raise NotVerified("ledger.corrupt", "an entry of the log is not that of its leaf hash", where=where)


def _contradiction(followed: Followed, kept: Kept | None, shown: _Shown, reader: TileReader) -> AttestError:
    """Say what files that do not extend the kept tree are: proof of a fork, or not what the log signed."""
    followed.forget()
    head = shown.head
    if kept is not None and kept.head.size:
        try:
            size = kept.head.size
            prefix, proof = range_root(0, size, reader.read), consistency_proof(size, head.size, reader.read)
            verify_consistency(size, prefix, head.size, head.root, proof)
            return _forked(followed, prove_fork(encode_vkey(followed.key), (kept.note, shown.note), reader.read))
        except AttestError:
            pass
    return NotVerified("ledger.corrupt", "the log's files do not give its signed root", where=f"tree size {head.size}")


def _forked(followed: Followed, proof: ForkProof) -> Forked:
    data = proof.encode()
    path = followed.directory / "forks" / f"{hashlib.sha256(data).hexdigest()[:16]}.json"
    create_file(path, data)
    return Forked(proof, path)


def _report(watch: Watch, cosigned: CosignedHead, kept: Kept, grown: int) -> MonitorReport:
    standing, fresh_at, by = None, kept.first_seen, "this monitor's own clock, since it first saw this head"
    if watch.policy is not None:
        keys = [one.key for one in cosigned.cosignatures]
        standing = watch.policy.standing(keys, log=watch.followed.key)
        fresh_at, by = _quorum_time(watch, cosigned), "the clocks of a quorum of witnesses"
    return MonitorReport(
        origin=kept.head.origin,
        size=kept.head.size,
        root=kept.head.root,
        grown_by=grown,
        standing=standing,
        fresh_at=fresh_at,
        fresh_by=by,
    )


def _quorum_time(watch: Watch, cosigned: CosignedHead) -> int:
    """Give the latest moment at which a quorum had this head as the newest; 0 where there is no quorum on it."""
    if watch.policy is None:
        return 0
    newest_first = sorted(cosigned.cosignatures, key=lambda one: -one.at)
    for count in range(1, len(newest_first) + 1):
        keys = [one.key for one in newest_first[:count]]
        if watch.policy.standing(keys, log=watch.followed.key).met:
            return newest_first[count - 1].at
    return 0
