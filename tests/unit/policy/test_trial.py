from __future__ import annotations

from datetime import date

import pytest

from attest.errors import InvalidInput
from attest.policy.trial import parse_trials, run_trials
from tests.support.policies import policy

TRIALS = b"""trials:
  - {name: documentation, paths: [docs/a.md], tier: minimal, rule: docs}
  - {name: secret in documentation, paths: [docs/a.md], touched: [secret], tier: critical, rule: secrets}
  - {name: link, symlinks: [docs/x], tier: high}
  - {name: wrong tier, paths: [docs/a.md], tier: high}
  - {name: wrong rule, paths: [docs/a.md], tier: minimal, rule: auth}
"""


def test_trials_hold_where_tier_and_rule_are_the_expected_ones() -> None:
    results = run_trials(policy(), parse_trials(TRIALS, "t.yaml"), date(2026, 11, 21))
    assert [one.held for one in results] == [True, True, True, False, False]


@pytest.mark.parametrize(
    "raw", [b"tests: []\n", b"trials: {}\n", b"trials:\n  - {name: x}\n", b"trials:\n  - {name: x, tier: y, path: z}\n"]
)
def test_trial_that_is_not_understood_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_trials(raw, "t.yaml")
    assert "t.yaml line" in caught.value.where
