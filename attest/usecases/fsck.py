"""Rebuild the log from its entries and compare it with everything stored and published.

1. entries   in order without gaps; each leaf is the entry body of its own envelope and certificate
2. tree      grown again from nothing: every signed head has the root of its size, both notes hold
3. proofs    the proof stored with each entry leads to the head it names
4. index     rows, segments and live list derived again from every statement; index leaves say the same
5. rows      log, attestations and subjects say what the statements and certificates say
6. parts     the list each statement commits to; every object is there and is what its name says
7. files     checkpoint, every tile of the published size and every older one that is there, byte by byte
8. signatures, when asked for: every bundle under this instance's own trust root

Problems are collected, the first of each kind named by its place, so that one bad byte does not hide another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.ledger.checkpoint import open_c2sp_note, open_sigstore_note
from attest.ledger.commitments import commitment_list, commitment_root
from attest.ledger.index import index_keys, index_terms, parse_index_predicate
from attest.ledger.note import NoteAlgorithm, NoteKey, decode_vkey
from attest.ledger.proof import verify_inclusion
from attest.ledger.tiles import tile_paths
from attest.ledger.tree import EMPTY_EDGE, grow, leaf_hash
from attest.model.session_predicate import INDEX_V1, SESSION_V1
from attest.model.statement import parse_statement
from attest.signing.dsse import parse_envelope
from attest.signing.memo import Memo
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import AnyIdentity, verify_bundle
from attest.store import attestations, walk
from attest.store.cosignatures import is_noted
from attest.store.log_rows import unpack_proof
from attest.usecases.fsck_rows import (
    ARTIFACT,
    artifact_problem,
    attestation_problems,
    body_problem,
    head_problems,
    kind_problem,
    log_problems,
    tile_problem,
)
from attest.usecases.receipts import attestation_id, bundle_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from attest.ledger.tree import Edge
    from attest.model.statement import Statement
    from attest.store.tables import AttestationRow, EntryRow, TreeHeadRow
    from attest.usecases.instance import Instance

MAX_PROBLEMS: Final = 100
"""Problems listed; more are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FsckResult:
    """What was checked, what was found, and what was not checked."""

    tree_size: int
    checked: tuple[str, ...]
    problems: tuple[str, ...]
    not_checked: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Give the JSON form."""
        return {
            "verdict": "invalid" if self.problems else "pass",
            "tree_size": self.tree_size,
            "checked": list(self.checked),
            "problems": list(self.problems),
            "not_checked": list(self.not_checked),
        }


def fsck(instance: Instance, *, signatures: bool, on_progress: Callable[[int, int], None]) -> FsckResult:
    """Check everything this instance holds. Memory holds the leaf hashes and bodies of the log: about 2 KB an entry."""
    run = _Fsck(instance, on_progress)
    run.entries()
    run.files()
    run.objects()
    not_checked = [
        "whether the index was derived honestly when it was written by others",
        "completeness of any transcript",
        "when an attestation came in here: what was signed about time is in its bundle",
    ]
    if signatures:
        run.signatures()
    else:
        not_checked.append("signatures of the bundles: --signatures")
    return FsckResult(
        tree_size=len(run.leaf_hashes),
        checked=tuple(run.checked),
        problems=tuple(run.problems),
        not_checked=tuple(not_checked),
    )


@dataclass
class _Fsck:
    instance: Instance
    on_progress: Callable[[int, int], None]
    checked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    leaf_hashes: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    attestation_ids: list[str] = field(default_factory=list)
    parts_of: dict[str, Statement] = field(default_factory=dict)
    artifacts: list[EntryRow] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    heads: dict[int, TreeHeadRow] = field(default_factory=dict)
    last_head: int = 0

    def bad(self, where: str, what: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"{where}: {what}")

    def entries(self) -> None:
        place = (self.instance.engine, self.instance.scope, self.instance.log.name)
        heads = self.heads = {head.tree_size: head for head in walk.heads(*place)}
        total = max(heads, default=0)
        edge, index_count = EMPTY_EDGE, 0
        genesis: Statement | None = None
        for batch in walk.entries(*place):
            for row in batch:
                index_count += self._entry(row, heads.get(row.tree_size))
                growth = grow(edge, [leaf_hash(row.body)])
                edge = growth.edge
                if row.idx + 1 in heads:
                    self._head(heads[row.idx + 1], edge, row)
            statements = {row.idx: self._statement(row) for row in batch}
            genesis = genesis or statements.get(0)
            self._rows(batch, statements)
            self.on_progress(len(self.leaf_hashes), total)
        for what in log_problems(walk.log_row(*place), self.instance.services.log, genesis):
            self.bad("log", what)
        if len(self.leaf_hashes) != total:
            self.bad("log", f"{len(self.leaf_hashes)} entries are stored, the newest head is of {total}")
        self.checked += [
            f"{len(self.leaf_hashes)} entries, each the entry body of its envelope, each with its proof",
            f"{len(heads)} heads, each with the root of its size and both notes",
            f"{index_count} index leaves and the rows they commit to",
        ]

    def _entry(self, row: EntryRow, head: TreeHeadRow | None) -> bool:
        where = f"entry {row.idx}"
        if row.idx != len(self.leaf_hashes):
            self.bad(where, f"entry {len(self.leaf_hashes)} is missing")
        self.leaf_hashes.append(leaf_hash(row.body))
        self.bodies.append(row.body)
        try:
            if row.leaf_hash != self.leaf_hashes[-1]:
                self.bad(where, "the stored leaf hash is not of the stored body")
            for what in body_problem(row):
                self.bad(where, what)
            if head is None:
                self.bad(where, f"its head, of size {row.tree_size}, is missing")
            else:
                verify_inclusion(leaf_hash(row.body), row.idx, row.tree_size, unpack_proof(row.proof), head.root)
        except AttestError as err:
            self.bad(where, str(err))
        return row.kind == "index"

    def _head(self, head: TreeHeadRow, edge: Edge, last: EntryRow) -> None:
        where = f"head {head.tree_size}"
        log = self.instance.services.log
        previous, self.last_head = self.last_head, head.tree_size
        try:
            statement = parse_statement(parse_envelope(last.envelope).payload)
            is_index = statement.predicate_type == INDEX_V1
            index = parse_index_predicate(statement.predicate) if is_index else None
            for what in head_problems(head, edge, previous, index):
                self.bad(where, what)
            sigstore_key = NoteKey(name=log.origin, algorithm=NoteAlgorithm.ECDSA_P256, public=log.sigstore_key)
            sigstore = open_sigstore_note(head.sigstore_note, sigstore_key)
            c2sp, _ = open_c2sp_note(head.c2sp_note, decode_vkey(log.verifier_key))
            if {(n.size, n.root) for n in (sigstore, c2sp)} != {(head.tree_size, head.root)}:
                self.bad(where, "a note is over another size or root")
        except AttestError as err:
            self.bad(where, str(err))

    def _rows(self, rows: Sequence[EntryRow], statements: Mapping[int, Statement | None]) -> None:
        first, end = rows[0].idx, rows[-1].idx + 1
        place = (self.instance.engine, self.instance.scope, self.instance.log.name)
        stored = walk.index_rows(*place, first=first, end=end)
        attested, subjects = walk.derived_rows(*place, first=first, end=end)
        want_rows: set[tuple[bytes, int, bytes]] = set()
        want_subjects: set[tuple[str, str, int, str]] = set()
        for row in rows:
            statement = statements[row.idx]
            if statement is None or row.idx == 0 or statement.predicate_type == INDEX_V1:
                continue
            name = attestation_id(row.envelope)
            self.attestation_ids.append(name)
            self.parts_of[name] = statement
            want_rows |= {(key, row.idx, statement.digest) for key in index_keys(statement.document)}
            want_subjects |= {(kind.value, value, row.idx, name) for kind, value in index_terms(statement.document)}
            self._attestation(row, attested.get(row.idx), statement, name)
        if stored != want_rows:
            self.bad(f"index of entries {first} to {end}", f"{len(stored ^ want_rows)} rows differ from the statements")
        if subjects != want_subjects:
            self.bad(f"subjects of entries {first} to {end}", f"{len(subjects ^ want_subjects)} rows differ")

    def _attestation(self, row: EntryRow, found: AttestationRow | None, statement: Statement, name: str) -> None:
        if found is None or found.id != name:
            self.bad(f"entry {row.idx}", "its attestation row is missing or names another")
            return
        if found.foreign_bundle is not None:
            self.foreign.add(name)
        try:
            for what in attestation_problems(found, row, statement):
                self.bad(name, what)
        except AttestError as err:
            self.bad(f"entry {row.idx}", str(err))

    def _statement(self, row: EntryRow) -> Statement | None:
        if row.kind == ARTIFACT:
            self.artifacts.append(row)
            return None
        try:
            statement = parse_statement(parse_envelope(row.envelope).payload)
            if statement.predicate_type == INDEX_V1:
                parse_index_predicate(statement.predicate).require_closes(row.idx + 1)
        except AttestError as err:
            self.bad(f"entry {row.idx}", str(err))
            return None
        for what in kind_problem(row, statement):
            self.bad(f"entry {row.idx}", what)
        return statement

    def files(self) -> None:
        publisher = self.instance.log.publisher
        published = publisher.published()
        if published is None:
            self.bad("checkpoint", "nothing is published")
            return
        if published.size > len(self.leaf_hashes):
            self.bad("checkpoint", f"it is of {published.size} entries, {len(self.leaf_hashes)} are stored")
            return
        head = self.heads.get(published.size)
        # The checkpoint is served as the head's own note; that note and its root were held against the entries above.
        if head is None or not self._is_shown(head, publisher.fetch("checkpoint")):
            self.bad("checkpoint", "it is not the note that was signed for its size")
        growth = grow(EMPTY_EDGE, self.leaf_hashes)
        found = frozenset(publisher.tiles())
        for path in sorted(found):
            what = tile_problem(path, publisher.fetch(path), growth=growth, bodies=self.bodies)
            if what is not None:
                self.bad(path, what)
        for path in tile_paths(published.size):
            if path not in found:
                self.bad(path, "the published file is missing")
        self.checked.append(f"checkpoint of {published.size} and {len(found)} tiles, byte by byte")

    def _is_shown(self, head: TreeHeadRow, shown: bytes) -> bool:
        place = (self.instance.engine, self.instance.scope, self.instance.log.name)
        return is_noted(*place, head.tree_size, bare=head.c2sp_note, shown=shown)

    def objects(self) -> None:
        count = 0
        for name, statement in self.parts_of.items():
            if statement.predicate_type != SESSION_V1:
                continue
            rows = walk.parts(self.instance.engine, self.instance.scope, name)
            listed = tuple((row.name, row.commitment, row.size) for row in rows)
            wanted = statement.predicate.get("parts")
            wanted = wanted if isinstance(wanted, dict) else {}
            if name not in self.foreign and commitment_root(listed).hex() != wanted.get("root"):
                self.bad(name, "the part rows are not those that were signed")
            for address in (str(wanted.get("list")), *(row.ciphertext for row in rows)):
                count += 1
                try:
                    data = self.instance.objects.get(address)
                    if address == wanted.get("list") and data != commitment_list(listed) and rows:
                        self.bad(name, "the commitment list differs from the part rows")
                except AttestError as err:
                    self.bad(name, str(err))
        unnamed = self._unnamed_objects()
        self.checked.append(f"{count} objects of {len(self.parts_of)} attestations; {unnamed} objects no entry names")

    def _unnamed_objects(self) -> int:
        named = set(walk.part_addresses(self.instance.engine, self.instance.scope))
        for statement in self.parts_of.values():
            parts = statement.predicate.get("parts")
            named.add(str(parts.get("list")) if isinstance(parts, dict) else "")
        return sum(1 for address in self.instance.objects.addresses() if address not in named)

    def signatures(self) -> None:
        root = parse_trusted_root(self.instance.services.trusted_root)
        memo = Memo()
        for done, name in enumerate(self.attestation_ids, 1):
            try:
                stored = attestations.by_id(self.instance.engine, self.instance.scope, name)
                if stored is None:
                    self.bad(name, "there is no such attestation row")
                elif stored.foreign_bundle is None:
                    verify_bundle(bundle_of(stored), root, AnyIdentity(), None, memo=memo)
            except AttestError as err:
                self.bad(name, str(err))
            self.on_progress(done, len(self.attestation_ids))
        for row in self.artifacts:
            for what in artifact_problem(row):
                self.bad(f"entry {row.idx}", what)
        self.checked.append(
            f"{len(self.attestation_ids)} bundles with every signature, {len(self.artifacts)} signatures over artifacts"
        )
