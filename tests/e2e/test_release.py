"""Promise: a release is the same bytes twice or is none, and its provenance leads from the file to commit and session."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from attest.usecases.instance import Instance
from attest.usecases.sign import actor_of
from tests.support.command import whereof
from tests.support.recording import ROOT, Clone, git, record_file, story, write_story
from tools import release
from tools.release import NotTheSame, bill_of_lock, build_twice, provenance, sign

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "pond"
version = "1.0"
requires-python = ">=3.11"
[tool.hatch.build.targets.wheel]
packages = ["pond"]
"""
STANDARD = "defaults: {tier: standard}\ntiers: [{id: standard, unattributed: session, require: {}}]\n"
LOCK = f"a-b==1.0 \\\n    --hash=sha256:{'1' * 64} \\\n    --hash=sha256:{'0' * 64}\nc[x]==2 ; python_version > '3'\n"


def project(clone: Clone, policy: str) -> Clone:
    for name, text in (
        ("pyproject.toml", PROJECT),
        ("pond/__init__.py", "ducks = 3\n"),
        (release.LOCK, LOCK),
        (".attest/policy.yaml", policy),
    ):
        (clone.path / name).parent.mkdir(parents=True, exist_ok=True)
        (clone.path / name).write_text(text)
    git(clone.path, "add", "-A")
    git(clone.path, "commit", "-q", "-m", "A pond that is built")
    return Clone(path=clone.path, oid=git(clone.path, "rev-parse", "HEAD"))


def test_a_release_is_built_twice_and_its_provenance_leads_to_commit_and_session(
    instance: Instance, data: Path, clone: Clone, tmp_path: Path
) -> None:
    builder = actor_of(instance)
    named = f'builders: [{{issuer: "{instance.services.issuer}", identity: "{builder}"}}]\n'
    built = project(clone, f"version: 1\nmode: enforce\n{STANDARD}{named}")
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), built)
    files = build_twice(built.path, built.oid, tmp_path / "dist")
    assert [path.name for path in files] == ["pond-1.0-py3-none-any.whl", "pond-1.0.tar.gz"]
    statement = provenance(files, built.path, built.oid, builder)
    assert sign(instance, statement, files) == sign(instance, statement, files)  # asked again: the entry that is there
    wheel = files[0]
    done = whereof("verify", "--artifact", wheel, "--format", "json", home=data, cwd=built.path)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "pass"), done.stdout + done.stderr
    assert built.oid in done.stdout
    wheel.write_bytes(wheel.read_bytes() + b"\n")
    assert whereof("verify", "--artifact", wheel, home=data, cwd=built.path).returncode == 3


def test_two_builds_that_differ_are_no_release(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = iter([{"a.whl": b"1", "a.tar.gz": b"2"}, {"a.whl": b"1", "a.tar.gz": b"3"}])
    monkeypatch.setattr(release, "_build", lambda *_: next(made))
    with pytest.raises(NotTheSame, match=r"^a\.tar\.gz$"):
        build_twice(clone.path, clone.oid, tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_the_bill_names_every_package_of_the_lock_with_its_hashes() -> None:
    small = json.loads(bill_of_lock(LOCK))
    assert [one["purl"] for one in small["components"]] == ["pkg:pypi/a-b@1.0", "pkg:pypi/c@2"]
    assert [one["value"] for one in small["components"][0]["properties"]] == ["0" * 64, "1" * 64]
    lock = (ROOT / release.LOCK).read_text()
    whole = json.loads(bill_of_lock(lock))["components"]
    assert len(whole) == len(re.findall(r"^[A-Za-z0-9].*==", lock, re.MULTILINE))
    assert sum(len(one["properties"]) for one in whole) == lock.count("--hash=sha256:")


def test_provenance_says_the_same_of_the_same_and_names_no_user_of_the_address(clone: Clone, tmp_path: Path) -> None:
    built = project(clone, "version: 1\n")
    git(built.path, "remote", "add", "origin", "https://ada:secret@forge.example/ada/pond")
    artifact = tmp_path / "x.whl"
    artifact.write_bytes(b"x")
    one = provenance((artifact,), built.path, built.oid, "https://a.invalid/actor/0")
    assert one.raw == provenance((artifact,), built.path, built.oid, "https://a.invalid/actor/0").raw
    assert b"secret" not in one.raw
    assert b'"git+https://forge.example/ada/pond"' in one.raw
    assert one.subjects[0].sha256 == hashlib.sha256(b"x").hexdigest()
