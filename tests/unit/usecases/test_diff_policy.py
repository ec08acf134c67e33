"""A change of policy over the commits of the last days: which verdicts change, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from attest.errors import CannotVerify, InvalidInput
from attest.git import Repository
from attest.model.verdict import Verdict
from attest.usecases.diff_policy import Impact, days_of, policy_impact
from attest.usecases.verify import POLICY_FILE
from tests.support.ledger import Ledger, make_ledger

LAX = b"version: 1\nmode: enforce\ndefaults: {tier: low}\ntiers:\n  - {id: low, require: {}}\n"
STRICT = LAX.replace(b"{id: low, require: {}}", b"{id: low, unattributed: session, require: {}}")
DOCS = STRICT + b"  - {id: high, require: {}}\nrules:\n  - {id: docs, tier: high, when: {paths: [docs/]}}\n"


@pytest.fixture
def ledger(home: Path) -> Ledger:
    return make_ledger(home)


def impact(ledger: Ledger, old: str, new: str | None = None, *, days: int = 90) -> Impact:
    return policy_impact(ledger.request("HEAD"), ledger.scene.repo.path, (old, new), days=days)


def test_commits_that_a_stricter_policy_would_have_stopped_are_named_with_the_reason(ledger: Ledger) -> None:
    old = ledger.policy(LAX)
    bare, kept = ledger.change("src/a"), ledger.change("src/b")
    ledger.leave(kept, ledger.session(kept))
    new = ledger.policy(STRICT)
    found = impact(ledger, old, new)
    assert found.judged == len(ledger.scene.repo.git("rev-list", "HEAD").split())
    by_oid = {one.after.oid: one for one in found.changes}
    assert kept not in by_oid
    assert (by_oid[bare].before.verdict, by_oid[bare].after.verdict) == (Verdict.PASS, Verdict.ABSENT)
    assert by_oid[bare].why is not None
    assert by_oid[bare].why.check == "attributed"
    assert bare in {one.after.oid for one in found.stopped}
    back = impact(ledger, new, old)
    assert {one.after.oid for one in back.let_through} == {one.after.oid for one in found.stopped}
    assert impact(ledger, old, old).changes == ()


def test_policy_of_the_work_tree_is_tried_before_it_is_committed(ledger: Ledger) -> None:
    old = ledger.policy(STRICT)
    docs = ledger.change("docs/a")
    (ledger.scene.repo.path / POLICY_FILE).write_bytes(DOCS)
    (found,) = [one for one in impact(ledger, old).changes if one.after.oid == docs]
    assert (found.before.tier, found.after.tier, found.after.verdict) == ("low", "high", Verdict.PASS)


def test_commits_before_the_span_are_left_out(ledger: Ledger) -> None:
    old = ledger.policy(LAX)
    (ledger.scene.repo.path / POLICY_FILE).write_bytes(STRICT)
    assert impact(ledger, old, days=1).judged > 0
    ahead = replace(ledger.request("HEAD"), now=ledger.clock.now().replace(year=ledger.clock.now().year + 2))
    assert policy_impact(ahead, ledger.scene.repo.path, (old, None), days=90).judged == 0


def test_history_that_a_shallow_clone_hides_is_indeterminate(ledger: Ledger, home: Path) -> None:
    ledger.policy(LAX)
    ledger.change("src/a")
    ledger.scene.repo.git("clone", "-q", "--depth=1", f"file://{ledger.scene.repo.path}", str(home / "shallow"))
    shallow = replace(ledger.request("HEAD"), repository=Repository.open(home / "shallow"))
    with pytest.raises(CannotVerify, match=r"git\.shallow"):
        policy_impact(shallow, home / "shallow", ("HEAD", None), days=90)


@pytest.mark.parametrize("text", ["90", "0d", "-1d", "1w", "99999d", "٩d", ""])
def test_span_that_is_no_number_of_days_is_usage(text: str) -> None:
    with pytest.raises(InvalidInput):
        days_of(text)


def test_revision_without_a_policy_is_usage(ledger: Ledger) -> None:
    root = ledger.scene.repo.git("rev-list", "--max-parents=0", "HEAD")
    with pytest.raises(InvalidInput):
        impact(ledger, root)
