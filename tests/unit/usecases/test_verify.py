from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.errors import InvalidInput
from attest.evidence.locate import MAX_BUNDLES_PER_COMMIT, find_bundles, receipts_dir
from attest.evidence.policy_base import policy_base
from attest.git import Repository
from attest.model.statement import Subject, build_statement
from attest.model.verdict import CommitVerdict, Outcome, Verdict
from attest.usecases.verify import POLICY_FILE
from tests.support.evidence import Scene, make_scene


@pytest.fixture
def scene(home: Path) -> Scene:
    return make_scene(home)


@pytest.fixture
def oid(scene: Scene) -> str:
    return scene.repo.git("rev-parse", "HEAD")


def failed(result: CommitVerdict, at: int = 0) -> tuple[str, str]:
    step = next(s for s in result.evidence[at].steps if s.outcome in (Outcome.INVALID, Outcome.INDETERMINATE))
    return step.name, step.code


def test_session_whose_every_check_holds_passes(scene: Scene, oid: str) -> None:
    scene.leave(oid, scene.good(oid))
    result = scene.verify(oid)
    assert (result.verdict, result.exit_code, result.mode) == (Verdict.PASS, 0, "enforce")
    (report,) = result.evidence
    assert [s.outcome for s in report.steps] == [Outcome.PASS] * 5
    assert (report.link, report.counted, report.identity) == ("asserted", True, scene.world.identity)
    assert [s.number for s in result.steps] == list(range(1, len(result.steps) + 1))
    assert result.not_checked


def test_no_evidence_is_absent(scene: Scene, oid: str) -> None:
    assert (scene.verify(oid).verdict, scene.verify(oid).exit_code) == (Verdict.ABSENT, 4)


def test_oid_over_other_bytes_is_invalid(scene: Scene, oid: str) -> None:
    scene.leave(oid, scene.bundle(scene.statement(oid, sha256="e" * 64)))
    assert failed(scene.verify(oid)) == ("subject", "evidence.commit")


def test_other_changed_files_than_signed_are_invalid(scene: Scene, oid: str) -> None:
    predicate = scene.predicate(oid)
    predicate["commits"][0]["changed"]["root"] = "e" * 64  # type: ignore[index]
    scene.leave(oid, scene.bundle(scene.statement(oid, predicate=predicate)))
    assert failed(scene.verify(oid)) == ("files", "evidence.commit")


def test_subject_that_the_predicate_does_not_speak_of_is_invalid(scene: Scene, oid: str) -> None:
    scene.leave(oid, scene.bundle(scene.statement(oid, predicate=scene.predicate())))
    assert failed(scene.verify(oid)) == ("files", "evidence.commit")


def test_unknown_member_of_a_predicate_of_ours_is_invalid_and_extensions_are_not(scene: Scene, oid: str) -> None:
    scene.leave(oid, scene.bundle(scene.statement(oid, predicate=scene.predicate(oid, novel=1))))
    result = scene.verify(oid)
    assert failed(result) == ("statement", "evidence.statement")
    assert "/predicate/novel" in result.evidence[0].steps[2].against
    scene.leave(oid, scene.bundle(scene.statement(oid, predicate=scene.predicate(oid, extensions={"novel": 1}))))
    assert scene.verify(oid).verdict is Verdict.PASS


def test_other_predicate_about_the_commit_holds_and_does_not_count(scene: Scene, oid: str) -> None:
    raw = build_statement("https://example.test/other/v1", (scene.subject(oid),), {"any": "thing"}).raw
    scene.leave(oid, scene.bundle(raw))
    result = scene.verify(oid)
    assert (result.verdict, result.evidence[0].verdict, result.evidence[0].counted) == (
        Verdict.ABSENT, Verdict.PASS, False,
    )  # fmt: skip


@pytest.mark.parametrize("member", ["payload", "sig"])
def test_changed_payload_or_signature_is_invalid(scene: Scene, oid: str, member: str) -> None:
    bundle = json.loads(scene.good(oid))
    envelope = bundle["dsseEnvelope"]
    holder = envelope if member == "payload" else envelope["signatures"][0]
    text = holder[member]
    holder[member] = text[:40] + ("A" if text[40] != "A" else "B") + text[41:]
    scene.leave(oid, json.dumps(bundle).encode())
    result = scene.verify(oid)
    assert (result.verdict, failed(result)[0]) == (Verdict.INVALID, "signature")


def test_bad_copy_beside_good_evidence_is_reported_and_does_not_stop_a_release(scene: Scene, oid: str) -> None:
    scene.leave(oid, scene.bundle(scene.statement(oid, git_tree="e" * 40)), "bad")
    scene.leave(oid, scene.good(oid), "good")
    result = scene.verify(oid)
    assert result.verdict is Verdict.PASS
    assert "1 bad copy" in result.reason
    assert {r.verdict for r in result.evidence} == {Verdict.PASS, Verdict.INVALID}


