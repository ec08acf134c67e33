"""Create an evidence bundle: an answer about the log that is checked without this machine (docs/spec/evidence-bundle.md).

1. head     the newest head, read in one transaction, with both notes and the cosignatures on it
2. follow   the question, to keys and entries; or the entries of an interval
3. window   from the first entry to the last, and what leads from it to the head
4. write    everything in the order of the paths, one file at a time, to a file beside the target; then rename it

Equal facts give equal bytes. Only step 2 holds anything that grows with the bundle: the keys and the indices.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from attest import __version__
from attest.errors import Absent, InvalidInput
from attest.evidence.bag import BagWriter
from attest.evidence.bundle import layout
from attest.evidence.bundle.question import Asked, BundleFacts
from attest.evidence.shipped import shipped_files
from attest.ledger.cosigned import with_lines
from attest.ledger.index.keying import encode_key_file
from attest.ledger.window import outside_hashes
from attest.signing.strict import base64_text
from attest.store.cosignatures import lines_on
from attest.store.index_state import newest_index
from attest.store.log_reader import LogReader
from attest.store.window_rows import attested_at, attested_in, leaf_hashes, logged_between
from attest.usecases.bundle_keys import Followed, answer_lines, follow, index_leaf
from attest.usecases.bundle_parts import part_files
from attest.usecases.bundle_words import verify_page
from attest.usecases.receipts import bundle_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.evidence.bundle.question import Question
    from attest.ledger.proof import ReadNode
    from attest.store.attestations import StoredAttestation
    from attest.store.index_state import IndexState
    from attest.store.log_reader import StoredHead
    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRequest:
    """What to put into a bundle, and where."""

    question: Question
    since: int | None = None
    """Of an interval: seconds since the epoch; None means from the beginning."""
    until: int | None = None
    parts: bool = False
    policy: bytes | None = None
    index_key: bool = False
    """Put the index key of a private log in: whoever has the bundle can then find out what any entry of the log is about,
    by trying; without it they need the key from elsewhere."""
    output: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedBundle:
    """What was written."""

    facts: BundleFacts
    sha256: str
    bytes: int


def create_bundle(instance: Instance, request: BundleRequest, on_progress: Callable[[int, int], None]) -> CreatedBundle:
    """Write the bundle; the name appears only when it is whole.

    Raises:
        Absent: `service.not-found`, nothing is published yet.
        InvalidInput: the question leads to too many keys; or the file cannot be written.
    """
    state = newest_index(instance.engine, instance.scope, instance.log)  # 1
    head = LogReader(instance.engine, instance.scope, instance.log.name).head(state.tree_size)
    published = instance.log.publisher.published()
    if head is None or published is None or published.size < state.tree_size:
        raise Absent("service.not-found", "the newest head is not published yet")
    found = _found(instance, state, request, on_progress)  # 2
    window = (found.entries[0], found.entries[-1] + 1) if found.entries else (state.tree_size - 1, state.tree_size)  # 3
    facts = BundleFacts(
        log=instance.services.log.origin,
        size=state.tree_size,
        root=state.root,
        first=window[0],
        end=window[1],
        question=request.question,
        entries=len(found.entries),
        parts=request.parts,
        trust=hashlib.sha256(instance.services.trusted_root).digest(),
    )
    read = instance.log.publisher.reader(published.size).read
    making = _Making(instance=instance, request=request, state=state, head=head, found=found, facts=facts, read=read)
    return making.write(on_progress)  # 4


def _found(
    instance: Instance, state: IndexState, request: BundleRequest, on_progress: Callable[[int, int], None]
) -> Followed:
    if request.question.kind is not Asked.INTERVAL:
        return follow(instance, state, request.question, on_progress)
    place = (instance.engine, instance.scope, instance.log.name)
    ends = logged_between(*place, since=request.since, until=request.until)
    if not ends or ends[0] >= state.tree_size:
        return Followed(keys=(), entries=())
    return Followed(keys=(), entries=attested_in(*place, first=ends[0], end=min(ends[1] + 1, state.tree_size)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    instance: Instance
    request: BundleRequest
    state: IndexState
    head: StoredHead
    found: Followed
    facts: BundleFacts
    read: ReadNode
    """Nodes of the published tree, which may have grown since: its files of smaller sizes may be gone."""

    def write(self, on_progress: Callable[[int, int], None]) -> CreatedBundle:
        output = self.request.output
        try:
            handle, name = tempfile.mkstemp(prefix=".staged-", dir=output.parent)
        except OSError as err:
            raise InvalidInput("input.not-found", "the bundle cannot be written there", where=str(output)) from err
        try:
            with os.fdopen(handle, "w+b") as file:
                bag = BagWriter(file, self._tags())
                self._fill(bag, on_progress)
                bag.finish()
                file.flush()
                os.fsync(file.fileno())
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.seek(0, os.SEEK_END)
            Path(name).replace(output)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
        return CreatedBundle(facts=self.facts, sha256=digest, bytes=size)

    def _tags(self) -> dict[str, bytes]:
        first = self._stored(self.found.entries[0]) if self.found.entries else None
        tags = {
            "VERIFY.md": verify_page(self.facts, first),
            "bag-info.txt": f"Bag-Software-Agent: whereof {__version__}\n".encode(),
        }
        return tags | shipped_files()

    def _fill(self, bag: BagWriter, on_progress: Callable[[int, int], None]) -> None:
        place = (self.instance.engine, self.instance.scope, self.instance.log.name)
        services, interval = self.instance.services, self.facts.question.kind is Asked.INTERVAL
        note, total = self.head.sigstore_note, len(self.found.entries)
        if not interval:
            leaf = index_leaf(self.instance, self.state, self.read)
            keying = self.instance.log.keying
            lines = answer_lines(self.state, self.found, leaf, keying=keying, log=self.facts.log, note=note)
            bag.add_stream(layout.ANSWERS, lines)
        bag.add(layout.FACTS, self.facts.encode())
        for number, index in enumerate(self.found.entries):
            on_progress(number, total)
            stored = self._stored(index)
            if stored.foreign_bundle is not None:
                bag.add(layout.leaf_path(index), _leaf_json({}, stored.leaf.body, stored.leaf.envelope))
            bag.add(layout.entry_path(index), bundle_of(stored))
        cosigned = with_lines(self.head.c2sp_note, lines_on(*place, self.facts.size))
        bag.add(layout.CHECKPOINT, cosigned.encode())
        bag.add(layout.SIGSTORE_NOTE, note.encode())
        if self.request.index_key and (secret := self.instance.log.keying.secret) is not None:
            bag.add(layout.INDEX_KEY, encode_key_file(secret))
        outside = outside_hashes(self.facts.first, self.facts.end, self.facts.size, self.read)
        bag.add(layout.OUTSIDE, b"".join(one.hex().encode() + b"\n" for one in outside))
        if interval:
            bag.add_stream(layout.OWN, self._own())
        for index in self.found.entries if self.facts.parts else ():
            for path, data in part_files(self.instance, self._stored(index)):
                bag.add(path, data)
        if self.request.policy is not None:
            bag.add(layout.POLICY, self.request.policy)
        bag.add(layout.VKEY, services.log.verifier_key.encode() + b"\n")
        bag.add(layout.TRUSTED_ROOT, services.trusted_root)
        bag.add_stream(layout.WINDOW, self._window())

    def _stored(self, index: int) -> StoredAttestation:
        place = (self.instance.engine, self.instance.scope, self.instance.log.name)
        stored = attested_at(*place, index)
        if stored is None:
            raise Absent("store.missing", "the index lists an entry that is not stored", where=f"entry {index}")
        return stored

    def _leaves(self) -> Iterator[tuple[int, bytes, str]]:
        place = (self.instance.engine, self.instance.scope, self.instance.log.name)
        return leaf_hashes(*place, first=self.facts.first, end=self.facts.end)

    def _own(self) -> Iterator[bytes]:
        reader = LogReader(self.instance.engine, self.instance.scope, self.instance.log.name)
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
