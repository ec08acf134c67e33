"""What recordings are told apart by is read from the signed statement; what it does not say is unknown and never none."""

from __future__ import annotations

import copy

from attest.model.recording_facets import FACETS, combination_of, facets_of
from tests.support.evidence import PREDICATE


def test_each_facet_has_a_value() -> None:
    found = facets_of(PREDICATE, ("git+https://forge.example.test/pond",))
    assert tuple(found) == FACETS
    assert found == {
        "agent": ("claude-code",),
        "model": ("model-a",),
        "mode": ("unknown",),
        "source": ("named",),
        "check": ("passed",),
        "reached": ("none",),
        "repository": ("git+https://forge.example.test/pond",),
    }


def test_what_is_not_said_is_unknown() -> None:
    assert set(facets_of({}, ()).values()) == {("unknown",)}
    changed = copy.deepcopy(PREDICATE)
    changed["facts"]["access"]["secret"] = {"count": 2, "basis": "unknown"}  # type: ignore[index]
    changed["facts"]["access"]["network"] = {"count": 1, "basis": "observed"}  # type: ignore[index]
    assert facets_of(changed, ())["reached"] == ("network", "unknown")


def test_no_run_is_said_to_be_none() -> None:
    changed = copy.deepcopy(PREDICATE)
    changed["facts"]["checks"] = []  # type: ignore[index]
    assert facets_of(changed, ())["check"] == ("none",)


def test_a_combination_is_of_its_tenant_and_its_values() -> None:
    found = facets_of(PREDICATE, ())
    assert combination_of("ten_a", found) == combination_of("ten_a", dict(found)) < 2**63
    assert combination_of("ten_a", found) != combination_of("ten_b", found)
    assert combination_of("ten_a", found) != combination_of("ten_a", {**found, "agent": ("codex",)})
