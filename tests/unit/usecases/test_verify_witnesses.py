"""Witnesses in the gate: whose cosignatures count, over which leaf, and what a bad or missing one comes to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from attest.cli.render_verdict import print_commit
from attest.errors import CannotVerify
from attest.model.verdict import CommitVerdict, Verdict
from attest.model.witnessed import NO_WITNESS, WitnessState
from attest.usecases.verdict_json import verdict_json
from attest.usecases.verify import POLICY_FILE, VerifyRequest, verify_commit
from tests.support.cosigning import ONE, TWO, Cosigner, Cosigning
from tests.support.evidence import NOW, Scene, make_scene

ASKS = """version: 1
mode: enforce
defaults: {{tier: standard, unattributed: session}}
tiers: [{{id: standard, require: {{witness: {count}}}}}]
"""


@pytest.fixture
def scene(home: Path) -> Scene:
    return make_scene(home)


@pytest.fixture
def cosigning(scene: Scene) -> Cosigning:
    return Cosigning(scene)


def request(scene: Scene, oid: str, *named: Path) -> VerifyRequest:
    return VerifyRequest(
        repository=scene.repository,
        revision=oid,
        bundles=named,
        trust=scene.trust,
        bundles_dir=scene.home / "bundles",
        trust_dir=scene.home / "trust",
        now=NOW,
    )


def asked(scene: Scene, count: int = 2) -> tuple[str, bytes]:
    """Give a commit under a policy that asks for so many witnesses, and its session's bundle, left where it is found."""
    scene.repo.write(POLICY_FILE, ASKS.format(count=count).encode())
    scene.repo.commit("Policy")
    scene.repo.write("f", b"3")
    oid = scene.repo.commit("Change")
    bundle = scene.good(oid)
    scene.leave(oid, bundle)
    return oid, bundle


def reason(result: CommitVerdict) -> tuple[Verdict, str]:
    found = next(one for one in result.reasons if one.check == "witness")
    return found.verdict, f"{found.against}: {found.detail}"


def test_two_pinned_witnesses_over_the_very_leaf_are_enough(scene: Scene, cosigning: Cosigning) -> None:
    oid, bundle = asked(scene)
    cosigning.pin()
    cosigning.leave(oid, cosigning.proof(bundle, ONE, TWO))
    result = verify_commit(request(scene, oid))
    assert (result.verdict, result.exit_code) == (Verdict.PASS, 0)
    (report,) = result.evidence
    assert report.witnessed is not None
    assert (report.witnessed.counted, report.witnessed.tree_size) == (("a", "b"), 2)
    assert "2 pinned witnesses cosigned (a, b) a head of size 2 over this entry" in report.witnessed.words
    assert not any("witness" in one for one in result.not_checked)


def test_a_witness_that_is_not_pinned_counts_for_nothing(scene: Scene, cosigning: Cosigning) -> None:
    oid, bundle = asked(scene)
    cosigning.pin()
    cosigning.leave(oid, cosigning.proof(bundle, ONE, Cosigner("stranger.example.test/w")))
    result = verify_commit(request(scene, oid))
    assert (result.verdict, result.exit_code, reason(result)[0]) == (Verdict.POLICY, 1, Verdict.POLICY)
    assert "1 pinned witnesses cosigned (a)" in reason(result)[1]


def test_witnesses_of_the_log_s_operator_count_zero_and_are_named(scene: Scene, cosigning: Cosigning) -> None:
    oid, bundle = asked(scene)
    own = Cosigner(f"w.{cosigning.origin.partition('/')[0]}/w")
    cosigning.pinned = (ONE, own)
    cosigning.pin()
    cosigning.leave(oid, cosigning.proof(bundle, ONE, own))
    result = verify_commit(request(scene, oid))
    assert result.verdict is Verdict.POLICY
    assert "of the log's operator, counted as none: b" in reason(result)[1]


def test_the_quorum_of_the_pinned_file_holds_beside_the_number(scene: Scene, cosigning: Cosigning) -> None:
    oid, bundle = asked(scene, 1)
    cosigning.quorum = "b"
    cosigning.pin()
    cosigning.leave(oid, cosigning.proof(bundle, ONE))
    assert "the quorum of the pinned file is not met" in reason(verify_commit(request(scene, oid)))[1]
    cosigning.leave(oid, cosigning.proof(bundle, TWO), "q")
    assert verify_commit(request(scene, oid)).verdict is Verdict.PASS


