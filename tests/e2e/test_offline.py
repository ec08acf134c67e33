"""Promise: verification is offline. It passes where no network exists, and no socket is made or connected."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from attest.usecases.instance import Instance
from tests.support.recording import ROOT, Clone, git, record_file, story, write_story
from tools import make_bundle_vectors
from tools.bundle_cases import GOOD, Case

NAMESPACE = ("unshare", "--user", "--map-root-user", "--net")
"""A network namespace of its own: not even loopback is up."""
PROBE = """
import atexit, sys
seen = []
sys.addaudithook(lambda event, _: seen.append(event) if event.startswith("socket.") else None)
atexit.register(lambda: sys.stderr.write("sockets: " + " ".join(seen) + "\\n"))
from attest.cli.main import main
main()
"""
CASES = [
    case
    for case in make_bundle_vectors.cases()
    if case.name in {"dsse-0.0.1-promise-stamped", "managed-p384-dsse-0.0.1"}
]


DENYING = """version: 1
mode: enforce
defaults: {tier: standard}
tiers:
  - {id: standard, unattributed: session, require: {access: {deny: [env]}}}
"""


@cache
def namespaces_work() -> bool:
    try:
        done = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False, timeout=20)
    except OSError:
        return False
    return done.returncode == 0


def run(*arguments: str, home: Path, cwd: Path, alone: bool, more: dict[str, str] | None = None) -> tuple[int, str]:
    """Run the command line; give its exit code and the socket events of its process."""
    if alone and not namespaces_work():
        pytest.skip("this machine makes no network namespace for us")
    done = subprocess.run(
        [*(NAMESPACE if alone else ()), sys.executable, "-c", PROBE, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WHEREOF_HOME": str(home), **(more or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("sockets:")]
    return done.returncode, line.removeprefix("sockets:").strip()


def test_the_probe_sees_sockets() -> None:
    code = PROBE.rpartition("from attest")[0] + "import socket; socket.socket().close()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "sockets: socket.__new__" in done.stderr


@pytest.mark.parametrize("alone", [True, False], ids=["no network", "no socket"])
def test_a_commit_is_verified_offline(
    instance: Instance, data: Path, clone: Clone, tmp_path: Path, alone: bool
) -> None:
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), clone)
    assert run("verify", "HEAD", home=data, cwd=clone.path, alone=alone) == (0, "")


@pytest.mark.parametrize(("way", "alone"), [("ledger", False), ("saved", True)])
def test_a_rule_that_needs_a_complete_answer_is_decided_offline(  # fixtures
    instance: Instance, data: Path, clone: Clone, tmp_path: Path, *, alone: bool, way: str
) -> None:
    (clone.path / ".attest").mkdir()
    (clone.path / ".attest" / "policy.yaml").write_text(DENYING)
    git(clone.path, "add", "-A")
    git(clone.path, "commit", "-q", "-m", "Ask for a policy")
    (clone.path / "pond.py").write_text("ducks = 4\n")
    git(clone.path, "commit", "-q", "-a", "-m", "Add another duck")
    oid = git(clone.path, "rev-parse", "HEAD")
    record_file(instance, write_story(tmp_path / "t.jsonl", story()), Clone(path=clone.path, oid=oid))
    assert run("verify", "HEAD", home=tmp_path / "empty", cwd=clone.path, alone=alone)[0] == 5
    if way == "ledger":
        assert run("verify", "HEAD", home=data, cwd=clone.path, alone=alone) == (0, "")
        return
    saved = tmp_path / "answer.json"
    assert run("export", "answer", "HEAD", "-o", str(saved), home=data, cwd=clone.path, alone=False)[0] == 0
    trust = ("--trust", str(data / "trust" / "trusted_root.json"), "--bundle", str(saved))
    for revision in ("HEAD", "HEAD~1..HEAD"):
        assert run("verify", revision, *trust, home=tmp_path / "empty", cwd=clone.path, alone=alone) == (0, "")
    # A service that is named is not asked where it is forbidden, nor where a file answers.
    address = {"WHEREOF_SERVER": "https://audit.example.test"}
    assert run("verify", "HEAD", *trust, home=tmp_path / "empty", cwd=clone.path, alone=alone, more=address) == (0, "")
    forbidden = run("verify", "HEAD", "--offline", home=tmp_path / "empty", cwd=clone.path, alone=alone, more=address)
    assert forbidden == (5, "")


@pytest.mark.parametrize("alone", [True, False], ids=["no network", "no socket"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bundle_is_verified_offline(case: Case, home: Path, tmp_path: Path, alone: bool) -> None:
    assert case.verdict == GOOD
    held = make_bundle_vectors.write(case, tmp_path)
    who = ("--identity", case.identity, "--issuer", case.issuer) if case.key is None else ("--key", "key.pub")
    files = ("--bundle", "bundle.sigstore.json", "--trusted-root", "trusted_root.json")
    for artifact, code in (("artifact", 0), ("trusted_root.json", 3)):
        assert run("verify-bundle", *files, *who, artifact, home=home, cwd=held, alone=alone) == (code, "")
