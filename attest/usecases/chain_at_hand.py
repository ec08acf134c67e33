"""The logs before this one as they ended, held against what each successor's first entry says of the one before it.

1. link      key, final size and final root are those that the successor's genesis names; a fork is a security event
2. index     the last leaf is in that tree, and commits to the index that lists are proved from
3. texts     of a copy that is not proved to be at its final head none is shown: an erasure may be among what it lacks
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, CannotVerify, NotVerified
from attest.evidence.chain import named_key
from attest.ledger.proof import inclusion_proof, verify_inclusion
from attest.ledger.tree import leaf_hash
from attest.model.succession import succession_of
from attest.signing.entry import certificate_of, entry_body
from attest.store.index_state import newest_index
from attest.usecases.followed import answering_logs
from attest.usecases.genesis import said_of_log

if TYPE_CHECKING:
    from attest.model.succession import Succession
    from attest.store.index_state import IndexState
    from attest.usecases.followed import AnsweringLog
    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierLog:
    """A log before the instance's own."""

    log: AnsweringLog
    state: IndexState | None
    """Of its final head; None where that is not proved, and the chain says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The logs before an instance's own, newest first, as far as they are at hand."""

    logs: tuple[EarlierLog, ...] = ()
    missing: str = ""
    """Why the chain is not proved whole; empty where it is, and where the log follows none."""

    @property
    def words(self) -> str:
        """Name the logs that are followed, each with its final size; empty where there are none."""
        ended = ((one.log.origin, one.state.tree_size) for one in self.logs if one.state is not None)
        return "".join(f", which follows {origin} (final size {size:,})" for origin, size in ended)

    def ended_readers(self, instance: Instance) -> tuple[Instance, ...]:
        """Give one that reads rows and texts for each log that is proved to be at its final head."""
        return tuple(one.log.read_by(instance) for one in self.logs if one.state is not None)


NO_CHAIN: Final = Chain()
NAME_IT: Final = "name the log before in $WHEREOF_FOLLOWED: its data directory, or a file of its environment"


def chain_at_hand(instance: Instance) -> Chain:
    """Give the logs before the instance's own, each with its index at the head where it ended.

    Raises:
        NotVerified: `evidence.chain` or `evidence.inclusion`: a log at hand is not the one that its successor names.
    """
    if instance.follows is None:
        return NO_CHAIN
    try:
        logs = answering_logs(instance)
    except NotVerified:
        raise
    except AttestError as err:
        return Chain(missing=_unread(instance.follows, err.what))
    found: list[EarlierLog] = []
    why = ""
    for newer, older in pairwise(logs):
        step = newer.follows()
        if step is None:
            break  # `answering_logs` gives none that is not followed
        try:
            state = _ended(newer, older, step)
        except NotVerified:
            raise
        except AttestError as err:
            state = None
            older.keys.withhold("session/", "vault/")  # 3
            why = why or _unread(older.origin, err.what)
        found.append(EarlierLog(log=older, state=state))
    if (beyond := logs[-1].follows()) is not None:
        why = why or _unread(beyond.origin, "$WHEREOF_FOLLOWED does not name it")
    return Chain(logs=tuple(found), missing=why)


def _unread(origin: str, why: str) -> str:
    return f"the log {origin} came before: {why}"


def _ended(newer: AnsweringLog, older: AnsweringLog, step: Succession) -> IndexState:
    older.keying.require()
    state = newest_index(older.engine, older.scope, older)
    if older.sigstore_key != named_key(step):
        raise NotVerified("evidence.chain", "the successor names another key than this log has", where=older.origin)
    if state.tree_size != step.tree_size:
        what = f"it ended at size {step.tree_size:,}, and the copy at hand has {state.tree_size:,}"
        raise CannotVerify("evidence.chain", what, where=older.origin)
    if state.root != step.root:
        what = "the log has another root at its final size than its successor names: a fork"
        raise NotVerified("evidence.chain", what, expected=step.root.hex(), got=state.root.hex(), where=older.origin)
    _require_index_leaf(older, state)  # 2
    genesis, last = said_of_log(newer.reader, 0), said_of_log(older.reader, state.tree_size - 2)
    if genesis is not None and last is not None and last.get("event") == "successor":
        succession_of(genesis, last)
    return state


def _require_index_leaf(older: AnsweringLog, state: IndexState) -> None:
    published = older.publisher.published()
    if published is None or published.size < state.tree_size:
        raise CannotVerify("evidence.chain", "its files are not at hand at its final head", where=older.origin)
    size, leaf = state.tree_size, state.index_leaf
    path = inclusion_proof(size - 1, size, older.publisher.reader(published.size).read)
    verify_inclusion(leaf_hash(leaf.body), size - 1, size, path, state.root)
    if entry_body(leaf.envelope, certificate_of(leaf.body)) != leaf.body:
        raise NotVerified("evidence.entry", "the last leaf is about another statement", where=older.origin)


def require_whole(instance: Instance, what: str) -> Chain:
    """Give the chain where all of it was read, for what must not take an unread log for an empty one.

    Raises:
        CannotVerify: `evidence.chain`, with `what` is not known then.
        NotVerified: as for `chain_at_hand`.
    """
    chain = chain_at_hand(instance)
    if chain.missing:
        raise CannotVerify("evidence.chain", f"{what} is not known: {chain.missing}", hint=NAME_IT)
    return chain


def readers_of(instance: Instance) -> tuple[Instance, ...]:
    """Give the instance, then for each log before it that is at hand one that reads its rows and texts and writes nothing."""
    return (instance, *(one.log.read_by(instance) for one in chain_at_hand(instance).logs))


def holders_of(instance: Instance) -> tuple[Instance, ...]:
    """Give the instance, then for each log before it that is at hand one over its data directory: for an erasure."""
    return (instance, *(one.log.held_by(instance) for one in chain_at_hand(instance).logs))