def test_witnesses_of_two_heads_are_not_added_up(scene: Scene, cosigning: Cosigning) -> None:
    oid, bundle = asked(scene)
    cosigning.pin()
    cosigning.leave(oid, cosigning.proof(bundle, ONE), "p")
    cosigning.leave(oid, cosigning.proof(bundle, TWO), "q")
    assert verify_commit(request(scene, oid)).verdict is Verdict.POLICY


@pytest.mark.parametrize("why", ["no file", "no proof", "no key of the log", "another entry"])
def test_what_cannot_be_checked_is_indeterminate(scene: Scene, cosigning: Cosigning, why: str) -> None:
    oid, bundle = asked(scene)
    if why != "no file":
        cosigning.pin(log=why != "no key of the log")
    proof = cosigning.proof(bundle, ONE, TWO)
    if why in {"no file", "no key of the log"}:
        cosigning.leave(oid, proof)
    if why == "another entry":
        cosigning.leave(oid, proof.replace("index 0", "index 1"))
    result = verify_commit(request(scene, oid))
    assert (result.verdict, result.exit_code) == (Verdict.INDETERMINATE, 5)
    assert {"no file": "no witness is pinned", "no key of the log": "names no key of the log"}.get(
        why, "no cosigned head over entry 0 is at hand"
    ) in reason(result)[1]


@pytest.mark.parametrize("place", ["beside", "named"])
def test_a_bad_cosignature_of_a_pinned_witness_is_invalid(scene: Scene, cosigning: Cosigning, place: str) -> None:
    oid, bundle = asked(scene, 1)
    cosigning.pin()
    proof = cosigning.proof(bundle, ONE, spoiled=True)
    named = scene.home / "named.tlog-proof"
    if place == "named":
        named.write_text(proof, encoding="utf-8")
        cosigning.leave(oid, cosigning.proof(bundle, ONE))  # a good one beside it excuses nothing
    else:
        cosigning.leave(oid, proof)
    result = verify_commit(request(scene, oid, *([named] if place == "named" else [])))
    assert (result.verdict, result.exit_code) == (Verdict.INVALID, 3)
    assert "a signature of the note does not hold" in result.reason


def test_a_bad_copy_beside_a_good_cosigned_head_stops_nothing(scene: Scene, cosigning: Cosigning) -> None:
    oid, bundle = asked(scene, 1)
    cosigning.pin()
    cosigning.leave(oid, cosigning.proof(bundle, ONE), "good")
    cosigning.leave(oid, cosigning.proof(bundle, ONE, spoiled=True), "bad")
    assert verify_commit(request(scene, oid)).verdict is Verdict.PASS


def test_a_path_to_another_leaf_is_invalid(scene: Scene, cosigning: Cosigning) -> None:
    oid, bundle = asked(scene, 1)
    cosigning.pin()
    cosigning.leave(oid, cosigning.proof(scene.good(oid), ONE))  # another bundle's entry, at the same place
    assert bundle
    result = verify_commit(request(scene, oid))
    assert (result.verdict, result.evidence[0].witnessed.code) == (Verdict.INVALID, "evidence.inclusion")  # type: ignore[union-attr]


@pytest.mark.parametrize("rule", [True, False])
def test_two_notes_of_one_size_with_other_roots_are_a_fork(scene: Scene, cosigning: Cosigning, rule: bool) -> None:
    """The bundle's Sigstore note and a C2SP note, each signed by the log: invalid under any policy, and so named."""
    oid = asked(scene, 1)[0] if rule else scene.repo.git("rev-parse", "HEAD")
    bundle = scene.good(oid)
    scene.leave(oid, bundle)
    cosigning.pin()
    cosigning.leave(oid, cosigning.proof(bundle, ONE), "good")
    cosigning.leave(oid, cosigning.proof(bundle, ONE, root=b"\x07" * 32), "fork")
    result = verify_commit(request(scene, oid))
    assert (result.verdict, result.exit_code) == (Verdict.INVALID, 3)
    assert "two heads of one size with different roots" in result.reason
    assert {one.witnessed.code for one in result.evidence if one.witnessed} == {"ledger.fork"}


