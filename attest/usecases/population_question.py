"""From what was typed to a population's question, exclusions, and other sources that are asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attest.errors import CannotVerify, InvalidInput
from attest.ledger.index import normal_repository
from attest.model.population import Exclusion, PopulationQuery
from attest.model.population_predicate import HEX64, MAX_ROWS, MEASURES, ROW_ID
from attest.model.session_predicate import WORD
from attest.model.tie_out import Named
from attest.model.times import read_moment, rfc3339
from attest.store.log_reader import LogReader
from attest.usecases.commit_context import repository_name
from attest.usecases.populations import NewPopulation
from attest.usecases.reconcile_sources import logged_commits
from attest.usecases.verify_range import range_ends

if TYPE_CHECKING:
    from attest.git import Repository
    from attest.usecases.instance import Instance

MAX_SOURCE_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed."""

    range: str | None = None
    unit: str = "commit"
    repository: str = ""
    span: tuple[str | None, str | None] = (None, None)
    types: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    """`ID=WHY`"""
    tie_outs: tuple[str, ...] = ()
    """`NAME=FILE`"""
    tie_query: str = "exported file"
    seed_sha256: str = ""
    measure: bool = False
    """Count files and lines of each row in git."""


def new_population(instance: Instance, typed: Typed, repository: Repository | None) -> NewPopulation:
    """Give what is to be saved. The rows of a range are held against the log as well, unasked.

    Raises:
        InvalidInput: something in it does not parse; a file cannot be read.
    """
    if typed.measure and typed.range is None:
        raise InvalidInput("input.usage", "rows are measured in git", expected="A..B with --measure")
    since, until = (moment(one) for one in typed.span)
    base = tip = ""
    named = typed.repository
    if typed.range is not None and repository is not None:
        base, tip = range_ends(repository, typed.range)
        named = named or repository_name(repository, tip)
    if typed.seed_sha256:
        HEX64.check(typed.seed_sha256, "--seed-commitment")
    query = PopulationQuery(
        source="git" if base else "log",
        unit=typed.unit,
        repository=normal_repository(named) if named else "",
        base=base,
        tip=tip,
        since="" if since is None or base else rfc3339(since),
        until="" if until is None or base else rfc3339(until),
        predicate_types=typed.types,
        measures=MEASURES if typed.measure else (),
    )
    against = [_source(one, typed.tie_query) for one in typed.tie_outs]
    if repository is not None and base and typed.unit == "commit":
        older = frozenset(repository.plumbing(["rev-list", base, "--"]).decode("ascii").split())
        against.append(logged_commits(instance, query.repository, tree_size_of(instance, None), apart_from=older))
    return NewPopulation(
        query=query,
        exclusions=tuple(_exclusion(one) for one in typed.exclusions),
        against=tuple(against),
        seed_sha256=typed.seed_sha256,
    )


def tree_size_of(instance: Instance, asked: int | None) -> int:
    """Give a tree size that the log has a head of: the one asked for, or the newest.

    Raises:
        CannotVerify: `ledger.range`.
    """
    head = LogReader(instance.engine, instance.scope, instance.log.name).head(asked)
    if head is None:
        raise CannotVerify("ledger.range", where=f"tree size {asked}")
    return head.tree_size


def moment(text: str | None) -> datetime | None:
    """Read a day or a moment (RFC 3339); without a zone it is UTC.

    Raises:
        InvalidInput: `input.usage`.
    """
    if text is None:
        return None
    try:
        return read_moment(text)
    except ValueError as err:
        raise InvalidInput(
            "input.usage", "this is not a moment", expected="RFC 3339, such as 2026-10-01T00:00:00Z", got=text[:40]
        ) from err


def _exclusion(text: str) -> Exclusion:
    unit, _, why = text.rpartition("=")
    ROW_ID.check(unit, "--exclude")
    WORD.check(why, "--exclude")
    return Exclusion(id=unit, why=why)


def _source(text: str, query: str) -> Named:
    name, _, path = text.partition("=")
    WORD.check(name, "--tie-out")
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_SOURCE_BYTES + 1)
    except OSError as err:
        raise InvalidInput("input.not-found", where=path) from err
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
    ids = frozenset(line for line in lines if line)
    if len(data) > MAX_SOURCE_BYTES or len(ids) > MAX_ROWS:
        raise InvalidInput("input.too-large", "ids of another source", expected=f"<= {MAX_ROWS}", where=path)
    for one in ids:
        ROW_ID.check(one, path)
    return Named(source=name, query=query, ids=ids)
