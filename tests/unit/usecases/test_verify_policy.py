from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from attest.errors import InvalidInput
from attest.evidence.changed_paths import own_paths, range_paths, range_rows
from attest.evidence.range_files import RangeFiles
from attest.git import Repository
from attest.history.objects import ObjectReader
from attest.model.range_verdict import RangeVerdict
from attest.model.verdict import CommitVerdict, Verdict
from attest.usecases.verify import POLICY_FILE, VerifyRequest, verify_commit
from attest.usecases.verify_range import verify_range
from tests.support.evidence import NOW, Scene, make_scene

OBSERVE = b"version: 1\nmode: observe\ndefaults: {tier: standard}\ntiers:\n  - {id: standard, require: {}}\n"
STRICT = b"""version: 1
mode: enforce
defaults: {tier: standard, unattributed: session}
tiers:
  - {id: minimal, unattributed: report, require: {}}
  - {id: standard, require: {}}
rules:
  - {id: docs, tier: minimal, when: {paths_only: ["docs/**"]}}
"""


@pytest.fixture
def scene(home: Path) -> Scene:
    return make_scene(home)


def with_policy(scene: Scene, raw: bytes) -> str:
    """Commit a policy; gives the oid that holds it."""
    scene.repo.write(POLICY_FILE, raw)
    return scene.repo.commit("policy")


def change(scene: Scene, path: str, message: str = "Change") -> str:
    scene.repo.write(path, message.encode() + path.encode())
    return scene.repo.commit(message)


def request(
    scene: Scene, revision: str, *, policy: str | None = None, repository: Repository | None = None
) -> VerifyRequest:
    return VerifyRequest(
        repository=repository or scene.repository,
        revision=revision,
        trust=scene.trust,
        policy=policy,
        bundles_dir=scene.home / "bundles",
        trust_dir=scene.home / "trust",
        now=NOW,
    )


def ranged(scene: Scene, revision: str, **more: Repository) -> RangeVerdict:
    return verify_range(request(scene, revision, **more))


def by_oid(result: RangeVerdict) -> dict[str, CommitVerdict]:
    return {one.oid: one for one in result.commits}


def test_policy_at_the_base_applies_and_every_result_names_it_and_its_mode(scene: Scene) -> None:
    base = with_policy(scene, STRICT)
    oid = change(scene, "src/x")
    result = scene.verify(oid)
    assert (result.verdict, result.exit_code, result.mode, result.tier) == (Verdict.ABSENT, 4, "enforce", "standard")
    assert f"{base[:12]}:{POLICY_FILE}@sha256:{hashlib.sha256(STRICT).hexdigest()[:16]}" == result.policy
    assert "unprotected" in result.policy_base
    assert f"whereof record --commit {oid[:12]}" in [reason.fix for reason in result.reasons]
    scene.leave(oid, scene.good(oid))
    assert scene.verify(oid).verdict is Verdict.PASS


def test_policy_named_by_the_caller_is_applied_and_called_so(scene: Scene) -> None:
    holder = with_policy(scene, STRICT)
    first = scene.repo.git("rev-parse", "HEAD~1")
    result = verify_commit(request(scene, first, policy=f"{holder}:{POLICY_FILE}"))
    assert result.verdict is Verdict.ABSENT
    assert "named by the caller" in result.policy_base
    with pytest.raises(InvalidInput):
        verify_commit(request(scene, first, policy=f"{holder}:nowhere"))


def test_extended_policy_holds_as_well_and_is_pinned_by_its_digest(scene: Scene) -> None:
    digest = hashlib.sha256(STRICT).hexdigest()
    scene.repo.write(f".attest/policies/{digest}.yaml", STRICT)
    with_policy(scene, OBSERVE + f"extends: {{uri: 'https://floor.example.test/p', sha256: '{digest}'}}\n".encode())
    oid = change(scene, "src/x")
    result = scene.verify(oid)
    assert (result.verdict, result.mode, result.exit_code) == (Verdict.ABSENT, "observe", 4)  # the floor enforces
    scene.repo.write(f".attest/policies/{digest}.yaml", STRICT + b"# changed\n")
    scene.repo.commit("tamper")
    result = scene.verify(change(scene, "docs/y"))
    assert (result.verdict, result.steps[-2].code) == (Verdict.INDETERMINATE, "policy.floor")


