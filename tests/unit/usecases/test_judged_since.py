"""Commits are counted by the state that logged coverage gave them, from the moment somebody first asks."""

from __future__ import annotations

import json
from pathlib import Path

from attest.model.coverage_predicate import COVERAGE_V1
from attest.model.range_verdict import STATES
from attest.model.statement import Subject
from attest.usecases.judged_since import JudgedSince
from tests.support.ledger import make_ledger

VECTORS = Path(__file__).resolve().parents[3] / "docs" / "spec" / "vectors" / "coverage-v1"


def test_states_of_coverage_that_was_logged_since_are_counted_once_each(home: Path) -> None:
    ledger = make_ledger(home)
    vector = json.loads((VECTORS / "good-minimal.json").read_text())
    predicate = vector.get("predicate", vector)
    subject = (Subject(name="commit", sha256="a" * 64),)
    ledger.log(COVERAGE_V1, subject, predicate)
    since = JudgedSince(ledger.instance)
    assert dict(since.counts()) == {}
    ledger.log(COVERAGE_V1, subject, predicate)
    found = dict(since.counts())
    assert found
    assert set(found) <= set(STATES)
    assert sum(found.values()) == len(predicate["commits"])
    assert dict(since.counts()) == found
