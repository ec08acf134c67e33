"""Signed verdicts: the coverage of a range is signed and logged, whatever it says, and anyone recomputes it offline."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from attest.errors import CannotVerify, InvalidInput, NotVerified
from attest.ledger.index import KeyKind
from attest.model.coverage import coverage_of, joined
from attest.model.coverage_predicate import COVERAGE_V1
from attest.model.statement import Statement, parse_statement
from attest.signing.bundle import parse_bundle
from attest.signing.dsse import Envelope
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import AnyIdentity, verify_bundle
from attest.store import attestations
from attest.usecases import issue_verdicts
from attest.usecases.gaps import find_gaps
from attest.usecases.instance import Instance
from attest.usecases.issue_verdicts import issue_coverage, unsigned_coverage
from attest.usecases.log_statement import log_unkept
from attest.usecases.recompute_coverage import Recomputed, recompute_coverage
from attest.usecases.verify import VerifyRequest
from attest.usecases.verify_range import verify_range
from tests.support.recording import Clone, git, record_file, story, write_story

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _request(instance: Instance, clone: Clone, **changed: object) -> VerifyRequest:
    settings = instance.settings
    request = VerifyRequest(
        repository=clone.repository,
        revision=f"{git(clone.path, 'rev-list', '--max-parents=0', 'HEAD')}..HEAD",
        bundles_dir=settings.bundles_dir,
        trust_dir=settings.trust_dir,
        now=NOW,
    )
    return replace(request, **changed)  # type: ignore[arg-type]


def _issue(instance: Instance, clone: Clone, file: Path, **changed: object) -> Path:
    request = _request(instance, clone, **changed)
    file.write_bytes(issue_coverage(verify_range(request), request, instance).lines)
    return file


def _recompute(instance: Instance, clone: Clone, file: Path, **changed: object) -> Recomputed:
    return recompute_coverage(_request(instance, clone, now=None, **changed), file)


def _payload(bundle: bytes) -> Statement:
    content = parse_bundle(bundle).content
    assert isinstance(content, Envelope)
    return parse_statement(content.payload)


@pytest.fixture
def mixed(instance: Instance, clone: Clone, tmp_path: Path) -> Clone:
    """Give a clone of a root, a commit with a session, a marked commit and one of which nothing is known."""
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), clone)
    for number, message in enumerate(("Pond\n\nClaude-Session: x1", "More")):
        (clone.path / "pond.py").write_text(f"ducks = {number + 8}\n")
        git(clone.path, "commit", "-q", "-a", "-m", message)
    return clone


def test_failing_range_is_stated_signed_and_logged(instance: Instance, mixed: Clone, tmp_path: Path) -> None:
    data = _issue(instance, mixed, tmp_path / "c.jsonl").read_bytes()
    root = parse_trusted_root(instance.services.trusted_root)
    verified = verify_bundle(data, root, AnyIdentity(), None)
    statement = parse_statement(verified.payload or b"")
    part = coverage_of(statement.predicate)
    stated = joined([part])
    assert statement.predicate_type == COVERAGE_V1
    tip = git(mixed.path, "rev-parse", "HEAD")
    assert [(one.git_commit, one.name.rpartition("@")[2]) for one in statement.subjects] == [(tip, tip)]
    assert [(row.state, row.verdict) for row in stated.rows] == [
        ("unmarked", "absent"),
        ("marked", "absent"),
        ("covered", "pass"),
    ]
    assert (stated.verdict, stated.policy, stated.mode, stated.policies) == ("absent", "evidence-only", "enforce", ())
    assert [reason.check for reason in stated.rows[0].reasons] == ["evidence-only"]
    assert stated.trust == (root.digest.hex(),)
    assert stated.verifier == f"{instance.services.issuer}/verifier/v1"
    assert stated.judged_at == "2026-11-21T12:00:00.000000Z"
    assert stated.as_of["list"] == "not-proved"
    assert stated.as_of["origin"] == instance.services.log.origin
    session = attestations.about(instance.engine, instance.scope, KeyKind.GIT_COMMIT.value, mixed.oid).rows[-1]
    assert stated.rows[2].inputs == (session.id,)
    assert [name for name, _ in stated.inputs] == [session.id]


def test_verdict_is_found_by_every_commit_it_has_a_row_for(instance: Instance, mixed: Clone, tmp_path: Path) -> None:
    _issue(instance, mixed, tmp_path / "c.jsonl")
    for oid in git(mixed.path, "rev-list", "HEAD~3..HEAD").split():
        rows = attestations.about(instance.engine, instance.scope, KeyKind.GIT_COMMIT.value, oid).rows
        assert COVERAGE_V1 in {row.predicate_type for row in rows}


def test_verdict_is_no_evidence_of_how_a_commit_came_about(instance: Instance, mixed: Clone, tmp_path: Path) -> None:
    first = _issue(instance, mixed, tmp_path / "1.jsonl").read_bytes()
    tip = git(mixed.path, "rev-parse", "HEAD")
    kept = instance.settings.bundles_dir / tip
    assert not kept.exists()
    kept.mkdir()
    (kept / "c.sigstore.json").write_bytes(first)
    second = _issue(instance, mixed, tmp_path / "2.jsonl").read_bytes()
    one, two = (coverage_of(_payload(data).predicate).coverage for data in (first, second))
    assert one.rows == two.rows
    states = {commit.oid: commit.state for commit in find_gaps(instance, mixed.repository, ("HEAD",)).commits}
    assert states[tip] == "unmarked"


def test_anyone_with_the_evidence_gets_the_same(instance: Instance, mixed: Clone, tmp_path: Path) -> None:
    result = _recompute(instance, mixed, _issue(instance, mixed, tmp_path / "c.jsonl"))
    assert (result.outcome.value, result.differences) == ("pass", ())
    assert result.exit_code == 4
    assert result.signed_by.startswith(instance.services.issuer)


def test_later_evidence_does_not_change_what_was_true_then(instance: Instance, mixed: Clone, tmp_path: Path) -> None:
    file = _issue(instance, mixed, tmp_path / "c.jsonl")
    tip = Clone(path=mixed.path, oid=git(mixed.path, "rev-parse", "HEAD"))
    record_file(instance, write_story(tmp_path / "t2.jsonl", story("s2")), tip)
    assert verify_range(_request(instance, mixed)).verdicts()["pass"] == 2
    assert _recompute(instance, mixed, file).outcome.value == "pass"


def test_false_row_is_named(instance: Instance, mixed: Clone, tmp_path: Path) -> None:
    request = _request(instance, mixed)
    predicate = json.loads(unsigned_coverage(verify_range(request), request).lines)["statement"]["predicate"]
    predicate["commits"][0] |= {"verdict": "pass", "state": "covered", "reasons": []}
    predicate["result"]["verdicts"] |= {"pass": 2, "absent": 1}
    predicate["result"]["states"] |= {"covered": 2, "unmarked": 0}
    predicate["part"]["rows"] = coverage_of(
        predicate | {"part": {"number": 1, "of": 2, "rows": "0" * 64}}
    ).coverage.digest
    subject = issue_verdicts._tip(mixed.repository, predicate["range"]["tip"])
    receipt = log_unkept(instance, COVERAGE_V1, (subject,), predicate, write_key_material=b"false")
    (tmp_path / "c.jsonl").write_bytes(issue_verdicts._handed(instance, [receipt.attestation]).lines)
    result = _recompute(instance, mixed, tmp_path / "c.jsonl")
    tip = predicate["range"]["tip"]
    assert result.outcome.value == "invalid"
    assert result.exit_code == 3
    assert [(one.where, one.stated, one.recomputed) for one in result.differences][:2] == [
        (f"{tip} state", "covered", "unmarked"),
        (f"{tip} verdict", "pass", "absent"),
    ]


def test_missing_evidence_is_indeterminate_and_named(instance: Instance, mixed: Clone, tmp_path: Path) -> None:
    file = _issue(instance, mixed, tmp_path / "c.jsonl")
    (kept,) = (instance.settings.bundles_dir / mixed.oid).iterdir()
    name = kept.name.removesuffix(".sigstore.json")
    kept.unlink()
    result = _recompute(instance, mixed, file)
    assert result.outcome.value == "indeterminate"
    assert result.exit_code == 5
    assert (result.differences[0].where, result.differences[0].stated) == ("inputs", name)


def test_coverage_of_another_range_and_of_a_stranger_are_refused(
    instance: Instance, mixed: Clone, tmp_path: Path
) -> None:
    file = _issue(instance, mixed, tmp_path / "c.jsonl")
    with pytest.raises(NotVerified):
        _recompute(instance, mixed, file, revision="HEAD~1..HEAD")
    with pytest.raises(NotVerified):
        _recompute(instance, mixed, file, revision="HEAD~2..HEAD~1")
    with pytest.raises(CannotVerify):
        _recompute(instance, mixed, file, trust_dir=tmp_path / "nothing")
    file.write_bytes(file.read_bytes().replace(b'"sig":"', b'"sig":"A', 1))
    with pytest.raises(NotVerified):
        _recompute(instance, mixed, file)


def test_unsigned_is_labelled_and_recomputes(instance: Instance, mixed: Clone, tmp_path: Path) -> None:
    request = _request(instance, mixed)
    made = unsigned_coverage(verify_range(request), request)
    line = json.loads(made.lines)
    assert (line["mediaType"], line["note"]) == (
        "application/vnd.whereof.unsigned-statement+json",
        "not signed and not logged: nobody vouches for this statement",
    )
    assert line["statement"]["predicate"]["verifier"]["id"] == "https://whereof.dev/verifier/unsigned"
    assert "signatures" not in line
    with pytest.raises(CannotVerify):
        parse_bundle(made.lines)
    (tmp_path / "u.jsonl").write_bytes(made.lines)
    result = _recompute(instance, mixed, tmp_path / "u.jsonl")
    assert (result.signed_by, result.outcome.value) == ("", "pass")


def test_long_range_comes_in_parts_that_belong_together(
    instance: Instance, mixed: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attest.model.coverage_parts.MAX_ROWS", 2)
    file = _issue(instance, mixed, tmp_path / "c.jsonl")
    lines = file.read_bytes().splitlines(keepends=True)
    assert [coverage_of(_payload(line).predicate).number for line in lines] == [1, 2]
    file.write_bytes(b"".join(reversed(lines)))
    assert _recompute(instance, mixed, file).outcome.value == "pass"
    for some in (lines[:1], lines[1:], [lines[0], lines[0]], [*lines, lines[0]]):
        file.write_bytes(b"".join(some))
        with pytest.raises(NotVerified):
            _recompute(instance, mixed, file)
    other = _issue(instance, mixed, tmp_path / "d.jsonl", now=NOW.replace(hour=13)).read_bytes().splitlines(True)
    file.write_bytes(lines[0] + other[1])
    with pytest.raises(NotVerified):
        _recompute(instance, mixed, file)


def test_range_that_could_not_be_judged_is_stated_as_such(instance: Instance, mixed: Clone, tmp_path: Path) -> None:
    trust = tmp_path / "root.json"
    trust.write_text("{}")
    request = _request(instance, mixed, trust=trust)
    made = issue_coverage(verify_range(request), request, instance)
    stated = joined([coverage_of(_payload(made.lines).predicate)])
    assert (stated.verdict, stated.stopped, stated.policy) == ("indeterminate", "trust.unreadable", "not-read")
    assert [(row.state, row.verdict) for row in stated.rows] == [
        ("unmarked", "indeterminate"),
        ("marked", "indeterminate"),
        ("unmarked", "indeterminate"),
    ]


def test_empty_and_missing_files_are_wrong_usage(instance: Instance, mixed: Clone, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"\n\n")
    for name in ("empty", "none"):
        with pytest.raises(InvalidInput):
            _recompute(instance, mixed, tmp_path / name)
