"""What a question leads to in the index, and the proofs that it is all: one complete answer a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, InvalidInput, NotVerified
from attest.evidence.bundle.question import Asked
from attest.evidence.complete_answer import ANSWER, MAX_ANSWER_KEYS
from attest.evidence.reached import following
from attest.ledger.index import KeyKind, prove_in
from attest.ledger.proof import inclusion_proof
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.signing.strict import base64_text
from attest.store.log_reader import LogReader
from attest.store.window_rows import attested_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.evidence.bundle.question import Question
    from attest.evidence.reached import Key
    from attest.ledger.index import Keying, KeyProof
    from attest.ledger.proof import ReadNode
    from attest.store.index_state import IndexState
    from attest.usecases.instance import Instance

MAX_KEYS: Final = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """All keys of a question, in the order in which they were reached, and the entries under them."""

    keys: tuple[Key, ...]
    entries: tuple[int, ...]
    """Indices, ascending."""


def follow(instance: Instance, state: IndexState, question: Question, on_key: Callable[[int, int], None]) -> Followed:
    """Look up each key in the index itself, and follow commits to sessions and to what they were rewritten from.

    Raises:
        InvalidInput: `input.too-large`, more than 200,000 keys.
        NotVerified: `ledger.corrupt`, the index lists an entry that is not stored.
    """
    kind = KeyKind.GIT_COMMIT if question.kind is Asked.COMMITS else KeyKind.SESSION
    keys: dict[Key, None] = dict.fromkeys((kind, value) for value in question.values)
    queue, entries, done = list(keys), set[int](), 0
    while done < len(queue):
        key = queue[done]
        done += 1
        on_key(done, len(queue))
        wanted = instance.log.keying.key(*key)
        rows = [row.index for proof in _proofs(state, wanted) for row in proof.rows if row.key == wanted]
        entries.update(rows)
        for index in rows if key[0] is KeyKind.GIT_COMMIT else ():
            stored = attested_at(instance.engine, instance.scope, instance.log.name, index)
            if stored is None:
                raise NotVerified("ledger.corrupt", "the index lists an entry that is not stored", where=str(index))
            new = [
                one
                for one in following(key, parse_statement(parse_envelope(stored.leaf.envelope).payload))
                if one not in keys
            ]
            keys.update(dict.fromkeys(new))
            queue += dict.fromkeys(new)
        if len(queue) > MAX_KEYS:
            raise InvalidInput("input.too-large", "the question leads to too many keys", expected=f"<= {MAX_KEYS}")
    return Followed(keys=tuple(queue), entries=tuple(sorted(entries)))


def answer_lines(
    state: IndexState, found: Followed, leaf: dict[str, object], *, keying: Keying, log: str, note: str
) -> Iterator[bytes]:
    """Give the lines of `answers.jsonl`, a key at a time, so that no line is ever held whole."""
    head = json.dumps(
        {"answer": ANSWER, "log": log, "checkpoint": note, "indexLeaf": leaf, "live": base64_text(state.live_blob)},
        separators=(",", ":"),
    ).encode()
    todo = iter(found.keys)
    while batch := tuple(islice(todo, MAX_ANSWER_KEYS)):
        yield head[:-1] + b',"keys":['
        for number, key in enumerate(batch):
            one = {
                "kind": key[0].value,
                "value": key[1],
                "proofs": [proof.to_json() for proof in _proofs(state, keying.key(*key))],
            }
            yield (b"," if number else b"") + json.dumps(one, separators=(",", ":")).encode()
        yield b'],"bundles":[]}\n'


def index_leaf(instance: Instance, state: IndexState, read: ReadNode) -> dict[str, object]:
    """Give the leaf that commits to the index, with its way to the head.

    Raises:
        Absent: `store.missing`, the leaf is not stored.
    """
    size = state.tree_size
    entry = LogReader(instance.engine, instance.scope, instance.log.name).entry(size - 1)
    if entry is None:
        raise Absent("store.missing", "the last leaf of the head is not stored", where=f"entry {size - 1}")
    way = inclusion_proof(size - 1, size, read)
    body, envelope, *hashes = (base64_text(one) for one in (entry.leaf.body, entry.leaf.envelope, *way))
    return {"body": body, "envelope": envelope, "hashes": hashes}


def _proofs(state: IndexState, key: bytes) -> Iterator[KeyProof]:
    return (prove_in(segment, key) for segment in state.segments)
