"""What a tree is made of, of a thousand entries at a time as a few long values, which the database puts together.

A row of its own for each entry costs Python more than both of its hashes. So the values of a run come joined, a column at a time,
and whoever audits them compares them joined. Nothing rests on how a database joins: what is not exactly what the tree and the
files say is read again row by row.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.ledger.sequence import MAX_GROUP_ENTRIES
from attest.ledger.tiles import MAX_ENTRY_BYTES
from attest.ledger.tree import HASH_BYTES

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from attest.model.scope import Scope

RUN_ENTRIES: Final = MAX_GROUP_ENTRIES + 1
"""Entries of a run: those of the largest group, its index leaf with them. A run takes up to 64 MiB, if every leaf is as large as one may be."""
_KEPT_BYTES: Final = 8 * 1024 * 1024
"""Memory that stays with the process from one run to the next."""
MAX_PROOF_BYTES: Final = 63 * HASH_BYTES
_LIMITS: Final = {"hash": HASH_BYTES, "body": MAX_ENTRY_BYTES, "proof": MAX_PROOF_BYTES}
_SHAPE: Final = 4
"""Numbers that say of each entry where it stands and how long its values are."""

# The numbers of an entry are written as characters on SQLite, which has no other way to write a number in few bytes; on
# PostgreSQL as 32 bits, into which a head's size is first brought. What is no blob sorts before every blob on SQLite.
_SQLITE: Final = """
SELECT CAST(group_concat(char(idx - :first, tree_size - :first, length(proof), length(body)), '') AS BLOB),
       CAST(group_concat(leaf_hash || proof, '') AS BLOB),
       CAST(group_concat(body, '') AS BLOB)
FROM entry
WHERE tenant = :tenant AND log = :log AND idx >= :first AND idx < :end
  AND leaf_hash >= x'' AND length(leaf_hash) = :hash
  AND body >= x'' AND length(body) <= :body AND proof >= x'' AND length(proof) <= :proof
"""
_POSTGRESQL: Final = """
SELECT string_agg(int4send((idx - %(first)s)::int4)
                  || int4send((least(greatest(tree_size, %(first)s), %(end)s + 1) - %(first)s)::int4)
                  || int4send(octet_length(proof)) || int4send(octet_length(body)), ''::bytea),
       string_agg(leaf_hash || proof, ''::bytea),
       string_agg(body, ''::bytea)
FROM (SELECT idx, tree_size, leaf_hash, body, proof FROM entry
      WHERE tenant = %(tenant)s AND log = %(log)s AND idx >= %(first)s AND idx < %(end)s
        AND octet_length(leaf_hash) = %(hash)s
        AND octet_length(body) <= %(body)s AND octet_length(proof) <= %(proof)s
      ORDER BY idx) AS run
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafRun:
    """Some entries that follow each other; those whose values cannot be an entry's are left out of every column."""

    numbers: array[int]
    """The place of each, counted from the first of the run."""
    sizes: array[int]
    """The size of the head it is proved to, less the place of the first."""
    proof_lengths: array[int]
    lengths: array[int]
    """The length of each body, in bytes."""
    paths: bytes
    """Every leaf hash, and behind it the proof."""
    bodies: bytes


class LeafRuns:
    """Reads the runs of one log over one connection, which is to be closed; nothing is held between one run and the next."""

    def __init__(self, engine: Engine, scope: Scope, log: str) -> None:
        self._engine = engine
        self._asked = {"tenant": scope.tenant, "log": log, **_LIMITS}
        # The driver's own: each run is one statement, and to open a session for it takes as long as its inner nodes.
        self._driver = engine.raw_connection()
        # Blocks of a run's size go back to the system when they are freed, and come anew page by page with the next run. The C
        # library keeps what is not larger than a block that was freed once: half a microsecond an entry.
        bytes(_KEPT_BYTES)

    def read(self, first: int, end: int) -> LeafRun | None:
        """Give the entries [first, end), no more than `RUN_ENTRIES`; None where there is none, or the database cannot join them."""
        if not 0 < end - first <= RUN_ENTRIES:
            return None
        sqlite = self._engine.dialect.name == "sqlite"
        try:
            # In PostgreSQL's text form bytes would take twice the room, and longer to be read than to be hashed.
            cursor = self._driver.cursor() if sqlite else self._driver.cursor(binary=True)
            cursor.execute(_SQLITE if sqlite else _POSTGRESQL, {**self._asked, "first": first, "end": end})
            found = cursor.fetchone()
            cursor.close()
            self._driver.rollback()
            if found is None or found[0] is None:
                return None
            told = _words(_of_characters(found[0]) if sqlite else found[0])
        except (self._engine.dialect.loaded_dbapi.Error, UnicodeError):
            return None  # whoever reads the rows one by one is told why
        numbers, sizes, proof_lengths, lengths = (told[at::_SHAPE] for at in range(_SHAPE))
        return LeafRun(
            numbers=numbers,
            sizes=sizes,
            proof_lengths=proof_lengths,
            lengths=lengths,
            paths=found[1],
            bodies=found[2],
        )

    def close(self) -> None:
        """Give the connection back."""
        self._driver.close()


def _of_characters(shape: bytes) -> bytes:
    # Lengths that are no characters of Unicode are written as if they were.
    return shape.decode("utf-8", "surrogatepass").encode("utf-32-be", "surrogatepass")


def _words(shape: bytes) -> array[int]:
    numbers = array("I", shape)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
