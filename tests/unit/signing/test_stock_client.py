"""The stock `sigstore` command accepts what the embedded signer makes, and refuses it for anything else."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from attest.signing.sigstore import EmbeddedSigner
from tests.support.signing import World, make_world, statement

COMMIT = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@example.test> 1 +0000\n\nFirst\n"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    world = make_world()
    signer = EmbeddedSigner(instance=world.instance, log=world.log, clock=world.clock, identity=world.identity)
    where = tmp_path_factory.mktemp("stock")
    (where / "c").write_bytes(COMMIT)
    (where / "b.json").write_bytes(signer.sign(statement(COMMIT)).bundle_json)
    (where / "T").write_bytes(world.instance.trust_config("https://127.0.0.1:1"))
    return world, where


def run_stock(world: World, where: Path, artifact: str, identity: str = "") -> subprocess.CompletedProcess[str]:
    """Run the literal command of the documentation, without any network."""
    command = [
        str(Path(sys.executable).with_name("sigstore")),
        *("--trust-config", "T", "verify", "identity", "--offline"),
        *("--cert-identity", identity or world.identity, "--cert-oidc-issuer", world.instance.issuer),
        *("--bundle", "b.json", artifact),
    ]
    env = {**os.environ, "HOME": str(where)}
    return subprocess.run(command, cwd=where, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("artifact", ["c", f"sha256:{hashlib.sha256(COMMIT).hexdigest()}"])
def test_stock_command_accepts_the_commit_object(signed: tuple[World, Path], artifact: str) -> None:
    done = run_stock(*signed, artifact)
    assert done.returncode == 0, done.stderr


def test_stock_command_refuses_another_commit_object(signed: tuple[World, Path]) -> None:
    world, where = signed
    (where / "other").write_bytes(COMMIT + b"\n")
    assert run_stock(world, where, "other").returncode != 0


def test_stock_command_refuses_another_identity(signed: tuple[World, Path]) -> None:
    world, where = signed
    assert run_stock(world, where, "c", identity=world.identity + "x").returncode != 0
