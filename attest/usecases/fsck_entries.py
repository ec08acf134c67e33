"""What entries say, held against what was derived from it: leaves, index rows, attestations, subjects, parts, signatures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attest.errors import AttestError
from attest.ledger.commitments import commitment_list, commitment_root
from attest.ledger.index import Row, index_keys, index_terms, parse_index_predicate
from attest.model.access_predicate import ACCESS_V1
from attest.model.erasure_predicate import ErasureScope
from attest.model.session_predicate import INDEX_V1, SESSION_V1
from attest.model.statement import parse_statement
from attest.signing.chain import known_certificate
from attest.signing.dsse import parse_envelope
from attest.signing.memo import Memo
from attest.signing.render import render_bundle
from attest.signing.verify import AnyIdentity, verify_bundle
from attest.store import walk
from attest.store.log_rows import leaf_of, log_id_of, receipt_of
from attest.usecases.erased import erasure_mark, logged_erasures
from attest.usecases.fsck_access import record_problems, signer_problems
from attest.usecases.fsck_rows import (
    ARTIFACT,
    artifact_problem,
    attestation_problems,
    body_problem,
    kind_problem,
    live_problems,
)
from attest.usecases.pinned_trust import own_root
from attest.usecases.read_transcript import PREFIX
from attest.usecases.receipts import attestation_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attest.model.statement import Statement
    from attest.signing.chain import SigningCertificate
    from attest.signing.trust import TrustedRoot
    from attest.store.tables import AttestationRow, EntryRow, LogRow, TreeHeadRow
    from attest.usecases.fsck_index import IndexAudit
    from attest.usecases.instance import Instance

    Groups = Sequence[tuple[TreeHeadRow | None, Sequence[EntryRow]]]


@dataclass
class _Found:
    """What some groups should have left in the derived tables."""

    rows: set[tuple[bytes, int, bytes]] = field(default_factory=set)
    subjects: set[tuple[str, str, int, str]] = field(default_factory=set)
    stored: dict[int, list[bytes]] = field(default_factory=dict)
    """Keys of the stored rows by entry; only where they cannot be made again."""


class EntryAudit:
    """Takes the groups of a log in order."""

    def __init__(
        self,
        instance: Instance,
        bad: Callable[[str, str], None],
        index: IndexAudit,
        signatures: bool,  # noqa: FBT001
    ) -> None:
        self._instance = instance
        self._bad = bad
        self._index = index
        self._place = (instance.engine, instance.scope, instance.log.name)
        self._root: TrustedRoot | None = own_root(instance) if signatures else None
        self._memo = Memo()
        self._log: LogRow | None = walk.log_row(*self._place)
        self._lists: set[str] = set()
        self._erased: set[tuple[str, ErasureScope]] | None = None
        self._keying = instance.log.keying
        self._keyed = not self._keying.private or self._keying.secret is not None
        self.unkeyed = 0
        """Entries whose rows could not be made again: the log is private, and its index key is not here."""
        self.genesis: Statement | None = None
        self.entries = self.indices = self.attestations = self.artifacts = self.objects = self.verified = 0

    def groups(self, groups: Groups) -> None:
        """Check some groups, all of whose derived rows are read at once."""
        rows = [row for _, entries in groups for row in entries]
        if not rows:
            return
        first, end = rows[0].idx, rows[-1].idx + 1
        stored = walk.index_rows(*self._place, first=first, end=end)
        attested, subjects = walk.derived_rows(*self._place, first=first, end=end)
        found, begins = _Found(), first
        for key, index, _ in () if self._keyed else stored:
            found.stored.setdefault(index, []).append(key)
        for head, entries in groups:
            derived = [row for entry in entries for row in self._entry(entry, head, attested.get(entry.idx), found)]
            if head is not None:
                self._head(head, entries)
                self._index.group(head, begins, derived)
                begins = head.tree_size
        if stored != found.rows:
            what = f"{len(stored ^ found.rows)} rows differ from the statements"
            self._bad(f"index of entries {first} to {end}", what)
        if subjects != found.subjects:
            self._bad(f"subjects of entries {first} to {end}", f"{len(subjects ^ found.subjects)} rows differ")

    def checked(self) -> tuple[str, ...]:
        """Say what was checked."""
        unnamed = self._unnamed_objects()
        told = (
            f"{self.entries} entries, each the entry body of its envelope",
            f"{self.indices} index leaves and the rows they commit to",
            f"{self.objects} objects of {self.attestations} attestations; {unnamed} objects no entry names",
        )
        if self._root is None:
            return told
        return (*told, f"{self.verified} bundles with every signature, {self.artifacts} signatures over artifacts")

    def _entry(
        self, row: EntryRow, head: TreeHeadRow | None, attested: AttestationRow | None, found: _Found
    ) -> tuple[Row, ...]:
        where = f"entry {row.idx}"
        self.entries += 1
        try:
            envelope = None if row.kind == ARTIFACT else parse_envelope(row.envelope)
            for what in body_problem(row, envelope):
                self._bad(where, what)
            if envelope is None:
                self._artifact(row)
                return ()
            statement = parse_statement(envelope.payload)
            if statement.predicate_type == INDEX_V1:
                index = parse_index_predicate(statement.predicate)
                index.require_closes(row.idx + 1)
                if index.keying != self._keying.name:
                    self._bad(where, "it names another way of making keys than the first index leaf")
            for what in kind_problem(row, statement):
                self._bad(where, what)
        except AttestError as err:
            self._bad(where, str(err))
            return ()
        if row.idx == 0:
            self.genesis = statement
        self.indices += statement.predicate_type == INDEX_V1
        if row.idx == 0 or statement.predicate_type == INDEX_V1:
            return ()
        if statement.predicate_type == ACCESS_V1:
            return self._accesses(row, statement, found)
        return self._attestation(row, head, attested, (attestation_name(envelope), statement, found))

    def _head(self, head: TreeHeadRow, entries: Sequence[EntryRow]) -> None:
        try:
            statement = parse_statement(parse_envelope(entries[-1].envelope).payload) if entries else None
            is_index = statement is not None and statement.predicate_type == INDEX_V1
            index = parse_index_predicate(statement.predicate) if statement and is_index else None
            for what in live_problems(head, index):
                self._bad(f"head {head.tree_size}", what)
        except AttestError as err:
            self._bad(f"head {head.tree_size}", str(err))

    def _artifact(self, row: EntryRow) -> None:
        self.artifacts += 1
        for what in artifact_problem(row) if self._root else ():
            self._bad(f"entry {row.idx}", what)

    def _attestation(
        self,
        row: EntryRow,
        head: TreeHeadRow | None,
        attested: AttestationRow | None,
        told: tuple[str, Statement, _Found],
    ) -> tuple[Row, ...]:
        name, statement, found = told
        self.attestations += 1
        keys = self._keys(row, statement, found)
        found.rows |= {(key, row.idx, statement.digest) for key in keys}
        found.subjects |= {(kind.value, value, row.idx, name) for kind, value in index_terms(statement.document)}
        foreign = attested is not None and attested.foreign_bundle is not None
        try:
            if attested is None or attested.id != name:
                self._bad(f"entry {row.idx}", "its attestation row is missing or names another")
            else:
                for what in attestation_problems(attested, self._certificate(row), statement):
                    self._bad(name, what)
            if statement.predicate_type == SESSION_V1:
                self._parts(name, statement, foreign=foreign)
            if self._root is not None and not foreign and head is not None and self._log is not None:
                self.verified += 1
                receipt = receipt_of(row, head, log_id_of(self._log))
                verify_bundle(render_bundle(leaf_of(row), receipt), self._root, AnyIdentity(), None, memo=self._memo)
        except AttestError as err:
            self._bad(name, str(err))
        return tuple(Row(key=key, index=row.idx, payload_hash=statement.digest) for key in keys)

    def _certificate(self, row: EntryRow) -> SigningCertificate:
        # Its bundle's verification reads it again; where there is none, it need not be kept.
        return known_certificate(row.certificate, self._memo if self._root is not None else Memo())

    def _accesses(self, row: EntryRow, statement: Statement, found: _Found) -> tuple[Row, ...]:
        keys = self._keys(row, statement, found)
        found.rows |= {(key, row.idx, statement.digest) for key in keys}
        try:
            for what in (*signer_problems(self._instance, row), *record_problems(self._instance, row.idx, statement)):
                self._bad(f"entry {row.idx}", what)
        except AttestError as err:
            self._bad(f"entry {row.idx}", str(err))
        return tuple(Row(key=key, index=row.idx, payload_hash=statement.digest) for key in keys)

    def _keys(self, row: EntryRow, statement: Statement, found: _Found) -> tuple[bytes, ...]:
        if self._keyed:
            return self._keying.keys(statement.document)
        keys = tuple(sorted(found.stored.get(row.idx, ())))
        self.unkeyed += 1
        if len(keys) != len(index_keys(statement.document)):
            self._bad(f"entry {row.idx}", "it has another number of index rows than its statement has keys")
        return keys

    def _parts(self, name: str, statement: Statement, *, foreign: bool) -> None:
        rows = walk.parts(self._instance.engine, self._instance.scope, name)
        listed = tuple((row.name, row.commitment, row.size) for row in rows)
        wanted = statement.predicate.get("parts")
        wanted = wanted if isinstance(wanted, dict) else {}
        if foreign and not rows:
            return  # they stayed where it was recorded, and so did their list
        if commitment_root(listed).hex() != wanted.get("root"):
            self._bad(name, "the part rows are not those that were signed")
        self._lists.add(str(wanted.get("list")))
        gone = self._erased_of(statement)
        kept = tuple(row.ciphertext for row in rows if not gone(row.name))
        for address in (str(wanted.get("list")), *kept):
            self.objects += 1
            try:
                data = self._instance.objects.get(address)
                if address == wanted.get("list") and data != commitment_list(listed) and rows:
                    self._bad(name, "the commitment list differs from the part rows")
            except AttestError as err:
                self._bad(name, f"{err}{self._noted(statement) if err.code == 'store.missing' else ''}")

    def _noted(self, statement: Statement) -> str:
        """Say where to look when a log that follows this one may have erased what is missing: a note here is no proof of it."""
        home, session = self._instance.settings.home, _session_of(statement)
        noted = session and any(erasure_mark(home, session, scope).exists() for scope in ErasureScope)
        return "; a note here says that it was erased: the log that follows this one can prove that" if noted else ""

    def _erased_of(self, statement: Statement) -> Callable[[str], bool]:
        """Give which parts of a recording the log says are erased: tombstones, of which the commitment alone is checked."""
        if self._erased is None:
            logged = logged_erasures(self._instance)
            self._erased = {(name, one.request.scope) for one in logged for name in one.request.sessions}
        session = _session_of(statement)
        if (session, ErasureScope.SESSION) in self._erased:
            return lambda _: True
        transcript = (session, ErasureScope.TRANSCRIPT) in self._erased
        return lambda name: transcript and name.startswith(PREFIX)

    def _unnamed_objects(self) -> int:
        named = self._lists | walk.part_addresses(self._instance.engine, self._instance.scope)
        return sum(1 for address in self._instance.objects.addresses() if address not in named)


def _session_of(statement: Statement) -> str:
    told = statement.predicate.get("session")
    return str(told.get("id")) if isinstance(told, dict) else ""
