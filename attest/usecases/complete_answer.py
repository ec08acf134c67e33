"""Give a complete answer for commits from this instance's ledger, as a file that others check offline (decision D5).

1. head     of each log the newest, read in one transaction; the own log signs that it is the newest now
2. follow   from each commit to its sessions, and to the commits that it was rewritten from, in the log and in those before it,
            as far as those heads reach
3. prove    every key followed, in every live segment, at that one head
4. bundles  of every entry found
5. chain    the first entry, which says whether another log is followed; of an ended one the last, which names its successor
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from attest.errors import Absent
from attest.evidence.complete_answer import ANSWER, MAX_ANSWER_KEYS
from attest.evidence.reached import following
from attest.ledger.index import KeyKind, prove_in
from attest.ledger.proof import inclusion_proof
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.index_state import newest_index
from attest.usecases.followed import answering_logs
from attest.usecases.receipts import bundle_of
from attest.usecases.verify_range import range_commits, range_ends

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.evidence.reached import Key
    from attest.git import Repository
    from attest.ledger.proof import ReadNode
    from attest.store.attestations import StoredAttestation
    from attest.store.index_state import IndexState
    from attest.usecases.followed import AnsweringLog
    from attest.usecases.instance import Instance

COMMITS_AN_ANSWER: Final = 128
"""Commits of one answer; a longer range gets several, each complete for its own commits."""


def complete_answers(instance: Instance, oids: tuple[str, ...]) -> tuple[bytes, ...]:
    """Give one answer for each 128 commits: one line for the log, and one for each log before it that is named here.

    Raises:
        Absent: `service.not-found`, nothing is published yet.
        CannotVerify: `evidence.index-key` or `evidence.chain`: see `answering_logs`.
    """
    parts = [oids[at : at + COMMITS_AN_ANSWER] for at in range(0, len(oids), COMMITS_AN_ANSWER)]
    logs = answering_logs(instance)
    return tuple(_answers(logs, part) for part in parts)


def answers_for(instance: Instance, repository: Repository, revision: str) -> bytes:
    """Give the answers for a commit or a range as one file, one to a line.

    Raises:
        InvalidInput: no such revision, or a range that is empty.
        Absent: `service.not-found`, nothing is published yet.
    """
    if ".." in revision:
        base, tip = range_ends(repository, revision)
        oids = range_commits(repository, base, tip)
    else:
        oids = (repository.resolve(revision),)
    return b"".join(complete_answers(instance, oids))


def _answers(logs: tuple[AnsweringLog, ...], oids: tuple[str, ...]) -> bytes:
    states = tuple((log, newest_index(log.engine, log.scope, log)) for log in logs)  # 1
    found = _followed(states, oids)  # 2
    return b"".join(
        _answer(log, state, {key: rows[at] for key, rows in found.items()}) for at, (log, state) in enumerate(states)
    )


def _answer(log: AnsweringLog, state: IndexState, found: Mapping[Key, tuple[StoredAttestation, ...]]) -> bytes:
    size = state.tree_size
    published = log.publisher.published()
    if published is None or published.size < size:
        raise Absent("service.not-found", "the newest head is not published yet")
    read = log.publisher.reader(published.size).read
    keys = [
        {
            "kind": kind.value,
            "value": value,
            "proofs": [prove_in(one, log.keying.key(kind, value)).to_json() for one in state.segments],  # 3
        }
        for kind, value in found
    ]
    listed = {row.id: row for rows in found.values() for row in rows}
    document = {
        "answer": ANSWER,
        "log": log.origin,
        "checkpoint": log.note(state),
        "indexLeaf": _leaf(log, size - 1, size, read),
        "live": _text(state.live_blob),
        "keys": keys,
        "bundles": [_text(bundle_of(row)) for row in list(listed.values())[:MAX_ANSWER_KEYS]],  # 4
        "genesis": _leaf(log, 0, size, read),  # 5
        "last": _leaf(log, size - 2, size, read),
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def _followed(
    states: tuple[tuple[AnsweringLog, IndexState], ...], oids: tuple[str, ...]
) -> dict[Key, tuple[tuple[StoredAttestation, ...], ...]]:
    """Give what each log lists for every key that any of them leads to."""
    queue: list[Key] = [(KeyKind.GIT_COMMIT, oid) for oid in oids]
    found: dict[Key, tuple[tuple[StoredAttestation, ...], ...]] = {}
    while queue and len(found) < MAX_ANSWER_KEYS:
        key = queue.pop(0)
        if key in found:
            continue
        found[key] = tuple(_listed(log, key, state.tree_size) for log, state in states)
        for row in (row for rows in found[key] for row in rows):
            queue += following(key, parse_statement(parse_envelope(row.leaf.envelope).payload))
    return found


def _listed(log: AnsweringLog, key: Key, size: int) -> tuple[StoredAttestation, ...]:
    # What was logged since is not proved at that head.
    rows = attestations.about(log.engine, log.scope, key[0].value, key[1]).rows
    return tuple(row for row in rows if row.receipt.index < size)


def _leaf(log: AnsweringLog, index: int, size: int, read: ReadNode) -> dict[str, object]:
    entry = log.reader.entry(index)
    if entry is None:
        raise Absent("store.missing", "an entry is not stored", where=f"entry {index}")
    return {
        "body": _text(entry.leaf.body),
        "envelope": _text(entry.leaf.envelope),
        "hashes": [_text(one) for one in inclusion_proof(index, size, read)],
    }


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
