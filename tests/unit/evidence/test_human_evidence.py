"""Reviews and exceptions judged offline: what each way of forging one comes to, and at which step."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from attest.evidence.commit_check import changed_root
from attest.evidence.locate import FoundBundle, Place
from attest.evidence.offline import judge
from attest.evidence.trust import pinned_roots
from attest.model.exception_predicate import EXCEPTION_V1
from attest.model.review import review_of
from attest.model.review_predicate import REVIEW_V1
from attest.model.statement import Subject, build_statement
from attest.model.verdict import EvidenceReport, Outcome, Verdict
from attest.policy.review_standing import Difference, Now, Standing, standing
from attest.signing.memo import Memo
from tests.support.evidence import LISTING, SESSION, Scene, make_scene
from tests.support.repository import GitRepository
from tools.make_human_vectors import EXCEPTION, REVIEW

Predicate = dict[str, Any]


@pytest.fixture
def scene(home: Any) -> Scene:
    return make_scene(home)


@pytest.fixture
def oid(scene: Scene) -> str:
    return scene.repo.git("rev-parse", "HEAD")


def row(scene: Scene, oid: str) -> Predicate:
    facts = scene.repository.commit_facts(oid)
    files = scene.repository.changed_files(oid, facts.parents[0] if facts.parents else None)
    return {"oid": oid, "tree": facts.tree, "changed": {"count": len(files), "root": changed_root(files).hex()}}


def reviewed(scene: Scene, oid: str) -> Predicate:
    """Give a true review of a commit and of the scene's session."""
    made: Predicate = copy.deepcopy(REVIEW)
    stated = row(scene, oid)
    events = [{"session": SESSION, "event": 1}]
    return made | {
        "head": {"oid": oid, "tree": stated["tree"]},
        "commits": [stated],
        "sessions": [{"id": SESSION, "sha256": LISTING}],
        "answers": {name: {"answer": "yes", "events": events} for name in made["answers"]},
    }


def excepted(scene: Scene, oid: str) -> Predicate:
    return copy.deepcopy(EXCEPTION) | {"commits": [row(scene, oid)]}


def judged(scene: Scene, oid: str, kind: str, predicate: Predicate, *, subject: str | None = None) -> EvidenceReport:
    """Sign a predicate about `subject` and judge it for `oid`."""
    session = Subject(name=SESSION, sha256=LISTING)
    raw = build_statement(kind, (scene.subject(subject or oid), session), predicate).raw
    found = FoundBundle(source="a file", data=scene.bundle(raw), place=Place.LOCAL)
    roots = pinned_roots(scene.trust, scene.repository, None, scene.home / "none")
    commit = scene.repository.commit_facts(oid)
    report = judge(found, commit, scene.repository, roots=roots, memo=Memo())
    assert report is not None
    assert not report.counted
    return report


def failed(report: EvidenceReport) -> tuple[str, str]:
    step = next(one for one in report.steps if one.outcome is Outcome.INVALID)
    assert report.verdict is Verdict.INVALID
    return step.name, step.code


def test_true_review_and_exception_hold_and_do_not_count_alone(scene: Scene, oid: str) -> None:
    for kind, predicate in ((REVIEW_V1, reviewed(scene, oid)), (EXCEPTION_V1, excepted(scene, oid))):
        report = judged(scene, oid, kind, predicate)
        assert (report.verdict, report.predicate_type, report.identity) == (Verdict.PASS, kind, scene.world.identity)
        assert [step.outcome for step in report.steps] == [Outcome.PASS] * 5
        assert "changed files recomputed" in report.steps[4].against


@pytest.mark.parametrize("kind", [REVIEW_V1, EXCEPTION_V1])
def test_replayed_on_another_commit_is_invalid(scene: Scene, oid: str, kind: str) -> None:
    parent = scene.repo.git("rev-parse", "HEAD~1")
    made = reviewed(scene, parent) if kind == REVIEW_V1 else excepted(scene, parent)
    assert failed(judged(scene, oid, kind, made, subject=parent)) == ("subject", "evidence.subject")


