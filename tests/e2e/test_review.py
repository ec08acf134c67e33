"""A review is signed over commits, trees, captures of sessions and policy; the same review again is the same receipt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from attest.clock import SystemEntropy
from attest.errors import InvalidInput
from attest.model.review_predicate import QUESTIONS, REVIEW_V1
from attest.model.statement import build_statement, parse_statement
from attest.policy.finding import Known
from attest.signing.dsse import parse_envelope
from attest.signing.embedded.direct import DirectSigner
from attest.signing.render import render_bundle
from attest.store import attestations
from attest.usecases.answer import answer_for
from attest.usecases.gaps import find_gaps
from attest.usecases.ingest import ingest
from attest.usecases.instance import Instance
from attest.usecases.review import GivenAnswer, Reviewed, ReviewRequest, review
from attest.usecases.verify import VerifyRequest, verify_commit
from tests.support.recording import Clone, git, record_file, story, write_story
from tests.support.signing import World, make_world

YES = tuple(GivenAnswer(question=name, answer="yes", events=((None, 0),)) for name in QUESTIONS)
UNCHECKED = tuple(GivenAnswer(question=name, answer="not-checked") for name in QUESTIONS)


def _review(instance: Instance, clone: Clone, revision: str = "HEAD", **options: object) -> Reviewed:
    given = {"answers": YES, "decision": "approve"} | options
    return review(ReviewRequest(repository=clone.repository, revision=revision, **given), instance)  # type: ignore[arg-type]


def _story(folder: Path, *more: str) -> Path:
    """Give a session with an id of its own: a longer one is a later capture of the same."""
    tale = story()
    for words in more:
        tale.prompt(words)
    path = folder / "own.jsonl"
    path.write_bytes(b"".join(tale.lines()).replace(b'"s1"', b'"session-0001"'))
    return path


@pytest.fixture
def recorded(instance: Instance, clone: Clone, tmp_path: Path) -> Clone:
    record_file(instance, write_story(tmp_path / "s.jsonl", story()), clone)
    return clone


def test_review_binds_commit_tree_session_and_policy(instance: Instance, recorded: Clone) -> None:
    made = _review(instance, recorded)
    stored = attestations.by_id(instance.engine, instance.scope, made.receipt.attestation)
    assert stored is not None
    statement = parse_statement(parse_envelope(stored.leaf.envelope).payload)
    predicate = statement.predicate
    tree = git(recorded.path, "rev-parse", "HEAD^{tree}")
    assert statement.predicate_type == REVIEW_V1
    assert predicate["head"] == {"oid": recorded.oid, "tree": tree}
    assert predicate["policy"] == "none"
    (session,) = (one for one in statement.subjects if one.name.startswith("ses_"))
    assert predicate["sessions"] == [{"id": session.name, "sha256": session.sha256}]
    sessions = attestations.about(instance.engine, instance.scope, "session", session.name).rows
    assert REVIEW_V1 in {row.predicate_type for row in sessions}


def test_review_again_gives_the_same_receipt_and_another_decision_another(instance: Instance, recorded: Clone) -> None:
    first, again = _review(instance, recorded), _review(instance, recorded)
    other = _review(instance, recorded, decision="request-changes")
    assert first.receipt == again.receipt
    assert other.receipt.attestation != first.receipt.attestation


def test_runner_who_reviews_himself_is_told_that_it_is_not_independent(instance: Instance, recorded: Clone) -> None:
    made = _review(instance, recorded)
    assert made.apart_from_runner.known is Known.NO


def test_review_alone_never_passes_the_gate(instance: Instance, clone: Clone) -> None:
    _review(instance, clone, answers=UNCHECKED)
    settings = instance.settings
    verdict = verify_commit(
        VerifyRequest(
            repository=clone.repository,
            revision=clone.oid,
            bundles_dir=settings.bundles_dir,
            trust_dir=settings.trust_dir,
        )
    )
    (report,) = verdict.evidence
    assert (report.predicate_type, report.verdict.value, report.counted) == (REVIEW_V1, "pass", False)
    assert verdict.verdict.value == "absent"


def test_unanswered_question_cannot_be_signed(instance: Instance, recorded: Clone) -> None:
    with pytest.raises(InvalidInput) as refused:
        _review(instance, recorded, answers=YES[:4])
    assert (refused.value.code, refused.value.where) == ("review.unanswered", QUESTIONS[4])


@pytest.mark.parametrize("events", [(), ((None, 10_000),), (("ses_" + "0" * 26, 0),)])
def test_answer_needs_an_event_of_a_reviewed_session(
    instance: Instance, recorded: Clone, events: tuple[tuple[str | None, int], ...]
) -> None:
    bad = GivenAnswer(question=QUESTIONS[0], answer="yes", events=events)
    with pytest.raises(InvalidInput) as refused:
        _review(instance, recorded, answers=(bad, *YES[1:]))
    assert refused.value.code == "review.pointer"


def test_range_is_reviewed_with_its_tip_as_head(instance: Instance, recorded: Clone) -> None:
    (recorded.path / "pond.py").write_text("ducks = 4\n")
    git(recorded.path, "commit", "-q", "-a", "-m", "Add one more")
    made = _review(instance, recorded, revision="HEAD~2..HEAD")
    assert [one.oid for one in made.review.commits] == [recorded.oid, git(recorded.path, "rev-parse", "HEAD")]
    assert made.review.head_oid == made.review.commits[-1].oid
    assert set(made.receipt.commits) == {one.oid for one in made.review.commits}


def test_policy_in_force_is_bound_by_its_digest(instance: Instance, recorded: Clone) -> None:
    (recorded.path / ".attest").mkdir()
    (recorded.path / ".attest/policy.yaml").write_text("version: 1\n")
    git(recorded.path, "add", "-A")
    git(recorded.path, "commit", "-q", "-m", "Ask for evidence")
    base = git(recorded.path, "rev-parse", "HEAD")
    (recorded.path / "pond.py").write_text("ducks = 5\n")
    git(recorded.path, "commit", "-q", "-a", "-m", "Add ducks")
    assert _review(instance, recorded, revision=base, answers=UNCHECKED).review.policy is None
    assert len(_review(instance, recorded, answers=UNCHECKED).review.policy or "") == 64


def test_command_prints_what_was_signed(
    recorded: Clone, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from attest.cli.commands import app

    monkeypatch.setenv("WHEREOF_HOME", str(data))
    words = [f"--answer={name}=yes:0,1" for name in QUESTIONS[:4]] + [f"--answer={QUESTIONS[4]}=not-checked"]
    app(["review", "HEAD", "--repo", str(recorded.path), "--json", *words], standalone_mode=False)
    told = json.loads(capsys.readouterr().out)
    assert told["review"]["answers"][QUESTIONS[0]]["events"][1]["event"] == 1
    assert told["apart_from_runner"]["known"] == "no"


def test_answer_lists_who_approved_over_which_tree_and_whether_independent(instance: Instance, recorded: Clone) -> None:
    _review(instance, recorded)
    answer = answer_for(instance, recorded.oid, recorded.repository)
    (row,) = answer.section(7).rows
    tree = git(recorded.path, "rev-parse", "HEAD^{tree}")
    assert row.term == "signed"
    assert f"over tree `{tree[:12]}`, the tree of this commit" in row.text
    assert "after the commit; whether that was before it landed is not known" in row.text
    assert row.note == "independent of the runner: no"
    assert "5 of 5 questions answered" in row.detail
    assert "apart from the git author: not known" in row.detail
    assert answer.section(1).rows[-1].term == "reviewer"
    assert "1 session recorded, 1 review signed, not independent" in answer.sentence


def test_review_of_a_commit_without_a_session_is_in_the_answer(instance: Instance, clone: Clone) -> None:
    made = _review(instance, clone, answers=UNCHECKED, decision="comment-only")
    answer = answer_for(instance, clone.oid, clone.repository)
    assert "No session recorded, 1 review signed, independence not known" in answer.sentence
    assert answer.attestations == (made.receipt.attestation,)
    assert "0 of 5 questions answered" in answer.section(7).rows[0].detail
    assert answer.section(7).rows[0].note == "independent of the runner: not known"
    assert made.apart_from_runner.known is Known.NOT_KNOWN


def test_review_is_outdated_by_events_that_came_later(instance: Instance, clone: Clone, tmp_path: Path) -> None:
    record_file(instance, _story(tmp_path), clone)
    _review(instance, clone)
    record_file(instance, _story(tmp_path, "One more thing: name the ducks."), clone)
    row = answer_for(instance, clone.oid, clone.repository).section(7).rows[0]
    assert "outdated: a session, or a later capture of one, was not before the reviewer" in row.text
    assert _review(instance, clone).review.sessions != ()
    rows = answer_for(instance, clone.oid, clone.repository).section(7).rows
    assert ["outdated" in one.text for one in rows] == [False, True]


def _signed_elsewhere(world: World, payload: bytes) -> bytes:
    signer = DirectSigner(instance=world.instance, identity=world.identity, clock=world.clock, entropy=SystemEntropy())
    leaf = signer.leaf(payload, "application/vnd.in-toto+json")
    return render_bundle(leaf, world.log.append(leaf))


def test_review_signed_elsewhere_is_taken_in_and_is_independent(instance: Instance, recorded: Clone) -> None:
    stored = attestations.by_id(instance.engine, instance.scope, _review(instance, recorded).receipt.attestation)
    assert stored is not None
    payload = parse_envelope(stored.leaf.envelope).payload
    world = make_world()
    (instance.settings.trust_dir / "elsewhere.json").write_bytes(world.instance.trusted_root)
    assert ingest(_signed_elsewhere(world, payload), instance).created
    answer = answer_for(instance, recorded.oid, recorded.repository)
    notes = {row.note for row in answer.section(7).rows}
    assert notes == {"independent of the runner: yes", "independent of the runner: no"}
    assert "1 independent review signed, 1 review signed, not independent" in answer.sentence


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"capacity": "boss"}, "/predicate/capacity"),
        ({"comment": "fine"}, "/predicate/comment"),
        ({"sessions": []}, "/predicate/answers/intent-clear/events"),
    ],
)
def test_review_from_outside_that_is_no_review_is_refused(
    instance: Instance, recorded: Clone, changed: dict[str, object], where: str
) -> None:
    stored = attestations.by_id(instance.engine, instance.scope, _review(instance, recorded).receipt.attestation)
    assert stored is not None
    statement = parse_statement(parse_envelope(stored.leaf.envelope).payload)
    world = make_world()
    (instance.settings.trust_dir / "elsewhere.json").write_bytes(world.instance.trusted_root)
    forged = build_statement(REVIEW_V1, statement.subjects, dict(statement.predicate) | changed).raw
    before = attestations.count(instance.engine, instance.scope)
    with pytest.raises(InvalidInput) as refused:
        ingest(_signed_elsewhere(world, forged), instance)
    assert (refused.value.code, refused.value.where) == ("evidence.statement", where)
    assert attestations.count(instance.engine, instance.scope) == before


def test_review_is_queued_for_the_service_that_is_named(instance: Instance, clone: Clone) -> None:
    named = replace(instance, settings=replace(instance.settings, server="http://127.0.0.1:9"))
    receipt = _review(named, clone, answers=UNCHECKED).receipt
    waiting = list(instance.settings.home.rglob(f"*{receipt.attestation}.sigstore.json"))
    assert any("bundles" not in path.parts for path in waiting)


def test_reviewed_commit_without_a_session_is_not_covered(instance: Instance, clone: Clone) -> None:
    _review(instance, clone, answers=UNCHECKED)
    states = {one.oid: one.state for one in find_gaps(instance, clone.repository, ("HEAD",)).commits}
    assert states[clone.oid] == "unmarked"
