"""A coverage as predicates: one, or as many as keep each statement within its limits of bytes and commits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.canonical import canonical_json
from attest.errors import InvalidInput
from attest.model.coverage_predicate import MAX_INPUTS, MAX_PARTS, MAX_ROWS

if TYPE_CHECKING:
    from attest.model.coverage import Coverage, CoverageRow

MAX_ROWS_BYTES: Final = 900 * 1024
"""Rows and inputs of one statement, in bytes of canonical JSON; with its head it stays below 1 MiB."""
INPUT_BYTES: Final = 165
"""One listed input at its longest."""


def predicates_of(coverage: Coverage) -> tuple[dict[str, object], ...]:
    """Give the `coverage/v1` predicates that together state a coverage, in order.

    Raises:
        InvalidInput: `input.too-large`: more than 1,024 parts, or one commit with more evidence than a statement holds.
    """
    chunks = _chunks(coverage)
    if len(chunks) > MAX_PARTS:
        raise InvalidInput("input.too-large", "parts of a coverage", expected=f"<= {MAX_PARTS}", got=str(len(chunks)))
    head, digest, files = _head(coverage), coverage.digest, dict(coverage.inputs)
    return tuple(
        head
        | {
            "part": {"number": number, "of": len(chunks), "rows": digest},
            "inputs": [{"id": name, "sha256": files[name]} for name in sorted(chunk.inputs)],
            "commits": [row.to_json() for row in chunk.rows],
        }
        for number, chunk in enumerate(chunks, 1)
    )


@dataclass(slots=True)
class _Chunk:
    """Rows of one statement while it is filled."""

    rows: list[CoverageRow] = field(default_factory=list)
    inputs: set[str] = field(default_factory=set)
    size: int = 0

    def takes(self, row: CoverageRow, size: int) -> bool:
        """Add a row where it fits; the first always does, and is refused elsewhere if it is too large alone."""
        new = set(row.inputs) - self.inputs
        added = size + INPUT_BYTES * len(new)
        if self.rows and (
            len(self.rows) == MAX_ROWS or self.size + added > MAX_ROWS_BYTES or len(self.inputs) + len(new) > MAX_INPUTS
        ):
            return False
        self.rows.append(row)
        self.inputs |= new
        self.size += added
        return True


def _chunks(coverage: Coverage) -> list[_Chunk]:
    chunks = [_Chunk()]
    for row in coverage.rows:
        size = len(canonical_json(row.to_json())) + 1
        if not chunks[-1].takes(row, size):
            chunks.append(_Chunk())
            chunks[-1].takes(row, size)
        if chunks[-1].size > MAX_ROWS_BYTES:
            raise InvalidInput(
                "input.too-large", "evidence of one commit", expected=f"<= {MAX_ROWS_BYTES} bytes", where=row.oid
            )
    return chunks


def _head(one: Coverage) -> dict[str, object]:
    states, verdicts = one.counts()
    result: dict[str, object] = {"verdict": one.verdict, "states": states, "verdicts": verdicts}
    return {
        "judgedAt": one.judged_at,
        "range": {"base": one.base, "tip": one.tip, "count": len(one.rows)},
        "policy": {
            "name": one.policy,
            "mode": one.mode,
            "readAt": one.read_at,
            "chosen": one.chosen,
            "sha256": list(one.policies),
        },
        "trust": list(one.trust),
        "verifier": {"id": one.verifier, "version": one.version},
        "asOf": dict(one.as_of),
        "result": result | ({"stopped": one.stopped} if one.stopped else {}),
    }
