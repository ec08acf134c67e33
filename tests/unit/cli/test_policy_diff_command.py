"""`whereof policy diff` on the command line: what it prints, and its JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from attest.cli.commands import app
from tests.support.ledger import Ledger, make_ledger
from tests.unit.usecases.test_diff_policy import LAX, STRICT


@pytest.fixture
def ledger(home: Path) -> Ledger:
    return make_ledger(home)


def test_change_of_policy_is_printed_commit_by_commit_with_its_reason(ledger: Ledger) -> None:
    old = ledger.policy(LAX)
    oid = ledger.change("src/a")
    (ledger.scene.repo.path / ".attest/policy.yaml").write_bytes(STRICT)
    asked = ["policy", "diff", old, "--repo", str(ledger.scene.repo.path), "--trust", str(ledger.trust)]
    text = CliRunner().invoke(app, asked)
    assert text.exit_code == 0, text.output
    assert f"{oid[:12]}  pass (tier low, exit 0) -> absent (tier low, exit 4)" in text.output
    assert "attributed (tier low, rule default): no session and no human declaration" in text.output
    assert "would have been stopped, 0 no longer would be" in text.output
    found = json.loads(CliRunner().invoke(app, [*asked, "--json", "--impact", "30d"]).output)
    assert (found["changed"], found["stopped"], found["let_through"]) == (found["judged"],) * 2 + (0,)
    assert oid in [one["commit"] for one in found["commits"]]
