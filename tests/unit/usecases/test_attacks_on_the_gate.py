"""Every attack on the gate that the project names, and the exact verdict, failing step and code that it comes to."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from attest.errors import CannotVerify, InvalidInput
from attest.evidence.policy_base import policy_base
from attest.git import Repository
from attest.model.exception_predicate import EXCEPTION_V1
from attest.model.statement import build_statement
from attest.model.verdict import CommitVerdict, Outcome, Verdict
from attest.usecases.verify import POLICY_FILE, verify_commit
from attest.usecases.verify_range import verify_range
from tests.support.bundles import b64
from tests.support.evidence import Scene, make_scene
from tests.support.ledger import RAISE, make_ledger, reason
from tests.unit.usecases.test_verify_policy import OBSERVE, STRICT, change, ranged, request, with_policy
from tools.make_human_vectors import EXCEPTION

Bundle = dict[str, Any]


@pytest.fixture
def scene(home: Path) -> Scene:
    return make_scene(home)


@pytest.fixture
def oid(scene: Scene) -> str:
    return scene.repo.git("rev-parse", "HEAD")


def failed(result: CommitVerdict) -> tuple[str, str]:
    """Give name and code of the step at which the one piece of evidence failed."""
    (report,) = result.evidence
    step = next(s for s in report.steps if s.outcome in (Outcome.INVALID, Outcome.INDETERMINATE))
    return step.name, step.code


def judged(scene: Scene, oid: str, data: bytes) -> tuple[Verdict, int, str, str]:
    """Judge a commit by one bundle that lies where evidence is found."""
    scene.leave(oid, data)
    result = scene.verify(oid)
    return (result.verdict, result.exit_code, *failed(result))


def edited(scene: Scene, oid: str, edit: Callable[[Bundle], object]) -> bytes:
    bundle: Bundle = json.loads(scene.good(oid))
    edit(bundle)
    return json.dumps(bundle).encode()


def entry(bundle: Bundle) -> Bundle:
    found: Bundle = bundle["verificationMaterial"]["tlogEntries"][0]
    return found


def named(scene: Scene, issuer: str, identity: str) -> bytes:
    return STRICT + f"identities: [{{issuer: '{issuer}', identity: '{identity}'}}]\n".encode()


# what is signed: statement, envelope, signatures


def test_replayed_statement_is_invalid_for_another_commit(scene: Scene, oid: str) -> None:
    parent = scene.repo.git("rev-parse", "HEAD~1")
    assert judged(scene, oid, scene.good(parent)) == (Verdict.INVALID, 3, "subject", "evidence.subject")


def test_other_tenant_s_envelope_is_ignored_and_not_absent(scene: Scene, oid: str, tmp_path: Path) -> None:
    scene.leave(oid, Scene(repo=scene.repo, home=tmp_path).good(oid))
    result = scene.verify(oid)
    assert (result.verdict, result.exit_code, result.evidence) == (Verdict.INDETERMINATE, 5, ())
    assert "under no root that is pinned here" in result.reason


def test_other_tenant_s_envelope_under_our_log_s_entry_is_invalid(scene: Scene, oid: str, tmp_path: Path) -> None:
    stranger: Bundle = json.loads(Scene(repo=scene.repo, home=tmp_path).good(oid))
    data = edited(scene, oid, lambda b: b.update(dsseEnvelope=stranger["dsseEnvelope"]))
    assert judged(scene, oid, data)[:3] == (Verdict.INVALID, 3, "signature")


def test_two_signatures_one_bad_are_invalid(scene: Scene, oid: str) -> None:
    def add(bundle: Bundle) -> None:
        signatures = bundle["dsseEnvelope"]["signatures"]
        signatures.append({"sig": b64(b"0" * 70)})

    assert judged(scene, oid, edited(scene, oid, add)) == (Verdict.INVALID, 3, "bundle", "evidence.malformed")


def test_empty_signatures_are_invalid(scene: Scene, oid: str) -> None:
    for signatures in ([], [{"sig": ""}]):
        data = edited(scene, oid, lambda b, s=signatures: b["dsseEnvelope"].update(signatures=s))  # type: ignore[misc]
        assert judged(scene, oid, data) == (Verdict.INVALID, 3, "bundle", "evidence.malformed")


def test_payload_type_changed_is_invalid(scene: Scene, oid: str) -> None:
    for kind in ("text/plain", "application/vnd.in-toto+json "):
        data = edited(scene, oid, lambda b, k=kind: b["dsseEnvelope"].update(payloadType=k))  # type: ignore[misc]
        assert judged(scene, oid, data)[:3] == (Verdict.INVALID, 3, "signature")


@pytest.mark.parametrize("flaw", ["git_commit", "git_tree"])
def test_annotation_naming_another_commit_is_invalid(scene: Scene, oid: str, flaw: str) -> None:
    data = scene.bundle(scene.statement(oid, **{flaw: "e" * 40}))
    assert judged(scene, oid, data) == (Verdict.INVALID, 3, "subject", "evidence.commit")


# who signed: identities whole, agents answered for


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ("{}", Verdict.PASS),
        ("{}x", Verdict.POLICY),
        ("x{}", Verdict.POLICY),
        ("cut", Verdict.POLICY),
        (".*", Verdict.POLICY),
        ("case", Verdict.POLICY),
    ],
)
def test_name_that_merely_contains_the_allowed_identity_does_not_count(
    scene: Scene, allowed: str, expected: Verdict
) -> None:
    own = scene.world.identity
    written = {"cut": own[:-1], "case": own.upper()}.get(allowed, allowed.format(own))
    with_policy(scene, named(scene, scene.world.instance.issuer, written))
    oid = change(scene, "src/a")
    scene.leave(oid, scene.good(oid))
    result = scene.verify(oid)
    assert (result.verdict, result.exit_code) == (expected, 0 if expected is Verdict.PASS else 1)
    if expected is Verdict.POLICY:
        assert "signed by an identity that the policy does not name" in result.reason


def test_other_issuer_with_the_same_name_does_not_count(scene: Scene) -> None:
    with_policy(scene, named(scene, "https://other.example.test", scene.world.identity))
    oid = change(scene, "src/a")
    scene.leave(oid, scene.good(oid))
    assert (scene.verify(oid).verdict, scene.verify(oid).exit_code) == (Verdict.POLICY, 1)


def test_agent_without_a_delegating_person_satisfies_nothing(scene: Scene) -> None:
    who = f"issuer: '{scene.world.instance.issuer}', identity: '{scene.world.identity}'"
    person = "issuer: 'https://idp.example.test', identity: ada@example.test"
    chain = f"{{{who}}}, {{issuer: 'https://idp.example.test', identity: ada@example.test}}"
    for agents, expected in (
        (f"{{{who}}}", Verdict.POLICY),
        (f"{{{who}, delegated_by: {{{person}}}}}", Verdict.PASS),
        (f"{{{who}, delegated_by: {{{person}}}}}, {chain.partition('}, ')[2]}", Verdict.POLICY),  # to another agent
    ):
        with_policy(scene, STRICT + f"agents: [{agents}]\n".encode())
        oid = change(scene, "src/a", agents)
        scene.leave(oid, scene.good(oid))
        assert scene.verify(oid).verdict is expected
        if expected is Verdict.POLICY:
            assert "signed by an agent" in scene.verify(oid).reason


# when, and in which log


@dataclass
class Late:
    """A signer whose certificate ran out before it signed."""

    scene: Scene

    def bundle(self, oid: str, *, with_set: bool, with_token: bool) -> bytes:
        scene, clock = self.scene, self.scene.world.clock
        clock.at = clock.now() + timedelta(hours=1)
        payload = scene.statement(oid)
        made = scene.maker.bundle("dsse", "0.0.1", payload, with_set=with_set, with_token=with_token)
        return json.dumps(made).encode()


def test_expired_certificate_with_trusted_time_inside_it_passes_and_outside_it_is_invalid(
    scene: Scene, oid: str
) -> None:
    scene.leave(oid, scene.good(oid))
    years_later = replace(request(scene, oid), now=scene.world.clock.now() + timedelta(days=800))
    assert verify_commit(years_later).verdict is Verdict.PASS
    late = Late(scene).bundle(oid, with_set=False, with_token=True)
    assert judged(scene, oid, late)[:3] == (Verdict.INVALID, 3, "signature")


def test_certificate_without_trusted_time_is_invalid(scene: Scene, oid: str) -> None:
    payload = scene.statement(oid)
    bare = json.dumps(scene.maker.bundle("dsse", "0.0.1", payload, with_set=False, with_token=False)).encode()
    assert judged(scene, oid, bare) == (Verdict.INVALID, 3, "signature", "evidence.timestamp")


def test_false_log_index_is_invalid(scene: Scene, oid: str) -> None:
    for edit in (
        lambda b: entry(b).update(logIndex="1"),
        lambda b: entry(b)["inclusionProof"].update(logIndex="1"),
    ):
        assert judged(scene, oid, edited(scene, oid, edit)) == (Verdict.INVALID, 3, "signature", "evidence.inclusion")


def test_proof_of_another_leaf_is_invalid(scene: Scene, oid: str) -> None:
    other = entry(json.loads(scene.good(scene.repo.git("rev-parse", "HEAD~1"))))
    proof = edited(scene, oid, lambda b: entry(b).update(inclusionProof=other["inclusionProof"]))
    assert judged(scene, oid, proof) == (Verdict.INVALID, 3, "signature", "evidence.inclusion")
    whole = edited(scene, oid, lambda b: b["verificationMaterial"].update(tlogEntries=[other]))
    assert judged(scene, oid, whole) == (Verdict.INVALID, 3, "signature", "evidence.entry")


def test_foreign_trust_root_inside_a_bundle_without_a_pin_is_indeterminate(
    scene: Scene, oid: str, tmp_path: Path
) -> None:
    stranger = Scene(repo=scene.repo, home=tmp_path)
    bundle: Bundle = json.loads(stranger.good(oid))
    path = tmp_path / "b.json"
    path.write_bytes(json.dumps(bundle).encode())
    result = scene.verify(oid, path)
    assert (result.verdict, result.exit_code) == (Verdict.INDETERMINATE, 5)
    assert failed(result) == ("bundle", "evidence.untrusted")
    root = base64.b64encode(stranger.world.instance.trusted_root).decode()
    path.write_bytes(json.dumps(bundle | {"trustedRoot": root}).encode())  # it brings its own: no bundle at all
    assert scene.verify(oid, path).verdict is Verdict.INVALID
    scene.repo.write(".attest/trust/root.json", stranger.world.instance.trusted_root)
    pinning = scene.repo.commit("Pin the stranger in the change that is judged")
    scene.leave(pinning, stranger.good(pinning))
    assert scene.verify(pinning, pinned=False).verdict is Verdict.INDETERMINATE


def test_session_withheld_to_escape_a_tier_is_indeterminate_and_raises_it_on_a_complete_answer(home: Path) -> None:
    ledger = make_ledger(home)
    ledger.policy(RAISE)
    oid = ledger.change("docs/a")
    ledger.session(oid, secret=1)
    alone = ledger.verify(oid)
    assert (alone.verdict, alone.exit_code, alone.tier) == (Verdict.INDETERMINATE, 5, "standard")
    assert reason(alone, "raised").verdict is Verdict.INDETERMINATE
    whole = ledger.verify(oid, ask=True)
    assert (whole.verdict, whole.exit_code, whole.tier) == (Verdict.POLICY, 1, "high")
    assert reason(whole, "plan").verdict is Verdict.POLICY


# the policy, the clone, the range


def test_policy_weakened_in_the_change_it_judges_does_not_help_that_change(scene: Scene) -> None:
    base = with_policy(scene, STRICT)
    weaker = with_policy(scene, OBSERVE)
    assert (scene.verify(weaker).verdict, scene.verify(weaker).exit_code) == (Verdict.ABSENT, 4)
    after = change(scene, "src/y")
    assert scene.verify(after).mode == "observe"
    result = ranged(scene, f"{base}..HEAD")
    assert (result.mode, result.exit_code, len(result.commits)) == ("enforce", 4, 2)


def test_expired_exception_spares_nothing(scene: Scene) -> None:
    who = f"issuer: '{scene.world.instance.issuer}', identity: '{scene.world.identity}'"
    grants = f"rules: [{{id: auth, tier: standard, when: {{paths: [src/]}}}}]\nexceptions_by: {{humans: 1, by: [{{{who}}}]}}\n"
    with_policy(scene, STRICT.partition(b"rules:")[0] + grants.encode())
    oid = change(scene, "src/a")
    facts = scene.predicate(oid)["commits"]
    assert isinstance(facts, list)
    row = {name: facts[0][name] for name in ("oid", "tree", "changed")}
    now = scene.world.clock.now()
    for hours, expected in ((2, Verdict.PASS), (-1, Verdict.ABSENT)):
        times = {"grantedAt": now - timedelta(hours=3), "expiresAt": now + timedelta(hours=hours)}
        written = {name: at.strftime("%Y-%m-%dT%H:%M:%SZ") for name, at in times.items()}
        made = EXCEPTION | {"commits": [row]} | written
        scene.leave(oid, scene.bundle(build_statement(EXCEPTION_V1, (scene.subject(oid),), made).raw))
        result = verify_commit(replace(request(scene, oid), now=now + timedelta(minutes=1)))
        assert (result.verdict, result.exit_code) == (expected, 0 if expected is Verdict.PASS else 4)


@pytest.mark.parametrize(
    "flaw",
    [b"rules: &r []\n", b"labels: *r\n", b"<<: {mode: observe}\n", b"trust: me\n", b"mode: observe\n", b"rules: !!map {}\n", b"\xff"],
    ids=["anchor", "alias", "merge key", "unknown key", "key twice", "tag", "not UTF-8"],
)  # fmt: skip
def test_yaml_alias_or_unknown_key_is_indeterminate_with_file_and_line(scene: Scene, flaw: bytes) -> None:
    base = with_policy(scene, STRICT + flaw)
    oid = change(scene, "docs/x")
    scene.leave(oid, scene.good(oid))
    result = scene.verify(oid)
    assert (result.verdict, result.exit_code) == (Verdict.INDETERMINATE, 5)
    assert f"{base[:12]}:{POLICY_FILE}" in result.reason
    assert (ranged(scene, f"{base}..{oid}").verdict, ranged(scene, f"{base}..{oid}").exit_code) == (
        Verdict.INDETERMINATE, 5,
    )  # fmt: skip


def test_replace_ref_hides_nothing_and_paths_are_the_tree_s(scene: Scene) -> None:
    """The good session of a docs commit does not make another commit a docs commit."""
    with_policy(scene, STRICT)
    docs = change(scene, "docs/a")
    scene.leave(docs, scene.good(docs))
    code = change(scene, "src/a")
    scene.repo.git("replace", code, docs)
    result = scene.verify(code)
    assert (result.oid, result.tier, result.verdict) == (code, "standard", Verdict.ABSENT)


def test_shallow_clone_is_indeterminate_and_says_so(scene: Scene, tmp_path: Path) -> None:
    base = with_policy(scene, STRICT)
    change(scene, "docs/a")
    tip = change(scene, "docs/b")
    scene.repo.git("clone", "-q", "--depth=1", f"file://{scene.repo.path}", str(tmp_path / "cut"))
    cut = Repository.open(tmp_path / "cut")
    with pytest.raises(CannotVerify, match=r"git\.shallow"):
        policy_base(cut, cut.commit_facts(tip))
    single = verify_commit(request(scene, "HEAD", repository=cut))
    assert (single.verdict, single.exit_code, single.steps[-2].code) == (Verdict.INDETERMINATE, 5, "git.shallow")
    scene.repo.git("-C", str(tmp_path / "cut"), "fetch", "-q", "--depth=1", "origin", base)
    result = ranged(scene, f"{base}..HEAD", repository=cut)
    assert (result.verdict, result.exit_code, "git.shallow" in result.stopped) == (Verdict.INDETERMINATE, 5, True)


def test_moved_tag_is_judged_by_the_commit_it_names_now(scene: Scene) -> None:
    with_policy(scene, STRICT)
    good = change(scene, "src/a")
    scene.leave(good, scene.good(good))
    scene.repo.git("tag", "-a", "-m", "v1", "v1", good)
    assert (scene.verify("v1").verdict, scene.verify("v1").oid) == (Verdict.PASS, good)
    moved = change(scene, "src/b")
    scene.repo.git("tag", "-a", "-f", "-m", "v1", "v1", moved)
    result = scene.verify("v1")
    assert (result.verdict, result.exit_code, result.oid) == (Verdict.ABSENT, 4, moved)


def test_empty_range_is_wrong_usage_and_never_a_pass(scene: Scene) -> None:
    for revision in ("HEAD..HEAD", "HEAD..HEAD~1"):
        with pytest.raises(InvalidInput) as caught:
            ranged(scene, revision)
        assert caught.value.code == "input.usage"
    for revision in ("HEAD~1...HEAD", "..HEAD", "a..b..c", "HEAD~1..no-such"):
        with pytest.raises(InvalidInput):
            verify_range(request(scene, revision))