def test_named_bundle_that_fails_is_invalid_whatever_stands_beside_it(scene: Scene, oid: str, tmp_path: Path) -> None:
    scene.leave(oid, scene.good(oid), "good")
    named = tmp_path / "named.json"
    named.write_bytes(scene.bundle(scene.statement(oid, git_tree="e" * 40)))
    assert scene.verify(oid, named).verdict is Verdict.INVALID


def test_garbage_that_anyone_may_push_raises_no_red_light_and_gives_no_green_one(scene: Scene, oid: str) -> None:
    blob = scene.repo.git("hash-object", "-w", "--stdin", data=b"no bundle")
    tree = scene.repo.git("mktree", data=f"100644 blob {blob}\tx.sigstore.json\n".encode())
    scene.repo.git("update-ref", f"refs/whereof/{oid}", scene.repo.git("commit-tree", "-m", "x", tree))
    result = scene.verify(oid)
    assert (result.verdict, result.ignored_unknown_signers) == (Verdict.INDETERMINATE, 1)


def test_bundle_of_another_instance_is_ignored_counted_and_never_absent(scene: Scene, oid: str, tmp_path: Path) -> None:
    stranger = Scene(repo=scene.repo, home=tmp_path)
    scene.leave(oid, stranger.good(oid))
    result = scene.verify(oid)
    assert (result.verdict, result.ignored_unknown_signers, result.evidence) == (Verdict.INDETERMINATE, 1, ())
    assert result.exit_code == 5
    assert "under no root" in result.reason
    assert scene.verify(oid, trust=stranger.trust).verdict is Verdict.PASS


def test_named_bundle_of_another_instance_is_judged_indeterminate(scene: Scene, oid: str, tmp_path: Path) -> None:
    stranger = Scene(repo=scene.repo, home=tmp_path)
    path = tmp_path / "b.json"
    path.write_bytes(stranger.good(oid))
    result = scene.verify(oid, path)
    assert (result.verdict, failed(result)) == (Verdict.INDETERMINATE, ("bundle", "evidence.untrusted"))


def test_bundle_that_only_claims_the_pinned_log_is_invalid(scene: Scene, oid: str, tmp_path: Path) -> None:
    """A stranger's bundle with the log id of the pinned log put into it."""
    mine, other = json.loads(scene.good(oid)), json.loads(Scene(repo=scene.repo, home=tmp_path).good(oid))
    entries = [b["verificationMaterial"]["tlogEntries"][0] for b in (mine, other)]
    entries[1]["logId"] = entries[0]["logId"]
    scene.leave(oid, json.dumps(other).encode())
    assert scene.verify(oid).verdict is Verdict.INVALID


def test_named_file_that_is_no_bundle_is_invalid_and_a_missing_one_is_wrong_input(
    scene: Scene, oid: str, tmp_path: Path
) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(b"{}")
    assert scene.verify(oid, path).verdict is Verdict.INVALID
    for missing in (tmp_path / "none", tmp_path):
        with pytest.raises(InvalidInput) as caught:
            scene.verify(oid, missing)
        assert caught.value.code == "input.not-found"


def test_same_bundle_named_and_found_counts_once(scene: Scene, oid: str) -> None:
    path = scene.leave(oid, scene.good(oid))
    result = scene.verify(oid, path)
    assert len(result.evidence) == 1
    assert result.reason == "1 session recorded and verified"


def test_policy_that_cannot_be_read_is_indeterminate_not_ignored(scene: Scene) -> None:
    scene.repo.write(POLICY_FILE, b"mode: observe\n")
    base = scene.repo.commit("policy")
    scene.repo.write("f", b"3")
    child = scene.repo.commit("after")
    scene.leave(child, scene.good(child))
    scene.leave(base, scene.good(base))
    assert scene.verify(child).verdict is Verdict.INDETERMINATE
    assert scene.verify(base).verdict is Verdict.PASS  # the change that brings a policy is not judged by it


def test_policy_is_never_read_from_the_change_it_judges(scene: Scene, oid: str) -> None:
    (scene.repo.path / ".attest").mkdir()
    (scene.repo.path / POLICY_FILE).write_text("in the work tree only")
    scene.leave(oid, scene.good(oid))
    assert scene.verify(oid).verdict is Verdict.PASS


def base_of(repository: Repository, oid: str) -> tuple[str | None, str]:
    return policy_base(repository, repository.commit_facts(oid))


def test_policy_base_is_the_merge_base_then_the_first_parent(scene: Scene, oid: str, tmp_path: Path) -> None:
    assert base_of(scene.repository, scene.repo.git("rev-parse", "HEAD~1")) == (None, "none: a root commit")
    parent, words = base_of(scene.repository, oid)
    assert parent == scene.repo.git("rev-parse", "HEAD~1")
    assert words.startswith("unprotected")
    scene.repo.git("clone", "-q", str(scene.repo.path), str(tmp_path / "clone"))
    clone = Repository.open(tmp_path / "clone")
    assert base_of(clone, oid)[1].startswith("unprotected")  # already on the default branch
    scene.repo.git("checkout", "-q", "-b", "topic")
    scene.repo.write("g", b"1")
    scene.repo.commit("one")
    scene.repo.write("g", b"2")
    topic = scene.repo.commit("two")
    scene.repo.git("-C", str(tmp_path / "clone"), "fetch", "-q", "origin", "topic")
    assert base_of(clone, topic) == (oid, f"merge-base {oid[:12]}")


