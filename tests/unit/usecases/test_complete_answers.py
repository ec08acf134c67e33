"""Complete answers in the gate: what they decide, and what every way of falsifying one comes to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from attest.errors import CannotVerify, NotVerified
from attest.evidence.complete_answer import read_answer
from attest.evidence.trust import pinned_roots
from attest.model.verdict import CommitVerdict, Verdict
from attest.usecases.verify import verify_commit
from tests.support.ledger import DENY, RAISE, Ledger, make_ledger, reason

OTHER = "ses_01KAC4W9Q2M7T3V8X5Y6Z0A1B3"


@pytest.fixture
def ledger(home: Path) -> Ledger:
    return make_ledger(home)


def said(verdict: CommitVerdict, check: str) -> tuple[Verdict, str]:
    found = reason(verdict, check)
    return found.verdict, f"{found.against} {found.detail}"


@pytest.mark.parametrize("way", ["ledger", "file"])
def test_rule_that_more_evidence_could_fail_is_decided_on_a_complete_answer(ledger: Ledger, way: str) -> None:
    ledger.policy(DENY)
    oid = ledger.change("src/a")
    ledger.leave(oid, ledger.session(oid))
    assert (ledger.verify(oid).verdict, ledger.verify(oid).exit_code) == (Verdict.INDETERMINATE, 5)
    named = (ledger.save(ledger.answer(oid)),) if way == "file" else ()
    found = ledger.verify(oid, *named, ask=way == "ledger")
    assert (found.verdict, found.exit_code) == (Verdict.PASS, 0)
    assert "complete answer of" in said(found, "access.deny.secret")[1]
    assert not any("complete" in one for one in found.not_checked)
    assert any("complete" in one for one in ledger.verify(oid).not_checked)


def test_answer_that_lists_nothing_proves_that_there_is_nothing(ledger: Ledger) -> None:
    ledger.policy(DENY)
    oid = ledger.change("src/a")
    assert ledger.verify(oid).verdict is Verdict.INDETERMINATE
    assert ledger.verify(oid, ask=True).verdict is Verdict.PASS


def test_key_with_more_rows_than_a_proof_shows_is_not_decided(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.policy(DENY)
    oid = ledger.change("src/a")
    for name in (OTHER, f"{OTHER[:-1]}4"):
        ledger.leave(oid, ledger.session(oid, name=name))
    assert ledger.verify(oid, ask=True).verdict is Verdict.PASS
    monkeypatch.setattr("attest.ledger.index.proof.MAX_PROOF_ROWS", 1)
    found = ledger.verify(oid, ask=True)
    assert (found.verdict, found.exit_code) == (Verdict.INDETERMINATE, 5)
    assert "input.too-large" in said(found, "access.deny.secret")[1]


def test_session_withheld_to_escape_a_denial_comes_with_the_answer(ledger: Ledger) -> None:
    ledger.policy(DENY)
    oid = ledger.change("src/a")
    ledger.leave(oid, ledger.session(oid))
    ledger.session(oid, secret=1, name=OTHER)
    assert ledger.verify(oid).verdict is Verdict.INDETERMINATE
    found = ledger.verify(oid, ledger.save(ledger.answer(oid)))
    assert (found.verdict, found.exit_code) == (Verdict.POLICY, 1)
    assert "a session shows secret" in said(found, "access.deny.secret")[1]


def test_bundle_taken_out_of_an_answer_is_found_to_be_withheld(ledger: Ledger) -> None:
    ledger.policy(DENY)
    oid = ledger.change("src/a")
    ledger.leave(oid, ledger.session(oid))
    ledger.session(oid, secret=1, name=OTHER)
    found = ledger.verify(oid, changed(ledger, oid, lambda one: one.update(bundles=one["bundles"][:0])))
    assert found.verdict is Verdict.INDETERMINATE
    verdict, text = said(found, "access.deny.secret")
    assert verdict is Verdict.INDETERMINATE
    assert f"speaks of {oid} and is not here: it was withheld" in text


def test_session_reached_only_through_its_own_list_raises_and_satisfies_nothing(ledger: Ledger) -> None:
    ledger.policy(RAISE)
    oid, after = ledger.change("docs/a"), ledger.change("docs/b")
    ledger.leave(oid, ledger.session(oid))
    ledger.session(after, secret=1)  # a later capture of the same session, which names another commit
    found = ledger.verify(oid, ask=True)
    assert (found.verdict, found.tier) == (Verdict.POLICY, "high")
    assert [one.link for one in found.evidence] == ["asserted", "related"]


def changed(ledger: Ledger, oid: str, edit: object) -> Path:
    document = json.loads(ledger.answer(oid))
    assert callable(edit)
    edit(document)
    return ledger.save(json.dumps(document, separators=(",", ":")).encode())


def drop_row(document: dict[str, list[dict[str, list[dict[str, list[str]]]]]]) -> None:
    proof = next(one for one in document["keys"][0]["proofs"] if len(one["rows"]) > 1)
    proof["rows"] = proof["rows"][:-1]


EDITS = {
    "a row left out": (drop_row, "evidence.index"),
    "a segment left out": (lambda d: d["keys"][0].update(proofs=d["keys"][0]["proofs"][:-1]), "evidence.index"),
    "another key's proofs": (lambda d: d["keys"][0].update(value="b" * 40), None),
    "another live list": (lambda d: d.update(live=d["live"][:-8] + "AAAAAAA="), "evidence"),
    "a larger tree": (lambda d: d.update(checkpoint=d["checkpoint"].replace("\n", "\n9", 1)), "evidence"),
    "a fresher time": (
        lambda d: d.update(checkpoint=d["checkpoint"].replace("newest-at 1", "newest-at 2")),
        "evidence.checkpoint",
    ),
    "a path of another leaf": (lambda d: d["indexLeaf"].update(hashes=d["indexLeaf"]["hashes"][::-1]), "evidence"),
    "an unknown member": (lambda d: d.update(trust="me"), "evidence.malformed"),
}


@pytest.mark.parametrize("name", [name for name in EDITS if name != "another key's proofs"])
def test_changed_answer_is_a_security_event_in_every_mode(ledger: Ledger, name: str) -> None:
    edit, code = EDITS[name]
    ledger.policy(DENY.replace(b"enforce", b"observe"))
    oid = ledger.change("src/a")
    ledger.leave(oid, ledger.session(oid))
    ledger.session(ledger.change("src/b"), name=OTHER)
    found = ledger.verify(oid, changed(ledger, oid, edit))
    assert (found.verdict, found.exit_code) == (Verdict.INVALID, 3)
    verdict, text = said(found, "complete")
    assert verdict is Verdict.INVALID
    assert code is not None
    assert code in text


def test_answer_of_a_log_that_is_not_pinned_decides_nothing(ledger: Ledger, home: Path) -> None:
    ledger.policy(DENY)
    oid = ledger.change("src/a")
    stranger = Ledger(scene=ledger.scene, home=home / "stranger")
    found = ledger.verify(oid, ledger.save(stranger.answer(oid)))
    assert found.verdict is Verdict.INDETERMINATE
    assert "of a log that is not pinned" in said(found, "access.deny.secret")[1]


def test_answer_about_another_commit_decides_nothing(ledger: Ledger) -> None:
    ledger.policy(DENY)
    oid, other = ledger.change("src/a"), ledger.change("src/b")
    found = ledger.verify(oid, ledger.save(ledger.answer(other)))
    assert found.verdict is Verdict.INDETERMINATE
    assert "no complete answer of the pinned log" in said(found, "access.deny.secret")[1]


def test_answer_older_than_max_age_decides_nothing(ledger: Ledger) -> None:
    ledger.policy(DENY)
    oid = ledger.change("src/a")
    answer = ledger.save(ledger.answer(oid))
    ledger.later(minutes=59)
    assert ledger.verify(oid, answer).verdict is Verdict.PASS
    ledger.later(minutes=2)
    found = ledger.verify(oid, answer)
    assert found.verdict is Verdict.INDETERMINATE
    assert "not within max_age (3600 s)" in said(found, "access.deny.secret")[1]


def test_answer_from_the_future_decides_nothing(ledger: Ledger) -> None:
    ledger.policy(DENY)
    oid = ledger.change("src/a")
    answer = ledger.save(ledger.answer(oid))
    ledger.later(hours=-1)
    assert ledger.verify(oid, answer).verdict is Verdict.INDETERMINATE


def test_answer_that_evidence_here_outgrew_decides_nothing(ledger: Ledger) -> None:
    ledger.policy(DENY)
    oid = ledger.change("src/a")
    before = ledger.save(ledger.answer(oid))
    ledger.leave(oid, ledger.session(oid))
    found = ledger.verify(oid, before)
    assert found.verdict is Verdict.INDETERMINATE
    assert "it is out of date" in said(found, "access.deny.secret")[1]


def test_two_heads_of_one_size_are_a_fork_and_a_security_event(ledger: Ledger) -> None:
    ledger.policy(DENY)
    oid = ledger.change("src/a")
    honest = ledger.answer(oid)
    twin = Ledger(scene=ledger.scene, home=ledger.home / "twin")  # another tree of one size, under the same keys
    twin.instance.services.log.note_key = ledger.instance.services.log.note_key
    twin.instance.services.log.origin = ledger.instance.services.log.origin
    found = ledger.verify(oid, ledger.save(honest), ledger.save(twin.answer(oid)))
    assert (found.verdict, found.exit_code) == (Verdict.INVALID, 3)
    assert "two heads of one size: a fork" in said(found, "complete")[1]


def test_range_is_answered_at_once_and_every_commit_is_decided(ledger: Ledger) -> None:
    base = ledger.policy(DENY)
    first, second = ledger.change("src/a"), ledger.change("src/b")
    ledger.leave(first, ledger.session(first))
    ledger.session(second, secret=1, name=OTHER)
    assert ledger.range(f"{base}..HEAD").verdict is Verdict.INDETERMINATE
    saved = ledger.save(ledger.answer(first, second))
    for found in (ledger.range(f"{base}..HEAD", ask=True), ledger.range(f"{base}..HEAD", saved)):
        assert {one.oid: one.verdict for one in found.commits} == {first: Verdict.PASS, second: Verdict.POLICY}


def test_log_is_asked_only_where_a_rule_needs_it(ledger: Ledger) -> None:
    ledger.policy(b"version: 1\nmode: enforce\ndefaults: {tier: t}\ntiers: [{id: t, require: {}}]\n")
    oid = ledger.change("docs/a")
    request = ledger.request(oid)
    asked: list[tuple[str, ...]] = []

    def source(oids: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
        asked.append(oids)
        return ()

    assert verify_commit(replace(request, answers=source)).verdict is Verdict.PASS
    assert asked == []


def test_every_pinned_log_must_answer(ledger: Ledger, home: Path) -> None:
    stranger = Ledger(scene=ledger.scene, home=home / "stranger")
    for name, one in (("ours", ledger), ("theirs", stranger)):
        ledger.scene.repo.write(f".attest/trust/{name}.json", one.trust.read_bytes())
    ledger.policy(DENY)
    oid = ledger.change("src/a")
    ours, theirs = ledger.save(ledger.answer(oid)), ledger.save(stranger.answer(oid))

    def verdict(*named: Path) -> CommitVerdict:
        return verify_commit(replace(ledger.request(oid, *named), trust=None))

    for one, missing in ((ours, stranger), (theirs, ledger)):
        assert verdict(one).verdict is Verdict.INDETERMINATE
        assert missing.instance.services.log.origin in said(verdict(one), "access.deny.secret")[1]
    assert verdict(ours, theirs).verdict is Verdict.PASS


def test_answer_brings_evidence_that_the_built_in_policy_takes(ledger: Ledger) -> None:
    base = ledger.scene.repo.git("rev-parse", "HEAD")
    oid, other = ledger.change("src/a"), ledger.change("src/b")
    for one, name in ((oid, OTHER), (other, OTHER)):
        ledger.session(one, name=name)
    answer = ledger.save(ledger.answer(oid, other))
    assert ledger.verify(oid).verdict is Verdict.ABSENT
    assert ledger.verify(oid, answer).verdict is Verdict.PASS
    assert ledger.range(f"{base}..HEAD", answer).verdict is Verdict.PASS
    assert ledger.verify(oid, changed(ledger, oid, lambda one: one.update(live="AAAA"))).verdict is Verdict.INVALID


def test_bundle_named_for_one_commit_of_a_range_is_not_held_against_the_others(ledger: Ledger) -> None:
    base = ledger.scene.repo.git("rev-parse", "HEAD")
    oid, other = ledger.change("src/a"), ledger.change("src/b")
    named = [ledger.save(ledger.session(one, name=OTHER)) for one in (oid, other)]
    assert ledger.range(f"{base}..HEAD", *named).verdict is Verdict.PASS
    assert ledger.range(f"{base}..HEAD", named[0]).verdict is Verdict.ABSENT
    stray = ledger.save(ledger.session(base, name=OTHER))
    assert ledger.range(f"{base}..HEAD", *named, stray).verdict is Verdict.INVALID  # about no commit of the range


def test_every_changed_character_is_refused_or_changes_nothing(ledger: Ledger) -> None:
    oid = ledger.change("src/a")
    ledger.session(oid)
    raw = ledger.answer(oid).strip()
    roots = pinned_roots(ledger.trust, ledger.repository, None, ledger.home)
    honest = read_answer(raw, "a file", roots)
    outside = raw.index(b'"bundles"')  # bundles are verified one by one, when they are used
    draw = Random(7)
    refused = 0
    for _ in range(400):
        at, to = draw.randrange(outside), draw.choice(b'0aZ"{}[],:\\\n ')
        try:
            found = read_answer(raw[:at] + bytes([to]) + raw[at + 1 :], "a file", roots)
        except (NotVerified, CannotVerify):
            refused += 1
        else:
            assert (found.size, found.root, found.as_of) == (honest.size, honest.root, honest.as_of)
            # Another name proves another list, here an empty one; that of the commit is then not in the answer.
            assert all(rows == honest.rows.get(key, ()) for key, rows in found.rows.items())
    assert refused > 300
