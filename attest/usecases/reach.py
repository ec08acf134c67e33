"""What an answer about a commit reaches in the log: entries of it, of its sessions, and of what it was rewritten from.

Each list is proved complete at one head (decision D5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import Absent
from attest.evidence.reached import following
from attest.ledger.index import KeyKind
from attest.model.link import Link, Relation
from attest.model.link_predicate import COMMIT_LINK_V1, links_of
from attest.model.scope import AsOf
from attest.model.session_predicate import SESSION_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.database import reading
from attest.store.index_state import index_in
from attest.store.log_reader import LogReader
from attest.usecases.chain_at_hand import NO_CHAIN, chain_at_hand
from attest.usecases.complete import rows_at

if TYPE_CHECKING:
    from attest.evidence.reached import Key
    from attest.store.attestations import StoredAttestation
    from attest.store.log_reader import StoredHead
    from attest.usecases.chain_at_hand import Chain
    from attest.usecases.complete import CompleteAnswer
    from attest.usecases.followed import AnsweringLog
    from attest.usecases.instance import Instance

MAX_KEYS: Final = 64
"""Commits and sessions that are followed; beyond it the list is not called complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What was reached, and how much of it is proved."""

    rows: tuple[StoredAttestation, ...]
    """Of the commit itself, newest first."""
    linked: tuple[StoredAttestation, ...]
    """Sessions that only a logged link leads to, newest first."""
    links: tuple[Link, ...]
    """Logged links of the commit, newest first."""
    as_of: AsOf
    tree_size: int
    root: bytes
    proved: int
    """Entries of the commit that the index proves; `rows` are what was found."""
    complete: CompleteAnswer
    """The same entries of the instance's own log with what proves them, at the same head."""
    keys: int
    """Keys looked up."""
    gaps: tuple[str, ...]
    """Keys whose list is not what the index proves, or that were left out: then nothing is complete."""
    chain: Chain = NO_CHAIN
    """The logs before: their rows are among these, after those of the own log."""
    past: bool = False
    """An earlier head was asked for: `tree_size` and `root` are its own, and what was logged from there on is left out.
    Lists are still proved complete at the newest head: what is whole there is whole below it."""

    @property
    def whole(self) -> bool:
        """Tell whether every list is proved complete, in all logs of the chain."""
        return not self.gaps and not self.chain.missing

    def log_of(self, stored: StoredAttestation) -> AnsweringLog | None:
        """Give the earlier log that holds a row; None where it stands in the instance's own."""
        return next((one.log for one in self.chain.logs if one.log.log_id == stored.receipt.log_id), None)

    def origin_of(self, stored: StoredAttestation) -> str:
        """Give the origin of the log that holds a row."""
        log = self.log_of(stored)
        return self.as_of.log if log is None else log.origin


def reach(instance: Instance, oid: str, as_of: int | None = None) -> Reached:
    """Follow a commit to its sessions and to what it was rewritten from, as the newest head of at most `as_of` leaves had it.

    Where the log follows others, what they list is part of it: all of them ended before this log's first entry.

    Raises:
        Absent: the log is not that long yet, or no head is that small.
        NotVerified: the index does not give what the log committed to: no list can be relied on; or a log before this one
            is not the one that its successor names.
    """
    head = _earlier(instance, as_of)
    below = head.tree_size if head else None
    chain = chain_at_hand(instance)
    first = (KeyKind.GIT_COMMIT, oid)
    found: dict[Key, _Listed] = {}
    gaps: list[str] = []
    known: dict[str, StoredAttestation] = {}
    queue: list[Key] = [first]
    # One state of the database: what is logged meanwhile is in no list, and in no proof.
    with reading(instance.engine) as session:
        state = index_in(session, instance.scope, instance.log)
        while queue and len(found) < MAX_KEYS:
            key = queue.pop(0)
            if key in found:
                continue
            shown = rows_at(state, instance.log.keying.key(*key))
            listed = attestations.about_again(session, instance.scope, (key[0].value, key[1]), known)
            own = tuple(row for row in listed if below is None or row.receipt.index < below)
            proved = _proved(shown, below)
            listing = _Listed(rows=own, proved=proved, whole=proved == len(own), own=shown)
            found[key] = _with_earlier(chain, key, listing)
            if not found[key].whole:
                gaps.append(key[1])
            queue += [following for row in found[key].rows for following in _following(row, key)]
    gaps += [value for key, value in queue if (key, value) not in found]
    rows = found[first].rows
    links = tuple(link for row in rows for link in _links(row) if link.commit == oid)
    return Reached(
        rows=rows,
        linked=_sessions(links, {key: one.rows for key, one in found.items()}, rows),
        links=links,
        as_of=AsOf(log=instance.services.log.origin, tree_size=state.tree_size, root=state.root),
        tree_size=head.tree_size if head else state.tree_size,
        root=head.root if head else state.root,
        past=head is not None,
        proved=found[first].proved,
        complete=found[first].own,
        keys=len(found),
        gaps=tuple(dict.fromkeys(gaps)),
        chain=chain,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """What the logs list under one key."""

    rows: tuple[StoredAttestation, ...]
    """Newest first, those of the own log before those of the logs before it."""
    proved: int
    whole: bool
    """Each log lists what its own index proves."""
    own: CompleteAnswer


def _with_earlier(chain: Chain, key: Key, listed: _Listed) -> _Listed:
    """Add what the logs before list under a key, with how many entries their indexes prove."""
    for one in chain.logs:
        rows = attestations.about(one.log.engine, one.log.scope, key[0].value, key[1]).rows
        proved = len(rows_at(one.state, one.log.keying.key(*key)).rows) if one.state else 0
        whole = listed.whole and (
            one.state is None or proved == len(rows)
        )  # one without a state: `chain.missing` says why
        listed = replace(listed, rows=(*listed.rows, *rows), proved=listed.proved + proved, whole=whole)
    return listed


def _earlier(instance: Instance, as_of: int | None) -> StoredHead | None:
    if as_of is None:
        return None
    reader = LogReader(instance.engine, instance.scope, instance.log.name)
    newest, head = reader.head(), reader.head_until(as_of)
    if newest is None or head is None or as_of > newest.tree_size:
        size = newest.tree_size if newest else 0
        raise Absent("service.not-found", "no such state of the log", expected=f"1 to {size} leaves", got=str(as_of))
    return head


def _proved(shown: CompleteAnswer, below: int | None) -> int:
    return sum(below is None or row.index < below for row in shown.rows)


def _following(row: StoredAttestation, key: Key) -> tuple[Key, ...]:
    return following(key, parse_statement(parse_envelope(row.leaf.envelope).payload))


def _links(row: StoredAttestation) -> tuple[Link, ...]:
    if row.predicate_type != COMMIT_LINK_V1:
        return ()
    predicate = parse_statement(parse_envelope(row.leaf.envelope).payload).predicate
    return links_of(predicate, asserted_by=row.identity, attestation=row.id)


def _sessions(
    links: tuple[Link, ...], found: dict[Key, tuple[StoredAttestation, ...]], own: tuple[StoredAttestation, ...]
) -> tuple[StoredAttestation, ...]:
    told = {row.session for row in own if row.predicate_type == SESSION_V1}
    wanted = dict.fromkeys(
        link.session.id
        for link in links
        if link.session.id and link.relation is Relation.AUTHORED and link.credited and link.session.id not in told
    )
    return tuple(
        row
        for session in wanted
        for row in found.get((KeyKind.SESSION, session), ())
        if row.predicate_type == SESSION_V1 and row.session == session
    )
