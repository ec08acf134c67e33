"""A VSA per commit says PASSED or FAILED by SLSA's form, an SVR what holds; what is not known has neither."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from attest.errors import NotVerified
from attest.ledger.index import KeyKind
from attest.model.statement import Statement, parse_statement
from attest.model.summary import Expected, read_vsa
from attest.model.summary_types import SVR_V01, VSA_V1
from attest.signing.trust import parse_trusted_root
from attest.signing.verify import Identity, verify_bundle
from attest.store import attestations
from attest.usecases.instance import Instance
from attest.usecases.issue_verdicts import Issued, issue_svr, issue_vsa, verifier_of
from attest.usecases.sign import actor_of
from attest.usecases.verify import VerifyRequest, verify_commit
from attest.usecases.verify_range import verify_range
from tests.support.command import whereof
from tests.support.recording import Clone, check_home, git, record_file, story, write_story

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REPOSITORY = "git+https://forge.example/org/pond"


@pytest.fixture
def pair(instance: Instance, clone: Clone, tmp_path: Path) -> Clone:
    """Give a clone with a remote, whose second commit has a session and whose third has nothing."""
    git(clone.path, "remote", "add", "origin", "https://user@forge.example/org/pond.git")
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), clone)
    (clone.path / "pond.py").write_text("ducks = 9\n")
    git(clone.path, "commit", "-q", "-a", "-m", "More")
    return clone


def _request(instance: Instance, clone: Clone, revision: str = "HEAD~2..HEAD", **changed: Path) -> VerifyRequest:
    settings = instance.settings
    where = {"bundles_dir": settings.bundles_dir, "trust_dir": settings.trust_dir} | changed
    return VerifyRequest(repository=clone.repository, revision=revision, now=NOW, **where)  # type: ignore[arg-type]


def _statements(instance: Instance, issued: Issued) -> list[Statement]:
    """Verify every line as a consumer does: signature, time, log, and the signer that he expects."""
    root = parse_trusted_root(instance.services.trusted_root)
    signer = Identity(san=actor_of(instance), issuer=instance.services.issuer)
    found = [verify_bundle(line, root, signer, None) for line in issued.lines.splitlines()]
    return [parse_statement(one.payload or b"") for one in found]


def test_vsa_is_passed_or_failed_by_slsas_form(instance: Instance, pair: Clone) -> None:
    request = _request(instance, pair)
    issued = issue_vsa(verify_range(request).commits, request, instance)
    failed, passed = _statements(instance, issued)
    assert issued.left_out == ()
    tip = git(pair.path, "rev-parse", "HEAD")
    document = json.loads(passed.raw)
    name = f"{REPOSITORY}@{pair.oid}"
    assert document["subject"] == [{"name": name, "uri": name, "digest": {"gitCommit": pair.oid}}]
    assert document["predicateType"] == VSA_V1
    about = attestations.about(instance.engine, instance.scope, KeyKind.GIT_COMMIT.value, pair.oid).rows
    session = next(row for row in about if row.session)
    (bundle,) = (instance.settings.bundles_dir / pair.oid).iterdir()
    predicate = document["predicate"]
    inputs = predicate.pop("inputAttestations")
    assert [one["name"] for one in inputs] == [session.id]
    assert inputs[0]["digest"] == {"sha256": hashlib.sha256(bundle.read_bytes()).hexdigest()}
    assert predicate == {
        "verifier": {"id": verifier_of(instance), "version": {"whereof": "0.1.0"}},
        "timeVerified": "2026-11-21T12:00:00.000000Z",
        "resourceUri": REPOSITORY,
        "policy": {"uri": "https://whereof.dev/policy/evidence-only/v1"},
        "verificationResult": "PASSED",
        "verifiedLevels": ["ORG_SOURCE_AGENT_POLICY_MET", "ORG_SOURCE_AGENT_SESSION_RECORDED"],
        "slsaVersion": "1.2",
    }
    assert failed.subjects[0].git_digest == tip
    assert failed.predicate["verificationResult"] == "FAILED"
    assert failed.predicate["verifiedLevels"] == ["FAILED"]


def test_consumer_takes_a_passed_vsa_and_nothing_else(instance: Instance, pair: Clone) -> None:
    request = _request(instance, pair)
    failed, passed = _statements(instance, issue_vsa(verify_range(request).commits, request, instance))
    good = {
        "oid": pair.oid,
        "resource": REPOSITORY,
        "verifier": verifier_of(instance),
        "level": "ORG_SOURCE_AGENT_SESSION_RECORDED",
    }
    read_vsa(passed.raw, Expected(**good))
    wrong = {
        "oid": git(pair.path, "rev-parse", "HEAD"),
        "resource": REPOSITORY + "s",
        "verifier": "https://other.example/verifier/v1",
        "level": "ORG_SOURCE_AGENT_REVIEWED",
    }
    for member, value in wrong.items():
        with pytest.raises(NotVerified):
            read_vsa(passed.raw, Expected(**(good | {member: value})))
    with pytest.raises(NotVerified):
        read_vsa(failed.raw, Expected(**(good | {"oid": wrong["oid"]})))


def test_what_is_not_known_has_no_summary(instance: Instance, pair: Clone, tmp_path: Path) -> None:
    request = _request(instance, pair, trust_dir=tmp_path / "nothing pinned")
    commits = verify_range(request).commits
    assert commits[1].verdict.value == "indeterminate"
    vsa, svr = issue_vsa(commits, request, instance), issue_svr(commits, request, instance)
    assert len(vsa.attestations) == 1
    assert [oid for oid, why in vsa.left_out if why.startswith("indeterminate: ")] == [pair.oid]
    assert (svr.lines, len(svr.left_out)) == (b"", 2)


def test_svr_states_what_holds(instance: Instance, pair: Clone) -> None:
    request = _request(instance, pair)
    issued = issue_svr(verify_range(request).commits, request, instance)
    (one,) = _statements(instance, issued)
    assert (one.predicate_type, one.subjects[0].git_digest) == (SVR_V01, pair.oid)
    assert one.predicate == {
        "verifier": {
            "id": verifier_of(instance),
            "policy": {"uri": "https://whereof.dev/policy/evidence-only/v1"},
        },
        "timeCreated": "2026-11-21T12:00:00.000000Z",
        "properties": ["ORG_SOURCE_AGENT_POLICY_MET", "ORG_SOURCE_AGENT_SESSION_RECORDED"],
    }
    assert [why.split(":")[0] for _, why in issued.left_out] == ["absent"]


def test_policy_is_named_by_place_and_digest(instance: Instance, pair: Clone) -> None:
    text = b"version: 1\nmode: observe\ndefaults: {tier: any}\ntiers: [{id: any, unattributed: declare, require: {}}]\n"
    (pair.path / ".attest").mkdir()
    (pair.path / ".attest/policy.yaml").write_bytes(text)
    git(pair.path, "add", "-A")
    git(pair.path, "commit", "-q", "-m", "Policy")
    base = git(pair.path, "rev-parse", "HEAD")
    (pair.path / "pond.py").write_text("ducks = 4\n")
    git(pair.path, "commit", "-q", "-a", "-m", "Fewer")
    request = _request(instance, pair, "HEAD~1..HEAD")
    (one,) = _statements(instance, issue_vsa(verify_range(request).commits, request, instance))
    assert one.predicate["policy"] == {
        "uri": f"{REPOSITORY}@{base[:12]}#.attest/policy.yaml",
        "digest": {"sha256": hashlib.sha256(text).hexdigest()},
    }
    assert one.predicate["verificationResult"] == "FAILED"


def test_summary_at_hand_changes_no_verdict_and_the_log_holds(instance: Instance, pair: Clone, data: Path) -> None:
    request = _request(instance, pair, "HEAD~1")
    before = verify_commit(request)
    issued = issue_vsa((before,), request, instance)
    (instance.settings.bundles_dir / pair.oid / "vsa.sigstore.json").write_bytes(issued.lines)
    after = verify_commit(request)
    assert (after.verdict, after.reason) == (before.verdict, before.reason)
    assert [one.verdict.value for one in after.evidence if one.predicate_type == VSA_V1] == ["pass"]
    other = instance.settings.bundles_dir / git(pair.path, "rev-parse", "HEAD")
    other.mkdir()
    (other / "vsa.sigstore.json").write_bytes(issued.lines)
    assert verify_commit(_request(instance, pair, "HEAD")).verdict.value == "invalid"
    assert check_home(data, signatures=True).problems == ()


def test_command_writes_files_beside_its_answer(pair: Clone, data: Path, tmp_path: Path) -> None:
    names = {name: tmp_path / name for name in ("coverage", "vsa", "svr")}
    options = [word for name, path in names.items() for word in (f"--{name}", path)]
    done = whereof("verify", "HEAD~2..HEAD", *options, home=data, cwd=pair.path)
    assert done.returncode == 4, done.stderr
    assert "coverage: 1 statement in " in done.stdout
    assert "VSA: 2 statements in " in done.stdout
    assert "SVR: 1 statement in " in done.stdout
    assert [path.read_bytes().count(b"\n") for path in names.values()] == [1, 2, 1]
    again = whereof("verify", "HEAD~2..HEAD", "--against", names["coverage"], home=data, cwd=pair.path)
    assert (again.returncode, again.stderr) == (4, "")
    assert "equal: every row comes out the same; the verdict it states: absent" in again.stdout
    bare = whereof("verify", "HEAD~2..HEAD", "--coverage", names["svr"], "--unsigned", home=data, cwd=pair.path)
    assert "NOT SIGNED, not logged" in bare.stdout
    lost = whereof("verify", "HEAD~2..HEAD", "--coverage", names["vsa"] / "x", home=data, cwd=pair.path)
    assert (lost.returncode, "absent" in lost.stdout) == (5, True)
    assert "store.refused" in lost.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("HEAD", "--coverage", "f"),
        ("HEAD", "--against", "f"),
        ("A..B", "--against", "f", "--vsa", "g"),
        ("A..B", "--unsigned"),
        ("A..B", "--unsigned", "--coverage", "f", "--vsa", "g"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(
    words: tuple[str, ...], clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attest.cli.commands import app
    from attest.errors import InvalidInput

    with pytest.raises(InvalidInput) as refused:
        app(["verify", "--repo", str(clone.path), *words], standalone_mode=False)
    assert refused.value.code == "input.usage"
