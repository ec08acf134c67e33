"""Commits by state in the coverage statements logged since a moment: a count for whoever watches, of commits alone."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError
from attest.model.coverage import coverage_of
from attest.model.coverage_predicate import COVERAGE_V1
from attest.store.log_reader import LogReader
from attest.store.population_rows import Ground
from attest.usecases.population_ground import statements_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.usecases.instance import Instance

MAX_AT_ONCE: Final = 64
"""Statements read at one look; what is beyond comes at the next."""


class JudgedSince:
    """Counts from the size that the log has when it is first asked."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._log = LogReader(instance.engine, instance.scope, instance.log.name)
        self._next: int | None = None
        self._counts: Counter[str] = Counter()

    def counts(self) -> Mapping[str, int]:
        """Give how many commits came to each state; one that was judged twice counts twice. Not for several threads.

        Raises:
            CannotVerify: `store.away`, the database does not answer.
        """
        head = self._log.head()
        size = head.tree_size if head else 0
        if self._next is None or self._next >= size:
            self._next = size
            return self._counts
        ground = Ground(tree_size=size, first=self._next, predicate_types=(COVERAGE_V1,))
        found = tuple(islice(statements_of(self._instance, ground), MAX_AT_ONCE))
        for stored, statement in found:
            self._next = stored.receipt.index + 1
            try:
                part = coverage_of(statement.predicate)
            except AttestError:
                continue  # it was signed elsewhere, by rules of its own
            self._counts.update(row.state for row in part.coverage.rows)
        if len(found) < MAX_AT_ONCE:
            self._next = size
        return self._counts
