"""The files of an evidence bundle below `data/`, in the order of their paths; those that stand already are passed over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from attest.errors import Absent
from attest.evidence.bag import Again
from attest.evidence.bundle import layout
from attest.evidence.bundle.question import Asked
from attest.ledger.cosigned import with_lines
from attest.ledger.index.keying import encode_key_file
from attest.ledger.window import outside_hashes
from attest.signing.strict import base64_text
from attest.store.cosignatures import lines_on
from attest.store.index_state import newest_index
from attest.store.log_reader import LogReader
from attest.store.window_rows import attested_each, leaf_hashes
from attest.usecases.bundle_anchors import anchor_lines
from attest.usecases.bundle_beside import access_file, derived_files, request_file, tombstones
from attest.usecases.bundle_keys import answer_lines, index_leaf
from attest.usecases.bundle_parts import part_files
from attest.usecases.pinned_trust import revocations_of
from attest.usecases.receipts import bundle_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.evidence.bag import BagWriter
    from attest.evidence.bundle.question import BundleFacts
    from attest.ledger.proof import ReadNode
    from attest.model.scope import Scope
    from attest.store.attestations import StoredAttestation
    from attest.store.engine import Engine
    from attest.store.log_reader import StoredHead
    from attest.usecases.bundle_beside import Derive
    from attest.usecases.bundle_keys import Followed
    from attest.usecases.bundle_request import BundleRequest
    from attest.usecases.instance import Instance

KEPT_EVERY: Final = 256
"""Entries between two notes of how far the file is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFiles:
    """All that the files are made from."""

    instance: Instance
    request: BundleRequest
    head: StoredHead
    found: Followed
    facts: BundleFacts
    read: ReadNode
    """Nodes of the published tree, which may have grown since: its files of smaller sizes may be gone."""
    derive: Derive | None
    """Makes derived copies of texts; None where the texts go in as they are kept, or not at all."""

    def write(self, bag: BagWriter, keep: Callable[[], None], on_progress: Callable[[int, int], None]) -> None:
        """Write what is not written yet; `keep` is called where an interrupted creation may go on."""
        self._answers(bag)
        keep()
        self._each(bag, "data/derived/", (keep, on_progress))
        self._each(bag, "data/entries/", (keep, on_progress))
        if not bag.wrote(layout.OUTSIDE):
            self._head(bag)
        if self.facts.question.kind is Asked.INTERVAL and not bag.wrote(layout.OWN):
            bag.add_stream(layout.OWN, Again(self._own))
        self._each(bag, "data/parts/", (keep, on_progress))
        self._rest(bag)

    def _answers(self, bag: BagWriter) -> None:
        if bag.wrote(layout.FACTS):
            return
        bag.add(layout.ACCESS, access_file(self.instance, self.found.entries))
        for path, kind in ((layout.ANCHOR_ENTRIES, "hashedrekord"), (layout.ANCHORS, "rfc3161")):
            anchored = anchor_lines(self.instance, self.facts, self.read, kind)
            if anchored:
                bag.add(path, b"".join(anchored))
        if self.facts.question.kind is not Asked.INTERVAL:
            instance, log = self.instance, self.instance.log
            state = newest_index(instance.engine, instance.scope, log)
            if state.tree_size != self.facts.size:
                raise Absent("service.not-found", "the log grew while the bundle was begun: try again")
            leaf = index_leaf(instance, state, self.read)
            note = self.head.sigstore_note
            lines = partial(answer_lines, state, self.found, leaf, keying=log.keying, log=self.facts.log, note=note)
            bag.add_stream(layout.ANSWERS, Again(lines))
        bag.add(layout.FACTS, self.facts.encode())

    def _each(self, bag: BagWriter, folder: str, told: tuple[Callable[[], None], Callable[[int, int], None]]) -> None:
        keep, on_progress = told
        stages = [
            "data/entries/",
            *(["data/derived/"] if self.derive else []),
            *(["data/parts/"] if self.facts.parts else []),
        ]
        if folder not in stages:
            return
        entries = self.found.entries
        left = [index for index in entries if not bag.wrote(f"{folder}{index:012}")]
        done = len(entries) - len(left) + len(entries) * sorted(stages).index(folder)
        for number, stored in enumerate(self._stored(left)):
            if number % KEPT_EVERY == 0:
                keep()
            on_progress(done + number, len(entries) * len(stages))
            for path, data in self._files(folder, stored):
                bag.add(path, data)

    def _files(self, folder: str, stored: StoredAttestation) -> Iterator[tuple[str, bytes]]:
        if folder == "data/parts/":
            yield from part_files(self.instance, stored, give=self.derive is None)
        elif folder == "data/derived/" and self.derive is not None:
            yield from derived_files(self.instance, stored, self.derive)
        elif folder == "data/entries/":
            index = stored.receipt.index
            if stored.foreign_bundle is not None:
                yield layout.leaf_path(index), _leaf_json({}, stored.leaf.body, stored.leaf.envelope)
            yield layout.entry_path(index), bundle_of(stored)

    def _head(self, bag: BagWriter) -> None:
        cosigned = with_lines(self.head.c2sp_note, lines_on(*self._place(), self.facts.size))
        secret = self.instance.log.keying.secret if self.request.index_key else None
        outside = outside_hashes(self.facts.first, self.facts.end, self.facts.size, self.read)
        bag.add(layout.CHECKPOINT, cosigned.encode())
        bag.add(layout.SIGSTORE_NOTE, self.head.sigstore_note.encode())
        if secret is not None:
            bag.add(layout.INDEX_KEY, encode_key_file(secret))
        bag.add(layout.OUTSIDE, b"".join(one.hex().encode() + b"\n" for one in outside))

    def _rest(self, bag: BagWriter) -> None:
        services = self.instance.services
        if self.request.policy is not None:
            bag.add(layout.POLICY, self.request.policy)
        for path, data in sorted(self.request.beside.items()):
            bag.add(path, data)
        bag.add(layout.REQUEST, request_file(self.request))
        bag.add_stream(layout.TOMBSTONES, Again(partial(tombstones, self.instance, self.found.entries)))
        bag.add(layout.VKEY, services.log.verifier_key.encode() + b"\n")
        if revoked := revocations_of(self.instance):
            bag.add(layout.REVOCATIONS, revoked)
        bag.add(layout.TRUSTED_ROOT, services.trusted_root)
        bag.add_stream(layout.WINDOW, Again(self._window))

    def _stored(self, indices: list[int]) -> Iterator[StoredAttestation]:
        return attested_each(*self._place(), indices)

    def _place(self) -> tuple[Engine, Scope, str]:
        return self.instance.engine, self.instance.scope, self.instance.log.name

    def _leaves(self) -> Iterator[tuple[int, bytes, str]]:
        return leaf_hashes(*self._place(), first=self.facts.first, end=self.facts.end)

    def _own(self) -> Iterator[bytes]:
        reader = LogReader(*self._place())
        for index, _, kind in self._leaves():
            entry = reader.entry(index) if kind != "attestation" else None
            if entry is not None:
                yield _leaf_json({"index": index}, entry.leaf.body, entry.leaf.envelope) + b"\n"

    def _window(self) -> Iterator[bytes]:
        entries, interval = frozenset(self.found.entries), self.facts.question.kind is Asked.INTERVAL
        for index, leaf_hash, kind in self._leaves():
            own = interval and kind != "attestation"
            yield layout.window_line(
                index, leaf_hash, layout.ENTRY if index in entries else layout.OWN_LEAF if own else layout.OTHER
            )


def _leaf_json(first: dict[str, object], body: bytes, envelope: bytes) -> bytes:
    return json.dumps(
        first | {"body": base64_text(body), "envelope": base64_text(envelope)}, separators=(",", ":")
    ).encode()
