"""Give a complete answer for commits from this instance's ledger, as a file that others check offline (decision D5).

1. head     the newest head, read in one transaction; the log signs that it is the newest now
2. follow   from each commit to its sessions, and to the commits that it was rewritten from, as `reach` does
3. prove    every key followed, in every live segment, at that one head
4. bundles  of every entry found
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
from attest.store.log_reader import LogReader
from attest.usecases.receipts import bundle_of
from attest.usecases.verify_range import range_commits, range_ends

if TYPE_CHECKING:
    from attest.evidence.reached import Key
    from attest.git import Repository
    from attest.store.attestations import StoredAttestation
    from attest.store.index_state import IndexState
    from attest.usecases.instance import Instance

COMMITS_AN_ANSWER: Final = 128
"""Commits of one answer; a longer range gets several, each complete for its own commits."""


def complete_answers(instance: Instance, oids: tuple[str, ...]) -> tuple[bytes, ...]:
    """Give one answer for each 128 commits.

    Raises:
        Absent: `service.not-found`, nothing is published yet.
    """
    parts = [oids[at : at + COMMITS_AN_ANSWER] for at in range(0, len(oids), COMMITS_AN_ANSWER)]
    return tuple(_answer(instance, part) for part in parts)


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


def _answer(instance: Instance, oids: tuple[str, ...]) -> bytes:
    state = newest_index(instance.engine, instance.scope, instance.log)  # 1
    found = _followed(instance, oids)  # 2
    keys = [
        {
            "kind": kind.value,
            "value": value,
            "proofs": [prove_in(one, instance.log.keying.key(kind, value)).to_json() for one in state.segments],  # 3
        }
        for kind, value in found
    ]
    listed = {row.id: row for rows in found.values() for row in rows}
    services = instance.services.log
    document = {
        "answer": ANSWER,
        "log": services.origin,
        "checkpoint": services.sign_newest(state.tree_size, state.root),
        "indexLeaf": _index_leaf(instance, state),
        "live": _text(state.live_blob),
        "keys": keys,
        "bundles": [_text(bundle_of(row)) for row in list(listed.values())[:MAX_ANSWER_KEYS]],  # 4
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def _followed(instance: Instance, oids: tuple[str, ...]) -> dict[Key, tuple[StoredAttestation, ...]]:
    queue: list[Key] = [(KeyKind.GIT_COMMIT, oid) for oid in oids]
    found: dict[Key, tuple[StoredAttestation, ...]] = {}
    while queue and len(found) < MAX_ANSWER_KEYS:
        key = queue.pop(0)
        if key in found:
            continue
        found[key] = attestations.about(instance.engine, instance.scope, key[0].value, key[1]).rows
        for row in found[key]:
            queue += following(key, parse_statement(parse_envelope(row.leaf.envelope).payload))
    return found


def _index_leaf(instance: Instance, state: IndexState) -> dict[str, object]:
    publisher, size = instance.log.publisher, state.tree_size
    published, leaf = (
        publisher.published(),
        LogReader(instance.engine, instance.scope, instance.log.name).entry(size - 1),
    )
    if published is None or published.size < size or leaf is None:
        raise Absent("service.not-found", "the newest head is not published yet")
    read = publisher.reader(published.size).read
    hashes = inclusion_proof(size - 1, size, read)
    return {
        "body": _text(leaf.leaf.body),
        "envelope": _text(leaf.leaf.envelope),
        "hashes": [_text(one) for one in hashes],
    }


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
