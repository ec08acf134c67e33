"""Path filters of the log: built from the index, their digest logged, and built again to compare.

1. index    caught up; the filters cover every entry that is indexed
2. build    the paths each recording changed, by entry
3. log      a `path-filter/v1` with span, counts and digest; the filters themselves are handed to whoever asks
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.errors import Absent
from attest.model.path_filter import FAN_OUT, HASHES, FilterTree, build_filters
from attest.model.path_filter_predicate import PATH_FILTER_V1
from attest.model.statement import parse_statement
from attest.model.times import rfc3339
from attest.signing.dsse import parse_envelope
from attest.store import attestations
from attest.store.search_find import search_view
from attest.usecases.index_search import catch_up
from attest.usecases.log_statement import log_statement, own_log_subject

if TYPE_CHECKING:
    from attest.model.receipt import Receipt
    from attest.usecases.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFilters:
    """Filters of a span, and of how many recordings in it they can say nothing."""

    tree: FilterTree
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterCheck:
    """Filters made again, beside what was logged."""

    same: bool
    logged: str
    made: str
    erased: int
    """Recordings of the span whose paths were erased, or went, since: then the digest must differ."""


def build(instance: Instance, span: tuple[int, int] | None = None) -> BuiltFilters:
    """Build the filters of a span of entries; None: of all that is logged, indexed first."""
    whole = span or (0, catch_up(instance))
    recordings: dict[int, set[str]] = {}
    with search_view(instance.engine, instance.scope) as view:
        for index, path in view.paths_of_recordings(whole):
            recordings.setdefault(index, set()).add(path)
        unknown = view.recordings_without_paths(whole)
    return BuiltFilters(tree=build_filters(whole, recordings), unknown=unknown)


def log_filters(instance: Instance) -> tuple[Receipt, BuiltFilters]:
    """Build the filters of all that is logged and log their digest."""
    built = build(instance)
    tree, data = built.tree, built.tree.encode()
    predicate = {
        "first": tree.first,
        "end": tree.end,
        "recordings": len(tree.indices),
        "unknown": built.unknown,
        "fanOut": FAN_OUT,
        "hashes": HASHES,
        "bytes": len(data),
        "sha256": tree.digest.hex(),
        "madeAt": rfc3339(instance.clock.now()),
    }
    receipt = log_statement(
        instance,
        PATH_FILTER_V1,
        (own_log_subject(instance),),
        predicate,
        write_key_material=b"path filter\0" + tree.digest,
    )
    return receipt, built


def check_filters(instance: Instance, attestation: str) -> FilterCheck:
    """Build logged filters again from the index and compare.

    Raises:
        Absent: `service.not-found`, no such statement is logged here.
    """
    stored = attestations.by_id(instance.engine, instance.scope, attestation)
    if stored is None or stored.predicate_type != PATH_FILTER_V1:
        raise Absent("service.not-found", where=attestation)
    said = parse_statement(parse_envelope(stored.leaf.envelope).payload).predicate
    catch_up(instance)
    built = build(instance, (_whole(said["first"]), _whole(said["end"])))
    made, logged = built.tree.digest.hex(), str(said["sha256"])
    erased = max(0, built.unknown - _whole(said["unknown"]))
    return FilterCheck(same=made == logged, logged=logged, made=made, erased=erased)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
