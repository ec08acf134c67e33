"""Doctor says what is broken and what to do; the canary goes the real way, and a break anywhere on it shows."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from attest.git import Repository
from attest.usecases.doctor import Finding, Health, doctor
from attest.usecases.doctor_roundtrip import roundtrip
from attest.usecases.hooks_apply import apply_plan
from attest.usecases.hooks_plan import plan_hooks
from attest.usecases.instance import Instance
from tests.support.recording import Clone


@pytest.fixture
def hooked(clone: Clone) -> Repository:
    repository = Repository.open(clone.path)
    apply_plan(plan_hooks(repository, agents=frozenset(), policy=False, previous=frozenset()), program=sys.executable)
    return repository


def _by_name(found: tuple[Finding, ...]) -> dict[str, Finding]:
    return {one.check: one for one in found}


def test_clone_without_hooks_is_told_to_run_init(instance: Instance, clone: Clone, home: Path) -> None:
    found = _by_name(doctor(instance, Repository.open(clone.path), home))
    assert found["hooks"].health is Health.FAILED
    assert "whereof init" in found["hooks"].next
    assert found["log"].health is Health.OK


def test_hooked_clone_is_healthy_and_says_what_was_not_checked(
    instance: Instance, hooked: Repository, home: Path
) -> None:
    found = _by_name(doctor(instance, hooked, home))
    assert not [one for one in found.values() if one.health is Health.FAILED]
    assert found["agents"].against.split(", ")[0] == "claude-code"
    assert found["service"].health is Health.NOT_CHECKED
    assert found["spool"].health is Health.WARN  # no hook has written yet


def test_changed_hook_keys_for_all_and_a_paused_clone_are_named(
    instance: Instance, hooked: Repository, home: Path
) -> None:
    folder = hooked.common_dir / "whereof"
    (folder / "hook").write_text("#!/bin/sh\nexit 0\n")
    (folder / "paused").write_text("-\n")
    instance.settings.keys_dir.chmod(0o755)
    found = _by_name(doctor(instance, hooked, home))
    assert found["hook script"].health is Health.WARN
    assert found["pause"].health is Health.WARN
    assert found["keys"].health is Health.FAILED


def test_transcript_that_will_soon_be_deleted_is_named_until_it_is_recorded(
    instance: Instance, hooked: Repository, home: Path
) -> None:
    name = "".join(char if char.isalnum() else "-" for char in str(hooked.path.resolve()))
    kept = home / ".claude" / "projects" / name / "0198c0de-0000-4000-8000-000000000001.jsonl"
    kept.parent.mkdir(parents=True)
    kept.write_text('{"type":"user","sessionId":"0198c0de-0000-4000-8000-000000000001","message":{"content":"x"}}\n')
    old = instance.clock.now().timestamp() - 26 * 86400
    os.utime(kept, (old, old))
    found = _by_name(doctor(instance, hooked, home))
    assert (found["retention"].health, str(kept) in found["retention"].detail) == (Health.WARN, True)
    (hooked.path / ".claude").mkdir(exist_ok=True)
    settings = hooked.path / ".claude" / "settings.local.json"
    settings.write_text('{"cleanupPeriodDays": 365}')
    (home / ".claude" / "settings.json").write_text('{"cleanupPeriodDays": 90}')
    assert _by_name(doctor(instance, hooked, home))["retention"].health is Health.OK


def test_canary_goes_the_whole_way_and_its_secret_does_not(instance: Instance, hooked: Repository) -> None:
    found = roundtrip(instance, hooked)
    assert [(one.check, one.health) for one in found] == [
        ("hook", Health.OK), ("copy", Health.OK), ("sync", Health.OK), ("log", Health.OK), ("redaction", Health.OK),
    ]  # fmt: skip
    assert "stays in the log" in found[3].detail


def test_canary_shows_where_the_way_is_broken(instance: Instance, hooked: Repository) -> None:
    (hooked.common_dir / "whereof" / "hook").write_text("exit 0\n")
    found = roundtrip(instance, hooked, wait=lambda _: None)
    assert (found[-1].check, found[-1].health) == ("copy", Health.FAILED)
    assert found[-1].next


def test_hook_that_prints_would_be_read_by_the_agent(instance: Instance, hooked: Repository) -> None:
    (hooked.common_dir / "whereof" / "hook").write_text("echo hello\n")
    (only,) = roundtrip(instance, hooked)
    assert (only.check, only.health) == ("hook", Health.FAILED)


def test_canary_of_an_instance_that_keeps_no_parts_says_so_and_leaves_no_word(
    instance: Instance, hooked: Repository
) -> None:
    (instance.settings.home / "redaction-keep.json").write_text('{"parts": "none"}')
    found = roundtrip(instance, hooked)
    assert [one.health for one in found] == [Health.OK] * 5
    assert (found[-1].check, found[-1].detail) == ("redaction", "no parts are kept")
    for path in (path for path in instance.settings.home.rglob("*") if path.is_file()):
        assert b"whereof canary" not in path.read_bytes(), path