def test_policy_of_a_folder_can_only_ask_for_more(scene: Scene) -> None:
    scene.repo.write("pay/" + POLICY_FILE, STRICT)
    scene.repo.write("loose/" + POLICY_FILE, OBSERVE)
    with_policy(scene, STRICT.replace(b"unattributed: session", b"unattributed: report"))
    assert scene.verify(change(scene, "src/x")).verdict is Verdict.PASS
    assert scene.verify(change(scene, "pay/x")).verdict is Verdict.ABSENT
    with_policy(scene, STRICT)
    assert scene.verify(change(scene, "loose/x")).verdict is Verdict.ABSENT


def test_range_names_every_commit_in_one_of_six_states(scene: Scene) -> None:
    old = change(scene, "src/old")
    start = change(scene, "src/start")
    base = with_policy(scene, STRICT.replace(b"session}", b"report}") + f"start: {start}\n".encode())
    scene.repo.git("checkout", "-q", "-b", "topic", old)
    on_topic = change(scene, "src/topic")
    scene.repo.git("checkout", "-q", "main")
    covered = change(scene, "src/covered")
    scene.leave(covered, scene.good(covered))
    exempt = change(scene, "docs/x")
    marked = change(scene, "src/marked", "Marked\n\nCo-Authored-By: Claude <noreply@anthropic.com>")
    unmarked = change(scene, "src/unmarked")
    scene.repo.git("merge", "-q", "--no-ff", "-m", "Merge", "topic")
    merge = scene.repo.git("rev-parse", "HEAD")
    result = ranged(scene, f"{base}..HEAD")
    states = {one.oid: one.state for one in result.commits}
    assert states == {
        covered: "covered", exempt: "exempt", marked: "marked", unmarked: "unmarked", merge: "exempt", on_topic: "unmarked",
    }  # fmt: skip
    assert (result.verdict, result.exit_code) == (Verdict.PASS, 0)
    early = verify_range(request(scene, f"{old}~1..{marked}", policy=f"{base}:{POLICY_FILE}"))
    assert {one.oid: one.state for one in early.commits}[old] == "before-start"
    assert {one.oid: one.state for one in early.commits}[start] == "unmarked"
    assert sum(early.states().values()) == len(early.commits)


def test_merge_is_judged_by_what_it_brings_of_its_own(scene: Scene) -> None:
    base = with_policy(scene, STRICT)
    scene.repo.git("checkout", "-q", "-b", "topic")
    change(scene, "docs/topic")
    scene.repo.git("checkout", "-q", "main")
    change(scene, "docs/main")
    scene.repo.git("merge", "-q", "--no-ff", "--no-commit", "topic")
    scene.repo.write("src/evil", b"x")
    evil = scene.repo.commit("Merge")
    assert by_oid(ranged(scene, f"{base}..HEAD"))[evil].verdict is Verdict.ABSENT
    scene.repo.git("reset", "-q", "--hard", "HEAD~1")
    scene.repo.git("merge", "-q", "-s", "ours", "-m", "Drop theirs", "topic")
    dropped = scene.repo.git("rev-parse", "HEAD")
    assert by_oid(ranged(scene, f"{base}..HEAD"))[dropped].state == "exempt"  # it drops documentation only
    assert by_oid(ranged(scene, f"{base}..HEAD"))[dropped].tier == "minimal"


def test_gravest_verdict_of_the_range_wins(scene: Scene) -> None:
    base = with_policy(scene, STRICT)
    absent = change(scene, "src/a")
    bad = change(scene, "src/b")
    scene.leave(bad, scene.bundle(scene.statement(bad, git_tree="e" * 40)))
    result = ranged(scene, f"{base}..HEAD")
    assert {one.oid: one.verdict for one in result.commits} == {absent: Verdict.ABSENT, bad: Verdict.INVALID}
    assert (result.verdict, result.exit_code) == (Verdict.INVALID, 3)


