"""Promise: verification is offline. It passes where no network exists, and no socket is made or connected."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from attest.usecases.instance import Instance
from tests.support.recording import ROOT, Clone, record_file, story, write_story
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


@cache
def namespaces_work() -> bool:
    try:
        done = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False, timeout=20)
    except OSError:
        return False
    return done.returncode == 0


def run(*arguments: str, home: Path, cwd: Path, alone: bool) -> tuple[int, str]:
    """Run the command line; give its exit code and the socket events of its process."""
    if alone and not namespaces_work():
        pytest.skip("this machine makes no network namespace for us")
    done = subprocess.run(
        [*(NAMESPACE if alone else ()), sys.executable, "-c", PROBE, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "WHEREOF_HOME": str(home)},
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


@pytest.mark.parametrize("alone", [True, False], ids=["no network", "no socket"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bundle_is_verified_offline(case: Case, home: Path, tmp_path: Path, alone: bool) -> None:
    assert case.verdict == GOOD
    held = make_bundle_vectors.write(case, tmp_path)
    who = ("--identity", case.identity, "--issuer", case.issuer) if case.key is None else ("--key", "key.pub")
    files = ("--bundle", "bundle.sigstore.json", "--trusted-root", "trusted_root.json")
    for artifact, code in (("artifact", 0), ("trusted_root.json", 3)):
        assert run("verify-bundle", *files, *who, artifact, home=home, cwd=held, alone=alone) == (code, "")
