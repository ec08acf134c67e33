"""What a question leads to in the index, and the proofs that it is all: one complete answer a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import Absent, InvalidInput
from attest.evidence.bundle.question import Asked
from attest.evidence.complete_answer import ANSWER, MAX_ANSWER_KEYS
from attest.evidence.reached import following
from attest.ledger.index import KeyKind, prove_in
from attest.ledger.proof import inclusion_proof
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.signing.strict import base64_text
from attest.store.log_reader import LogReader
from attest.store.window_rows import attested_each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.evidence.bundle.question import Question
    from attest.evidence.reached import Key
    from attest.ledger.index import Keying, KeyProof
    from attest.ledger.proof import ReadNode
    from attest.model.statement import Statement
    from attest.store.index_state import IndexState
    from attest.usecases.instance import Instance

MAX_KEYS: Final = 200_000
_WAVE: Final = 256
"""Keys whose entries are held at once."""
_LINE_BYTES: Final = 8 * 1024 * 1024
"""Beyond so many a line of answers takes no further key: a verifier holds one whole."""


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
        Absent: `store.missing`, the index lists an entry that is not stored.
    """
    kind = KeyKind.GIT_COMMIT if question.kind is Asked.COMMITS else KeyKind.SESSION
    keys: dict[Key, None] = dict.fromkeys((kind, value) for value in question.values)
    queue, entries, done = list(keys), set[int](), 0
    while done < len(queue):
        wave = queue[done : done + _WAVE]
        rows = {key: _rows(instance, state, key) for key in wave}
        entries.update(*rows.values())
        told = sorted({index for key in wave if key[0] is KeyKind.GIT_COMMIT for index in rows[key]})
        stated = dict(zip(told, _statements(instance, told), strict=True))
        for key in wave:
            for index in rows[key] if key[0] is KeyKind.GIT_COMMIT else ():
                new = [one for one in following(key, stated[index]) if one not in keys]
                keys.update(dict.fromkeys(new))
                queue += dict.fromkeys(new)
        done += len(wave)
        on_key(done, len(queue))
        if len(queue) > MAX_KEYS:
            raise InvalidInput("input.too-large", "the question leads to too many keys", expected=f"<= {MAX_KEYS}")
    return Followed(keys=tuple(queue), entries=tuple(sorted(entries)))


def _rows(instance: Instance, state: IndexState, key: Key) -> list[int]:
    wanted = instance.log.keying.key(*key)
    return [row.index for proof in _proofs(state, wanted) for row in proof.rows if row.key == wanted]


def _statements(instance: Instance, indices: list[int]) -> Iterator[Statement]:
    for stored in attested_each(instance.engine, instance.scope, instance.log.name, indices):
        yield parse_statement(parse_envelope(stored.leaf.envelope).payload)


def answer_lines(
    state: IndexState, found: Followed, leaf: dict[str, object], *, keying: Keying, log: str, note: str
) -> Iterator[bytes]:
    """Give the lines of `answers.jsonl`, a key at a time, so that no line is ever held whole."""
    head = json.dumps(
        {"answer": ANSWER, "log": log, "checkpoint": note, "indexLeaf": leaf, "live": base64_text(state.live_blob)},
        separators=(",", ":"),
    ).encode()
    held, room = 0, 0
    for key in found.keys:
        proofs = [proof.to_json() for proof in _proofs(state, keying.key(*key))]
        line = json.dumps({"kind": key[0].value, "value": key[1], "proofs": proofs}, separators=(",", ":")).encode()
        if held and (held == MAX_ANSWER_KEYS or len(line) > room):
            yield b'],"bundles":[]}\n'
            held = 0
        if not held:
            room = _LINE_BYTES
            yield head[:-1] + b',"keys":['
        yield (b"," if held else b"") + line
        held, room = held + 1, room - len(line)
    if held:
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
