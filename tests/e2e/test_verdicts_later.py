"""Logged verdicts are asked again: what enforce would have stopped, and what stood when a commit landed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from attest.model.answer import Mark, Row
from attest.usecases.answer import answer_for
from attest.usecases.instance import Instance
from attest.usecases.issue_verdicts import issue_coverage
from attest.usecases.logged_verdicts import ready
from attest.usecases.report_landings import landings_of
from attest.usecases.verify import VerifyRequest
from attest.usecases.verify_range import verify_range
from tests.support.recording import Clone, git, record_file, story, write_story

POLICY = """\
version: 1
mode: observe
defaults: {tier: standard}
tiers:
  - {id: standard, unattributed: session, require: {access: {deny: [secret]}}}
"""


def _judge(instance: Instance, clone: Clone, revision: str, now: datetime | None = None) -> None:
    settings = instance.settings
    request = VerifyRequest(
        repository=clone.repository,
        revision=revision,
        bundles_dir=settings.bundles_dir,
        trust_dir=settings.trust_dir,
        now=now or datetime.now(UTC),
    )
    issue_coverage(verify_range(request), request, instance)


def _commit(clone: Clone, text: str) -> str:
    (clone.path / "pond.py").write_text(text)
    git(clone.path, "commit", "-q", "-a", "-m", text)
    return git(clone.path, "rev-parse", "HEAD")


def _landed(instance: Instance, clone: Clone, oid: str) -> Row:
    return answer_for(instance, oid, clone.repository).section(8).rows[-1]


def test_ready_counts_by_rule_and_week_and_names_what_a_complete_list_would_decide(
    instance: Instance, clone: Clone, tmp_path: Path, capsys: pytest.CaptureFixture[str], data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (clone.path / ".attest").mkdir()
    (clone.path / ".attest/policy.yaml").write_text(POLICY)
    git(clone.path, "add", "-A")
    git(clone.path, "commit", "-q", "-m", "Policy")
    base, told = git(clone.path, "rev-parse", "HEAD"), _commit(clone, "ducks = 5\n")
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), replace(clone, oid=told))
    bare = _commit(clone, "ducks = 6\n")
    name = "git+file:" + git(clone.path, "rev-list", "--max-parents=0", "HEAD")
    assert ready(instance, name).readiness.sentence().startswith("No verdict is logged, so nothing is known")
    first, second = datetime(2026, 11, 9, 8, tzinfo=UTC), datetime(2026, 11, 20, 8, tzinfo=UTC)
    _judge(instance, clone, f"{base}..{told}", first)
    _judge(instance, clone, f"{told}..{bare}", second)
    _judge(instance, clone, f"{base}..{bare}", second + timedelta(hours=1))
    found = ready(instance, name)
    one = found.readiness
    assert (one.commits, one.would_stop, one.stopped, one.serverless_only) == (2, 2, 0, 1)
    assert one.sentence() == (
        "Enforce would have stopped 2 of 2 commits with a logged verdict, 1 of them only because no complete list of "
        "evidence was at hand."
    )
    assert [(row.week, row.rule, row.check, row.verdict, row.commits, row.serverless) for row in one.rows] == [
        ("2026-W47", "default", "access.deny.secret", "indeterminate", 2, 2),
        ("2026-W47", "default", "attributed", "absent", 1, 0),
    ]
    assert {oid for oid, _, _ in one.undecided} == {told, bare}
    assert (found.read, found.others, found.more) == (3, 0, False)
    assert ready(instance, "git+https://forge.example/other").read == 0

    from attest.cli.commands import app

    monkeypatch.setenv("WHEREOF_HOME", str(data))
    app(["policy", "ready", "--repo", str(clone.path), "--json"], standalone_mode=False)
    printed = json.loads(capsys.readouterr().out)
    assert (printed["would_stop"], printed["serverless_only"], len(printed["by_week"])) == (2, 1, 2)
    app(["policy", "ready", "--repo", str(clone.path)], standalone_mode=False)
    assert "2026-W47" in capsys.readouterr().out


def test_verdict_that_stood_at_landing_is_the_last_before_the_merge(
    instance: Instance, clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = clone.oid
    git(clone.path, "checkout", "-q", "-b", "work")
    oid = _commit(clone, "ducks = 5\n")
    assert _landed(instance, clone, oid).mark is Mark.NOT_KNOWN
    _judge(instance, clone, f"{base}..{oid}")
    row = _landed(instance, clone, oid)
    assert (row.term, row.mark) == ("verdict then", Mark.NOT_KNOWN)
    assert "knows no default branch of a remote" in row.text
    assert "a verdict was logged: absent" in row.text
    git(clone.path, "checkout", "-q", "main")
    monkeypatch.setenv("GIT_COMMITTER_DATE", (datetime.now(UTC) + timedelta(minutes=5)).isoformat())
    git(clone.path, "merge", "-q", "--no-ff", "--no-edit", "work")
    merge = git(clone.path, "rev-parse", "HEAD")
    git(clone.path, "update-ref", "refs/remotes/origin/main", merge)
    git(clone.path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    row = _landed(instance, clone, oid)
    assert row.mark is Mark.ABSENT
    assert f"it landed by merge {merge[:12]}" in row.text
    assert "policy evidence-only, mode enforce" in row.text
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), replace(clone, oid=oid))
    assert _landed(instance, clone, oid).mark is Mark.ABSENT
    found = landings_of(instance, clone.repository, base, (oid, merge))
    assert found[oid] == found[merge]
    stood = found[oid]
    assert (stood.outcome, stood.verdict, stood.step, stood.mode) == ("against-verdict", "absent", merge, "none")
    assert len(stood.entries) == 1
    size = stood.entries[0][0]
    assert landings_of(instance, clone.repository, base, (oid,), tree_size=size)[oid].outcome == "without-verdict"


def test_verdict_logged_after_landing_or_on_the_line_itself_is_not_what_stood(
    instance: Instance, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = clone.oid
    git(clone.path, "checkout", "-q", "-b", "work")
    oid = _commit(clone, "ducks = 5\n")
    git(clone.path, "checkout", "-q", "main")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
    git(clone.path, "merge", "-q", "--no-ff", "--no-edit", "work")
    direct = _commit(clone, "ducks = 6\n")
    _commit(clone, "ducks = 7\n")
    git(clone.path, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(clone.path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    _judge(instance, clone, f"{base}..HEAD")
    late, on_line = _landed(instance, clone, oid), _landed(instance, clone, direct)
    assert (late.mark, on_line.mark) == (Mark.NOT_KNOWN, Mark.NOT_KNOWN)
    assert "the first verdict was logged after merge" in late.text
    assert "it stands on the default branch itself" in on_line.text