def test_what_anyone_may_push_is_no_red_light(scene: Scene, cosigning: Cosigning) -> None:
    oid, _ = asked(scene, 1)
    cosigning.pin()
    blob = scene.repo.git("hash-object", "-w", "--stdin", data=b"no proof")
    tree = scene.repo.git("mktree", data=f"100644 blob {blob}\tx.tlog-proof\n".encode())
    scene.repo.git("update-ref", f"refs/whereof/{oid}", scene.repo.git("commit-tree", "-m", "x", tree))
    assert verify_commit(request(scene, oid)).verdict is Verdict.INDETERMINATE


def test_a_log_is_asked_only_where_a_rule_needs_it(scene: Scene, cosigning: Cosigning) -> None:
    plain = scene.repo.git("rev-parse", "HEAD")
    scene.leave(plain, scene.good(plain))
    oid, bundle = asked(scene)
    cosigning.pin()
    calls: list[tuple[str, int]] = []

    def source(log: str, index: int) -> bytes | None:
        calls.append((log, index))
        return cosigning.proof(bundle, ONE, TWO).encode()

    assert verify_commit(replace(request(scene, plain), proofs=source)).verdict is Verdict.PASS
    assert not calls
    assert verify_commit(replace(request(scene, oid), proofs=source)).verdict is Verdict.PASS
    assert calls == [(cosigning.origin, 0)]

    def away(_log: str, _index: int) -> bytes | None:
        raise CannotVerify("service.away")

    result = verify_commit(replace(request(scene, oid), proofs=away))
    assert reason(result)[0] is Verdict.INDETERMINATE
    assert "service.away" in reason(result)[1]


def test_who_reads_an_answer_is_shown_witnesses_that_no_rule_asks_for(scene: Scene, cosigning: Cosigning) -> None:
    oid = scene.repo.git("rev-parse", "HEAD")
    bundle = scene.good(oid)
    scene.leave(oid, bundle)
    shown = replace(request(scene, oid), proofs=lambda _log, _index: cosigning.proof(bundle, ONE, TWO).encode())
    assert verify_commit(replace(shown, shows_witnesses=True)).evidence[0].witnessed is None, "none is pinned"
    cosigning.pin()
    states = {}
    for shows in (False, True):
        result = verify_commit(replace(shown, shows_witnesses=shows))
        (report,) = result.evidence
        assert (result.verdict, report.witnessed is not None) == (Verdict.PASS, True)
        states[shows] = report.witnessed.state if report.witnessed else None
    assert states == {False: WitnessState.NOT_AT_HAND, True: WitnessState.COSIGNED}
    spoiled = cosigning.proof(bundle, ONE, spoiled=True).encode()
    bad = verify_commit(replace(shown, shows_witnesses=True, proofs=lambda _log, _index: spoiled))
    assert (bad.verdict, bad.exit_code) == (Verdict.INVALID, 3)


def test_witnesses_are_pinned_by_the_caller_else_in_the_policy_s_base(scene: Scene, cosigning: Cosigning) -> None:
    scene.repo.write(".attest/trust/witnesses.policy", cosigning.policy())
    oid, bundle = asked(scene)
    cosigning.leave(oid, cosigning.proof(bundle, ONE, TWO))
    result = verify_commit(request(scene, oid))
    assert result.verdict is Verdict.PASS
    assert ".attest/trust/witnesses.policy" in reason(result)[1]
    mine = scene.home / "mine.policy"
    mine.write_bytes(replace(cosigning, pinned=(ONE,)).policy())
    assert verify_commit(replace(request(scene, oid), witness_policy=mine)).verdict is Verdict.POLICY
    mine.write_bytes(b"quorum\n")
    broken = verify_commit(replace(request(scene, oid), witness_policy=mine))
    assert (broken.verdict, broken.exit_code) == (Verdict.INDETERMINATE, 5)


def test_the_line_on_witnesses_is_the_same_in_text_and_json(
    scene: Scene, cosigning: Cosigning, capsys: pytest.CaptureFixture[str]
) -> None:
    oid, bundle = asked(scene, 1)
    cosigning.pin()
    cosigning.leave(oid, cosigning.proof(bundle, ONE))
    result = verify_commit(request(scene, oid))
    print_commit(result, verbose=True)
    said = capsys.readouterr().out
    (found,) = json.loads(json.dumps(verdict_json(result)["evidence"]))
    assert found["witnesses"]["state"] == WitnessState.COSIGNED
    assert f"witnesses: {found['witnesses']['words']}" in said
    (scene.home / "trust" / "witnesses.policy").unlink()
    print_commit(verify_commit(request(scene, oid)), verbose=True)
    assert NO_WITNESS in capsys.readouterr().out