def test_root_named_by_the_caller_wins_over_the_base_and_the_base_over_home(scene: Scene, tmp_path: Path) -> None:
    stranger = Scene(repo=scene.repo, home=tmp_path)
    scene.repo.write(".attest/trust/root.json", stranger.trust.read_bytes())
    scene.repo.commit("pin a stranger")
    scene.repo.write("f", b"3")
    oid = scene.repo.commit("after")
    (scene.home / "trust").mkdir()
    (scene.home / "trust/trusted_root.json").write_bytes(scene.trust.read_bytes())
    mine, theirs = scene.good(oid), stranger.good(oid)
    scene.leave(oid, theirs)
    assert scene.verify(oid, pinned=False).verdict is Verdict.PASS
    assert scene.verify(oid).verdict is Verdict.INDETERMINATE
    scene.leave(oid, mine)
    assert scene.verify(oid, pinned=False).verdict is Verdict.INDETERMINATE
    assert scene.verify(oid).verdict is Verdict.PASS


def test_home_root_serves_where_nothing_else_is_pinned(scene: Scene, oid: str) -> None:
    scene.leave(oid, scene.good(oid))
    assert scene.verify(oid, pinned=False).verdict is Verdict.INDETERMINATE
    assert "no trust root" in scene.verify(oid, pinned=False).reason
    (scene.home / "trust").mkdir()
    (scene.home / "trust/trusted_root.json").write_bytes(scene.trust.read_bytes())
    assert scene.verify(oid, pinned=False).verdict is Verdict.PASS


def test_pinned_root_that_cannot_be_read_is_indeterminate_and_named(scene: Scene, tmp_path: Path) -> None:
    scene.repo.write(".attest/trust/broken.json", b"{")
    base = scene.repo.commit("broken")
    scene.repo.write("f", b"3")
    oid = scene.repo.commit("after")
    scene.leave(oid, scene.good(oid))
    result = scene.verify(oid, pinned=False)
    assert result.verdict is Verdict.INDETERMINATE
    assert f"{base[:12]}:.attest/trust/broken.json" in result.reason
    assert scene.verify(oid, trust=tmp_path / "missing").verdict is Verdict.INDETERMINATE


def test_bundles_are_found_in_every_place_and_each_once(scene: Scene, oid: str) -> None:
    receipts = receipts_dir(scene.repository) / "bundles" / oid
    receipts.mkdir(parents=True)
    (receipts / "r.sigstore.json").write_bytes(b"one")
    (receipts / "notes.txt").write_bytes(b"not a bundle")
    (receipts / "folder.sigstore.json").mkdir()
    (receipts / "gone.sigstore.json").symlink_to("nowhere")
    scene.leave(oid, b"one", "same")
    scene.leave(oid, b"three", "other")
    blob = scene.repo.git("hash-object", "-w", "--stdin", data=b"two")
    tree = scene.repo.git("mktree", data=f"100644 blob {blob}\tx.sigstore.json\n100644 blob {blob}\ty.txt\n".encode())
    scene.repo.git("update-ref", f"refs/whereof/{oid}", scene.repo.git("commit-tree", "-m", "x", tree))
    found = find_bundles(scene.repository, oid, (scene.home / "bundles",))
    assert [f.data for f in found] == [b"one", b"two", b"three"]
    assert not any(f.named for f in found)
    assert found[1].source == f"refs/whereof/{oid}:x.sigstore.json"
    assert find_bundles(scene.repository, "f" * 40, (scene.home / "bundles",)) == ()


def test_bundles_of_one_commit_are_bounded(scene: Scene, oid: str) -> None:
    for number in range(MAX_BUNDLES_PER_COMMIT + 1):
        scene.leave(oid, b"%d" % number, str(number))
    result = scene.verify(oid)
    assert (result.verdict, result.steps[-2].name) == (Verdict.INDETERMINATE, "evidence")


def test_payload_that_is_no_statement_is_invalid(scene: Scene, oid: str) -> None:
    scene.leave(oid, scene.bundle(b'{"_type": "x", "_type": "y"}'))
    result = scene.verify(oid)
    assert result.verdict is Verdict.INVALID
    assert failed(result)[1] == "evidence.statement"


def test_commit_among_many_subjects_is_found(scene: Scene, oid: str) -> None:
    parent = scene.repo.git("rev-parse", "HEAD~1")
    subjects = (Subject(name="x", sha256="e" * 64), scene.subject(parent), scene.subject(oid))
    raw = build_statement("https://whereof.dev/attestation/session/v1", subjects, scene.predicate(parent, oid)).raw
    for one in (parent, oid):
        scene.leave(one, scene.bundle(raw))
        assert scene.verify(one).verdict is Verdict.PASS