@pytest.mark.parametrize("kind", [REVIEW_V1, EXCEPTION_V1])
def test_predicate_about_another_commit_under_a_true_subject_is_invalid(scene: Scene, oid: str, kind: str) -> None:
    parent = scene.repo.git("rev-parse", "HEAD~1")
    made = reviewed(scene, parent) if kind == REVIEW_V1 else excepted(scene, parent)
    assert failed(judged(scene, oid, kind, made)) == ("files", "evidence.commit")


@pytest.mark.parametrize("kind", [REVIEW_V1, EXCEPTION_V1])
def test_other_tree_is_invalid(scene: Scene, oid: str, kind: str) -> None:
    made = reviewed(scene, oid) if kind == REVIEW_V1 else excepted(scene, oid)
    made["commits"][0]["tree"] = "e" * 40
    if kind == REVIEW_V1:
        made["head"]["tree"] = "e" * 40
    assert failed(judged(scene, oid, kind, made)) == ("files", "evidence.commit")


@pytest.mark.parametrize("kind", [REVIEW_V1, EXCEPTION_V1])
def test_other_changed_files_are_invalid(scene: Scene, oid: str, kind: str) -> None:
    made = reviewed(scene, oid) if kind == REVIEW_V1 else excepted(scene, oid)
    made["commits"][0]["changed"]["root"] = "e" * 64
    assert failed(judged(scene, oid, kind, made)) == ("files", "evidence.commit")


def test_review_that_contradicts_itself_is_invalid(scene: Scene, oid: str) -> None:
    made = reviewed(scene, oid)
    made["head"]["tree"] = "e" * 40
    assert failed(judged(scene, oid, REVIEW_V1, made)) == ("statement", "evidence.statement")


def test_exception_that_ends_before_it_begins_is_invalid(scene: Scene, oid: str) -> None:
    made = excepted(scene, oid) | {"expiresAt": "2026-01-01T00:00:00Z"}
    assert failed(judged(scene, oid, EXCEPTION_V1, made)) == ("statement", "evidence.statement")


def test_review_over_another_session_digest_holds_and_is_outdated(scene: Scene, oid: str) -> None:
    made = reviewed(scene, oid) | {"sessions": [{"id": SESSION, "sha256": "e" * 64}]}
    assert judged(scene, oid, REVIEW_V1, made).verdict is Verdict.PASS
    tree = scene.repository.commit_facts(oid).tree
    found = standing(review_of(made), Now(oid=oid, tree=tree, sessions={SESSION: {LISTING}}))
    assert (found.standing, found.differences) == (Standing.OUTDATED, (Difference.SESSIONS,))


def test_session_is_never_shadowed_by_a_review_of_the_same_subject(scene: Scene, oid: str) -> None:
    found = scene.bundle(build_statement(REVIEW_V1, (scene.subject(oid),), reviewed(scene, oid)).raw)
    scene.leave(oid, found, "review")
    assert scene.verify(oid).verdict is Verdict.ABSENT
    scene.leave(oid, scene.good(oid), "session")
    assert scene.verify(oid).verdict is Verdict.PASS


def test_repository_of_another_history_does_not_take_it(scene: Scene, oid: str, tmp_path: Any) -> None:
    other = GitRepository.make(tmp_path / "other")
    other.write("f", b"other")
    elsewhere = other.commit("Begin")
    assert elsewhere != oid
    made = reviewed(scene, oid)
    raw = build_statement(REVIEW_V1, (scene.subject(oid),), made).raw
    other_scene = Scene(repo=other, home=scene.home, world=scene.world)
    roots = pinned_roots(scene.trust, scene.repository, None, scene.home / "none")
    found = FoundBundle(source="a file", data=scene.bundle(raw), place=Place.LOCAL)
    commit = other_scene.repository.commit_facts(elsewhere)
    report = judge(found, commit, other_scene.repository, roots=roots, memo=Memo())
    assert report is not None
    assert failed(report) == ("subject", "evidence.subject")
