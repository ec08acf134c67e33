"""Reviews and pushes: when a review stands, when it is outdated, and the one rule that carries it to a rewritten commit."""

from __future__ import annotations

import copy
from hashlib import sha256
from pathlib import Path

import pytest

from attest.model.link_predicate import COMMIT_LINK_V1
from attest.model.review_predicate import REVIEW_V1
from attest.model.statement import Subject
from attest.model.verdict import Verdict
from tests.support.evidence import LISTING, SESSION
from tests.support.ledger import Ledger, make_ledger, reason
from tools.make_human_vectors import REVIEW

PEOPLE = b"""version: 1
mode: enforce
defaults: {tier: standard}
tiers:
  - {id: standard, require: {}}
  - {id: high, unattributed: session, require: {review: {humans: 1, MORE}}}
rules:
  - {id: core, tier: high, when: {paths: [src/]}}
"""
PLAIN = PEOPLE.replace(b", MORE", b"")
CARRY = PEOPLE.replace(b"MORE", b"carry: equal-patch")
ON_HEAD = PEOPLE.replace(b"MORE", b"on_head: required")


@pytest.fixture
def ledger(home: Path) -> Ledger:
    return make_ledger(home)


def row(ledger: Ledger, oid: str) -> dict[str, object]:
    (made,) = ledger.scene.predicate(oid)["commits"]  # type: ignore[misc]
    return {name: made[name] for name in ("oid", "tree", "changed")}


def review(ledger: Ledger, oid: str, policy: str, *, head: str = "") -> None:
    """Sign a review of a commit with its session, under the policy as it stands at a commit."""
    at = ledger.scene.repo.git("rev-parse", f"{head or oid}^{{tree}}")
    own = row(ledger, oid)
    digest = ledger.scene.repo.git_bytes("cat-file", "blob", f"{policy}:.attest/policy.yaml")
    patch = ledger.scene.repo.git("patch-id", "--stable", data=ledger.scene.repo.git_bytes("show", oid)).split()[0]
    heads = [own | {"patch": patch}] + ([row(ledger, head)] if head else [])
    made = copy.deepcopy(REVIEW) | {"head": {"oid": head or oid, "tree": at}, "commits": heads}
    made["sessions"] = [{"id": SESSION, "sha256": LISTING}]
    made["answers"] = {name: {"answer": "not-checked", "events": []} for name in REVIEW["answers"]}
    made["policy"] = f"sha256:{sha256(digest).hexdigest()}"
    subjects = tuple(ledger.scene.subject(one) for one in ([oid, head] if head else [oid]))
    ledger.log(REVIEW_V1, (*subjects, Subject(name=SESSION, sha256=LISTING)), made)


def recorded(ledger: Ledger, path: str, data: bytes) -> str:
    oid = ledger.change(path, data)
    ledger.session(oid)
    return oid


def rewritten(ledger: Ledger, old: str, new: str) -> None:
    link = {
        "commit": new, "kind": "rewritten", "relation": "authored", "confidence": "strong", "method": "patch-id@1",
        "session": SESSION, "derivedFrom": [old], "evidence": [{"what": "rewritten-from", "value": old}],
    }  # fmt: skip
    made = {"linkedAt": "2026-11-21T09:00:00Z", "maker": "carry", "commits": [{"oid": old}], "links": [link]}
    ledger.log(COMMIT_LINK_V1, (ledger.scene.subject(new),), made)


def rebased(ledger: Ledger, old: str, *, data: bytes | None = None) -> str:
    """Put a commit's change onto another base, changed where `data` is given, and log the link."""
    repo = ledger.scene.repo
    repo.git("reset", "-q", "--hard", f"{old}~1")
    ledger.change("docs/other")
    repo.git("cherry-pick", old)
    if data is not None:
        repo.write("src/a", data)
        repo.git("commit", "-q", "-a", "--amend", "--no-edit")
    new = repo.git("rev-parse", "HEAD")
    rewritten(ledger, old, new)
    return new


def test_review_over_the_commit_counts_and_one_of_the_commit_before_does_not(ledger: Ledger) -> None:
    policy = ledger.policy(PLAIN)
    oid = recorded(ledger, "src/a", b"if x:\n    y()\n")
    assert ledger.verify(oid, ask=True).verdict is Verdict.POLICY
    review(ledger, oid, policy)
    assert ledger.verify(oid, ask=True).verdict is Verdict.PASS
    pushed = recorded(ledger, "src/a", b"if x:\n    z()\n")
    assert ledger.verify(pushed, ask=True).verdict is Verdict.POLICY


@pytest.mark.parametrize(("text", "expected"), [(PLAIN, Verdict.POLICY), (CARRY, Verdict.PASS)], ids=["plain", "carry"])
def test_review_is_carried_to_a_rebased_commit_by_the_rule_alone(
    ledger: Ledger, text: bytes, expected: Verdict
) -> None:
    policy = ledger.policy(text)
    old = recorded(ledger, "src/a", b"if x:\n    y()\n")
    review(ledger, old, policy)
    new = rebased(ledger, old)
    found = ledger.verify(new, ask=True)
    assert found.verdict is expected
    assert (reason(found, "review.humans").verdict is Verdict.PASS) is (expected is Verdict.PASS)


def test_review_is_not_carried_over_a_change_of_white_space_that_the_patch_id_leaves_out(ledger: Ledger) -> None:
    policy = ledger.policy(CARRY)
    old = recorded(ledger, "src/a", b"if x:\n    y()\n    z()\n")
    review(ledger, old, policy)
    new = rebased(ledger, old, data=b"if x:\n    y()\nz()\n")
    repo = ledger.scene.repo
    ids = {repo.git("patch-id", "--stable", data=repo.git_bytes("show", one)).split()[0] for one in (old, new)}
    assert len(ids) == 1  # git takes them for one patch
    found = ledger.verify(new, ask=True)
    assert (found.verdict, reason(found, "review.humans").verdict) == (Verdict.POLICY, Verdict.POLICY)


def test_review_is_not_carried_without_a_proved_link(ledger: Ledger) -> None:
    policy = ledger.policy(CARRY)
    old = recorded(ledger, "src/a", b"if x:\n    y()\n")
    review(ledger, old, policy)
    repo = ledger.scene.repo
    repo.git("reset", "-q", "--hard", f"{old}~1")
    ledger.change("docs/other")
    repo.git("cherry-pick", old)
    new = repo.git("rev-parse", "HEAD")
    ledger.session(new)
    assert ledger.verify(new, ask=True).verdict is Verdict.POLICY


def test_review_on_an_earlier_head_counts_until_the_policy_asks_for_the_head(ledger: Ledger) -> None:
    for text, expected in ((PLAIN, Verdict.PASS), (ON_HEAD, Verdict.POLICY)):
        policy = ledger.policy(text)
        oid = recorded(ledger, "src/a", text)
        review(ledger, oid, policy)
        ledger.change("docs/pushed")
        judged = {one.oid: one for one in ledger.range(f"{policy}..HEAD", ask=True).commits}
        assert judged[oid].verdict is expected
        assert ledger.verify(oid, ask=True).verdict is Verdict.PASS  # alone it is its own head