def test_observe_stops_nothing_but_bad_evidence(scene: Scene) -> None:
    base = with_policy(scene, STRICT.replace(b"enforce", b"observe"))
    bad = change(scene, "src/b")
    result = ranged(scene, f"{base}..HEAD")
    assert (result.verdict, result.exit_code) == (Verdict.ABSENT, 0)
    scene.leave(bad, scene.bundle(scene.statement(bad, git_tree="e" * 40)))
    assert ranged(scene, f"{base}..HEAD").exit_code == 3


def test_start_that_is_not_in_the_clone_is_indeterminate(scene: Scene) -> None:
    with_policy(scene, STRICT + b"start: " + b"e" * 40 + b"\n")
    result = scene.verify(change(scene, "docs/x"))
    assert (result.verdict, result.steps[-2].code) == (Verdict.INDETERMINATE, "policy.start")


def test_range_without_a_policy_is_under_the_built_in_one(scene: Scene) -> None:
    base = scene.repo.git("rev-parse", "HEAD")
    good, bare = change(scene, "a"), change(scene, "b")
    scene.leave(good, scene.good(good))
    result = ranged(scene, f"{base}..HEAD")
    assert {one.oid: (one.state, one.verdict) for one in result.commits} == {
        good: ("covered", Verdict.PASS), bare: ("unmarked", Verdict.ABSENT),
    }  # fmt: skip
    assert (result.policy, result.mode, result.exit_code) == ("evidence-only", "enforce", 4)


def test_moment_is_needed_where_a_policy_is(scene: Scene) -> None:
    with_policy(scene, STRICT)
    oid = change(scene, "docs/x")
    asked = VerifyRequest(
        repository=scene.repository, revision=oid, bundles_dir=scene.home / "b", trust_dir=scene.home / "t"
    )
    assert verify_commit(asked).verdict is Verdict.INDETERMINATE


def test_files_of_a_range_are_those_of_each_commit_alone(scene: Scene) -> None:
    (scene.repo.path / "link").symlink_to("f")
    scene.repo.write(b"odd\xff\n:name", b"1")
    scene.repo.commit("Odd names")
    scene.repo.git("mv", "f", "moved")
    scene.repo.git("update-index", "--add", "--cacheinfo", f"160000,{'d' * 40},module")
    scene.repo.git("commit", "-q", "-m", "Move, and a submodule")
    scene.repo.commit("Nothing")
    scene.repo.git("checkout", "-q", "-b", "side")
    change(scene, "side")
    scene.repo.git("checkout", "-q", "main")
    change(scene, "main")
    scene.repo.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    repository = scene.repository
    commits = [repository.commit_facts(oid) for oid in scene.repo.git("rev-list", "HEAD").split()]
    rows = range_rows(repository, commits)
    with ObjectReader(repository) as objects:
        known = RangeFiles(repository, rows, objects)
        for commit in commits:
            assert known.of(commit) == repository.changed_files(
                commit.oid, commit.parents[0] if commit.parents else None
            )
    own = range_paths(repository, commits, rows)
    assert own == {commit.oid: own_paths(repository, commit) for commit in commits}


def test_other_files_than_signed_are_invalid_in_a_range_too(scene: Scene) -> None:
    base = with_policy(scene, STRICT)
    oid = change(scene, "src/a")
    predicate = scene.predicate(oid)
    predicate["commits"][0]["changed"]["root"] = "e" * 64  # type: ignore[index]
    scene.leave(oid, scene.bundle(scene.statement(oid, predicate=predicate)))
    assert ranged(scene, f"{base}..HEAD").exit_code == 3


def test_evidence_shared_by_a_ref_is_found_in_a_range(scene: Scene) -> None:
    base = with_policy(scene, STRICT)
    oid = change(scene, "src/a")
    blob = scene.repo.git("hash-object", "-w", "--stdin", data=scene.good(oid))
    tree = scene.repo.git("mktree", data=f"100644 blob {blob}\tx.sigstore.json\n".encode())
    scene.repo.git("update-ref", f"refs/whereof/{oid}", scene.repo.git("commit-tree", "-m", "x", tree))
    assert ranged(scene, f"{base}..HEAD").verdict is Verdict.PASS
