"""Every predicate of ours that this version writes beside the log's own, with its shape and who may sign it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from attest.errors import InvalidInput
from attest.model.access_predicate import ACCESS, ACCESS_V1
from attest.model.admin_predicate import ADMIN, ADMIN_V1
from attest.model.coverage_predicate import COVERAGE, COVERAGE_V1
from attest.model.declaration_predicate import DECLARATION, DECLARATION_V1
from attest.model.erasure_predicate import ERASURE, ERASURE_V1
from attest.model.exception_predicate import EXCEPTION, EXCEPTION_V1, exception_of
from attest.model.gap_predicate import GAP, GAP_V1
from attest.model.link_predicate import COMMIT_LINK, COMMIT_LINK_V1
from attest.model.log_predicate import LOG_EVENT
from attest.model.mcp_join_predicate import MCP_JOIN, MCP_JOIN_V1
from attest.model.path_filter_predicate import PATH_FILTER, PATH_FILTER_V1
from attest.model.population_predicate import POPULATION, POPULATION_V1
from attest.model.review import review_of
from attest.model.review_predicate import REVIEW, REVIEW_V1
from attest.model.session_predicate import LOG_V1, SESSION, SESSION_V1
from attest.model.shape import Shape


@dataclass(frozen=True, slots=True)
class Predicate:
    """One predicate type: its shape, and whether a bundle signed elsewhere may carry it here."""

    shape: Shape
    from_outside: bool = True
    """False where only the log's own operator says such a thing."""
    read: Callable[[Mapping[str, object]], object] | None = None
    """Reads it and refuses what contradicts itself; None where a shape says all that can be said."""

    def require(self, predicate: Mapping[str, object]) -> None:
        """Hold a predicate against its shape, and against what a shape cannot say.

        Raises:
            InvalidInput: `evidence.statement`.
        """
        self.shape.check(dict(predicate), "/predicate")
        if self.read is not None:
            self.read(predicate)


def _coverage_of(predicate: Mapping[str, object]) -> object:
    from attest.model.coverage import coverage_of  # noqa: PLC0415  # the gate itself reads no verdict of before

    return coverage_of(predicate)


def _population_of(predicate: Mapping[str, object]) -> object:
    from attest.model.population import population_of  # noqa: PLC0415  # as above

    return population_of(predicate)


PREDICATES: Final[Mapping[str, Predicate]] = {
    SESSION_V1: Predicate(SESSION),
    DECLARATION_V1: Predicate(DECLARATION),
    REVIEW_V1: Predicate(REVIEW, read=review_of),
    EXCEPTION_V1: Predicate(EXCEPTION, read=exception_of),
    GAP_V1: Predicate(GAP),
    COMMIT_LINK_V1: Predicate(COMMIT_LINK),
    MCP_JOIN_V1: Predicate(MCP_JOIN),
    ACCESS_V1: Predicate(ACCESS, from_outside=False),
    ADMIN_V1: Predicate(ADMIN, from_outside=False),
    ERASURE_V1: Predicate(ERASURE, from_outside=False),
    COVERAGE_V1: Predicate(COVERAGE, read=_coverage_of),
    POPULATION_V1: Predicate(POPULATION, read=_population_of),
    PATH_FILTER_V1: Predicate(PATH_FILTER, from_outside=False),
    LOG_V1: Predicate(LOG_EVENT, from_outside=False),
}
"""By type URI. `index/v1` and a genesis are written by the log itself and stand in no bundle."""


def require_shape(predicate_type: str, predicate: Mapping[str, object]) -> None:
    """Refuse to write a predicate that ingest elsewhere would refuse.

    Raises:
        InvalidInput: `evidence.statement`, the type is not one of ours, a member is not of its shape, or it contradicts itself.
    """
    known = PREDICATES.get(predicate_type)
    if known is None:
        raise InvalidInput("evidence.statement", expected="a predicate of ours", where="/predicateType")
    known.require(predicate)
